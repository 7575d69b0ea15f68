"""The pages of clinicians in English and Spanish, read the way a browser reads them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from shared_code.web.clinician import live, sign_in
from shared_code.web.clinician import words as clinician_words
from shared_code.web.clinician.trouble import launch_trouble_page
from shared_code.web.clinician.views import (
    ConfirmView,
    LiveView,
    Notice,
    PresenceView,
    Side,
    SignInNeededView,
    SignInRefusal,
    SignInRefusedView,
    TroubleView,
)
from shared_code.web.clinician.words import language_for, masked
from shared_code.web.frame import Hospital
from shared_code.web.trouble import Trouble
from tests.unit.web.catalogue import (
    CALLBACK,
    HANDLE,
    HANDOFF,
    HOSPITAL,
    OPENS,
    ZONE,
    clinician_pages,
    live_view,
)
from tests.unit.web.reading import Read, shown

FOLDER = Path(clinician_words.__file__).parent / "languages"
LANGUAGES = ("en", "es")
ALIKE = {"direction"}
NEEDED = SignInNeededView("en", HOSPITAL, HANDOFF, "/signin?again=1", CALLBACK)
CONFIRM = ConfirmView(
    "en",
    HOSPITAL,
    "/signin/confirm",
    "attempt-1",
    "dana@lamna.example",
    "/other",
    OPENS,
    ZONE,
    "US",
)


def _phrases(language: str) -> dict[str, str]:
    return tomllib.loads((FOLDER / language / "clinician.toml").read_text(encoding="utf-8"))


def test_clinicians_read_english_or_spanish() -> None:
    """Every phrase is there and translated, in the same order."""
    assert sorted(each.name for each in FOLDER.iterdir()) == list(LANGUAGES)
    english, spanish = _phrases("en"), _phrases("es")
    assert list(english) == list(spanish)
    assert {name for name in english if english[name] == spanish[name]} == ALIKE
    assert [language_for(each) for each in ("es-MX", "ht", None)] == ["es", "en", "en"]


def test_every_phrase_is_used() -> None:
    """What is in the file is on some page."""
    sides = [Side(opened=each, pressed=each, faded=each, pressed_minutes=each) for each in (1, 3)]
    fragments = [live.presence_fragment(PresenceView("en", side, side)) for side in sides]
    fragments.append(live.presence_fragment(PresenceView("en")))
    plain = sign_in.sign_in_needed_page(replace(NEEDED, hospital=Hospital()))
    to_window = sign_in.sign_in_needed_page(replace(NEEDED, top=True, other_way="/x"))
    pages = [*clinician_pages("en").values(), *fragments, plain, to_window]
    html = " ".join(
        re.sub(r"<style>.*?</style>|<[^>]*>", " ", each.html, flags=re.S) for each in pages
    )
    said = " ".join(unescape(html).split())
    parts = {
        name: [part.strip() for part in re.split(r"\{\w+\}", phrase)]
        for name, phrase in _phrases("en").items()
    }
    unused = {name for name, each in parts.items() if not all(part in said for part in each)}
    assert unused == {"locale", "direction"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_whole_in_both_languages(language: str) -> None:
    """The language is said, nothing is left unfilled, whom to call is everywhere."""
    desk = {"en": "IT service desk", "es": "servicio de informática"}[language]
    for page in clinician_pages(language).values():
        said = shown(replace(page, html=re.sub("<script>.*?</script>", "", page.html, flags=re.S)))
        assert f'<html lang="{language}" dir="ltr">' in page.html
        assert page.headers["Content-Language"] == language
        assert set("{}").isdisjoint(said)
        assert desk in said
        assert "emergency" not in said


@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("dana@lamna.example", "d…a@lamna…"),
        ("d@lamna.example", "d…@lamna…"),
        ("dz@lamna.example", "d…z@lamna…"),
        ("dana_gmail.com#EXT#@lamna.example", "d…#@lamna…"),
        ("dana", "d…a"),
        ("", "…"),
        ("@lamna.example", "…@lamna…"),
    ],
)
def test_a_sign_in_name_is_masked(username: str, expected: str) -> None:
    """Its owner knows it, a bystander cannot use it."""
    assert masked(username) == expected


def test_the_button_opens_a_window_by_a_plain_link() -> None:
    """In a new tab without an opener, or in place of the whole window."""
    (link,) = Read(sign_in.sign_in_needed_page(NEEDED).html).of("a")[:1]
    assert link == {"class": "button", "href": HANDOFF, "target": "_blank", "rel": "noopener"}
    top = Read(sign_in.sign_in_needed_page(replace(NEEDED, top=True)).html).of("a")[0]
    assert top["target"] == "_top"


def test_after_a_minute_the_page_explains_what_microsoft_may_have_said() -> None:
    """Each number with one sentence, and the two addresses that somebody needs, exactly."""
    first = sign_in.sign_in_needed_page(NEEDED)
    later = sign_in.sign_in_needed_page(replace(NEEDED, explained=True))
    assert first.headers["Refresh"] == later.headers["Refresh"] == "60; url=/signin?again=1"
    assert "AADSTS" not in first.html
    codes = re.findall(r"AADSTS(\d+)", shown(later))
    assert codes == [
        *("50011", "700016", "50105", "50020", "90072", "90094", "53000", "53003", "530001")
    ]
    assert f"<br><code>{CALLBACK}</code>" in later.html
    assert f"<br><code>{HANDOFF}</code>" in later.html
    assert "in Edge on this device" in shown(later)


def test_both_identities_are_shown_before_anything_is_linked() -> None:
    """Epic's by the time of the launch; the form carries the attempt; another account is a link."""
    read = Read(sign_in.confirm_page(CONFIRM).html)
    assert (
        "In Epic The Epic user who opened this visit at 1:15 PM CDT At Microsoft dana@lamna.example"
    ) in shown_of(CONFIRM)
    assert read.of("form") == [{"method": "post", "action": "/signin/confirm"}]
    assert read.of("input") == [{"type": "hidden", "name": "attempt", "value": "attempt-1"}]
    assert "/other" in [each["href"] for each in read.of("a")]


