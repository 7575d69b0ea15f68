"""What refuses texts by all numbers, what by one, and what by none."""

from __future__ import annotations

from typing import Any

import pytest

from shared_code.hl7.phone_words import may_be_harmless
from shared_code.hl7.phones import PhoneRules, pick_number
from shared_code.hl7.schedule_event import Deleted

ALLOWED = frozenset({"US", "CA"})
NUMBER = "+16085550142"


def _xtn(text: str) -> list[str]:
    return text.split("^")


def _pick(field: str, **rules: Any) -> str | Deleted | None:
    return pick_number(map(_xtn, field.split("~")), PhoneRules("US", ALLOWED, **rules))


@pytest.mark.parametrize(
    "remark",
    ["DO NOT TEXT", "do not text!", "Don't text", "Dont txt", "NO TEXTS", "no text", "No SMS"]
    + ["NOSMS", "no text messages", "no more texts please", "never text", "Texts: no", "text - N"]
    + ["SMS declined", "refuses texts", "refused text messaging", "declines SMS", "texting off"]
    + ["cannot receive texts", "can't get text messages", "opted out", "OPT-OUT", "STOP", "DNT"]
    + ["do not contact", "call, don't text", "landline no text", "CDO NOT TEXT", "not by SMS"]
    + ["stop texts", "no enviar mensajes", "não enviar SMS", "pas de SMS", "keine SMS"]
    + ["doesn't want texts", "does not wish to receive any text messages", "unable to text"]
    + ["don t text", "no textear", "SMS: false", "DND", "text messages are declined"]
    + ["DO_NOT_TEXT", "pat@example.org DO NOT TEXT", "TEXT REFUSED", "without texts"]
    + ["TEXTS DISABLED", "sms disabled", "SMS:0", "text:F", "text messages unwanted", "hates texts"]
    + ["quit texting", "cease texts", "please call instead of texting", "prefers calls to texts"]
    + ["VOICE CALLS ONLY", "smsoptout", "TCPA revoked", "no electronic communication"]
    + [
        "do not send this patient any kind of text",
        "phone calls only",
        "MyChart only",
        "only calls",
    ]
    + ["TCPA: N", "consent withdrawn", "no TCPA consent", "text opt-out", "SMS blacklisted"]
    + ["do not call/text: yes", "do not call or text", "no calls or texts ok", "not ok to text"]
    + [
        "no calls no texts",
        "messages unwanted",
        "no automated messages",
        "electronic reminders: no",
    ]
    + ["texts cost money", "dislikes SMS", "can't read texts", "email instead of text", "smsno"]
    + [
        "texting not allowed",
        "landline only",
        "ok to text Mom only",
        "DO NOT TEXT: Y",
        "text ok? no",
    ],
)
@pytest.mark.parametrize("place", [1, 4, 9, 16])
def test_who_wants_no_texts_gets_none_by_any_number(remark: str, place: int) -> None:
    """The remark stands beside one number, in any component, and holds for all of them."""
    parts = ["(608)555-0101", *[""] * 15]
    parts[place - 1] += f" {remark}"
    spoken = "^".join(parts)

    assert _pick(f"(608)555-0142^P^M~{spoken}") is None
    assert _pick(f"{spoken}~(608)555-0142^P^M") is None
    assert _pick(f"^NET^Internet^pat@example.org^^^^^{remark}~(608)555-0142^P^M") is None


@pytest.mark.parametrize(
    "remark",
    ["", "ok to text", "text OK", "Nora's contact", "note", "texas", "wrong", "x"]
    + ["text ok no calls", "OK to leave message", "daytime only", "emergencies only", "old"]
    + ["ok to text after 5", "leave detailed msg", "after 5 pm only", "no voicemail", "call first"],
)
def test_other_remarks_refuse_no_other_number(remark: str) -> None:
    assert _pick(f"(608)555-0101^P^H^^^^^^{remark}~(608)555-0142^P^M") == NUMBER


@pytest.mark.parametrize(
    "remark",
    ["text ok no calls", "no calls, text only", "text only", "OK to text", "opted in", "SMS: Y"]
    + ["opted in to texts", "prefers texts", "text msgs ok", "TCPA consent on file", "text: Y"]
    + [
        "cell only",
        "Please text",
        "cell, texting is OK, do not call",
        "SMS=true",
        "can text",
        "optin",
    ]
    + ["call or text", "text message", "text me", "ok to call or text", "best by text", "textable"],
)
@pytest.mark.parametrize("place", [1, 8, 9])
def test_a_plain_yes_spoils_no_number(remark: str, place: int) -> None:
    """With or without a refusal of calls."""
    parts = ["(608)555-0142", "P", *[""] * 8]
    parts[place - 1] += f" {remark}"

    assert _pick("^".join(parts)) == NUMBER
    assert _pick("(608)555-0142^P^M^^^^^^SMS: 1") == NUMBER


def test_a_site_may_know_a_remark_about_texts() -> None:
    """But not one that refuses them."""
    field = "(608)555-0101^P^H^^^^^^text line~(608)555-0142^P^M"

    assert _pick(field) is None
    assert _pick(field, harmless=frozenset({"Text line"})) == NUMBER
    assert may_be_harmless("Text line")
    assert not any(map(may_be_harmless, ["voice only", "no texts", "TCPA", "not", "calls only"]))


@pytest.mark.parametrize(
    "mail",
    ["declined", "UNKNOWN", "NO EMAIL ADDRESS", "pat.example.org", "pat @ example.org", "refused"]
    + ["N/A", "no e-mail on file", "Patient does not have email", "wrong email", "UNK", "None."]
    + ["pat@ example.org", "do not email", "PAT.LEE.EXAMPLE.COM", "unavailable", "email bounced"],
)
def test_what_xtn_4_says_about_mail_spoils_no_number(mail: str) -> None:
    assert _pick(f"(608)555-0142^PRN^CP^{mail}") == NUMBER
    assert _pick(f"(608)555-0101^PRN^PH^{mail}~(608)555-0142^PRN^CP") == NUMBER


@pytest.mark.parametrize(
    "said", ["wrong", "old", "do.not.text", "wife", "email wrong number", "FAX"]
)
def test_other_words_in_xtn_4_are_heard(said: str) -> None:
    assert _pick(f"(608)555-0142^PRN^CP^{said}") is None