def shown_of(view: ConfirmView) -> str:
    """Return the words of the confirm page."""
    return shown(sign_in.confirm_page(view))


def test_a_second_epic_user_is_confirmed_again() -> None:
    """In words of its own, and the form says so."""
    view = replace(CONFIRM, second=True)
    assert "already linked to another Epic user" in shown_of(view)
    inputs = Read(sign_in.confirm_page(view).html).of("input")
    assert [(each["name"], each["value"]) for each in inputs] == [
        ("attempt", "attempt-1"),
        ("second", "yes"),
    ]


def test_of_microsofts_words_only_digits_are_shown() -> None:
    """Beside our own code; without a way to begin anew, Epic is."""
    view = SignInRefusedView(
        "en", HOSPITAL, SignInRefusal.CONSENT, "sign_in_consent", 403, "/a", "65004"
    )
    page = sign_in.sign_in_refused_page(view)
    assert (page.status, Read(page.html).inside["code"]) == (403, "sign_in_consent AADSTS65004")
    assert "Sign in again" in shown(page)
    again = sign_in.sign_in_refused_page(replace(view, again_url=""))
    assert "open the visit from Epic again" in shown(again)


def test_our_own_credential_is_not_blamed_on_the_clinician() -> None:
    """It is said whose fault it is."""
    view = SignInRefusedView(
        "en", HOSPITAL, SignInRefusal.OUR_CREDENTIAL, "credential_refused", 503
    )
    page = sign_in.sign_in_refused_page(view)
    assert page.status == 503
    assert "not you" in shown(page)


@pytest.mark.parametrize(
    ("patient", "expected"),
    [
        (Side(), "Nobody on the patient's side has opened the visit yet."),
        (Side(opened=1), "The patient opened the visit just now."),
        (Side(opened=1, opened_minutes=1), "The patient opened the visit 1 minute ago."),
        (Side(opened=1, opened_minutes=2), "The patient opened the visit 2 minutes ago."),
        (
            Side(opened=2, opened_minutes=4),
            "2 people on the patient's side opened the visit, the last one 4 minutes ago.",
        ),
        (Side(pressed=1, pressed_minutes=1), "The patient pressed join 1 minute ago."),
        (
            Side(pressed=2),
            "2 people pressed join on the patient's side, the last one just now.",
        ),
        (
            Side(faded=1, faded_minutes=12),
            "The patient pressed join 12 minutes ago, not seen since.",
        ),
    ],
)
def test_who_is_there_is_told_without_names(patient: Side, expected: str) -> None:
    """From our own facts, in minutes."""
    page = live.presence_fragment(PresenceView("en", patient))
    assert unescape(re.sub("<[^>]*>", " ", page.html)).strip().startswith(expected)


@pytest.mark.parametrize(
    ("staff", "expected"),
    [
        (Side(pressed=1, pressed_minutes=3), "Another clinician opened the visit 3 minutes ago."),
        (
            Side(opened=1, opened_minutes=2, faded=1, faded_minutes=11),
            "2 other clinicians opened the visit, the last one 2 minutes ago.",
        ),
    ],
)
def test_other_clinicians_are_told_of(staff: Side, expected: str) -> None:
    """Wherever they are: a clinician's page leads into the meeting at once."""
    page = live.presence_fragment(PresenceView("en", staff=staff))
    assert expected in page.html


def test_a_waiting_patient_tells_what_to_do() -> None:
    """Whoever pressed join may be in the lobby."""
    pressed = live.presence_fragment(PresenceView("en", Side(pressed=1)))
    faded = live.presence_fragment(PresenceView("en", Side(faded=1)))
    opened = live.presence_fragment(PresenceView("en", Side(opened=1)))
    assert ["lobby" in each.html for each in (pressed, faded, opened)] == [True, True, False]


def test_what_has_not_changed_is_not_sent_again() -> None:
    """The page has the ETag of what it shows; a poll with it is answered 304."""
    view = live_view("en")
    first = live.presence_fragment(view.presence)
    etag = first.headers["ETag"]
    same = live.presence_fragment(view.presence, etag)
    changed = live.presence_fragment(replace(view.presence, patient=Side(opened=2)), etag)
    (area,) = Read(live.live_page(view).html).of("div")
    assert area["data-etag"] == etag
    assert (same.status, same.html, same.headers["ETag"]) == (304, "", etag)
    assert (changed.status, changed.headers["ETag"] != etag) == (200, True)
    assert live.presence_fragment(view.presence, f'W/"x", {etag}').status == 304


def test_the_live_page_has_the_way_in_and_no_name() -> None:
    """The link is there as the page is made; the sign-in name is masked."""
    view: LiveView = replace(live_view("en"), notices=(Notice.CANCELLED,))
    page = live.live_page(view)
    read = Read(page.html)
    assert view.url in [each["href"] for each in read.of("a")]
    assert "You join as d…a@lamna…" in shown(page)
    assert "dana@" not in page.html
    assert "as a member of Lamna Healthcare" in shown(page)
    assert (
        "This visit is cancelled in the schedule. The patient cannot join by our links."
        in shown(page)
    )
    assert read.of("form") == [
        {"class": "you", "method": "post", "action": f"/visit/{HANDLE}/not-me"}
    ]


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_a_page(trouble: Trouble) -> None:
    """With the code and the status of the error, and no sentence of it."""
    page = launch_trouble_page(TroubleView("en", trouble, "some_code", 400, HOSPITAL))
    assert (page.status, Read(page.html).inside["code"]) == (400, "some_code")
    assert len(Read(page.html).of("p")) >= 4


def test_a_mix_up_says_which() -> None:
    """Test and production are named in their order."""
    said = {
        each: shown(launch_trouble_page(TroubleView("en", each, "mixed_up", 403, HOSPITAL)))
        for each in (Trouble.FROM_TEST, Trouble.FROM_PRODUCTION)
    }
    assert (
        "in a test Epic, but the launch address belongs to the production"
        in said[Trouble.FROM_TEST]
    )
    assert "in the production Epic, but" in said[Trouble.FROM_PRODUCTION]
