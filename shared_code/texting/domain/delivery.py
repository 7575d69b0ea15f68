"""
What a carrier says of a text, as a code of ours: its own words are never kept.

The numbers are those that Azure Communication Services documents for `deliveryStatusDetails`
(Troubleshooting response codes, SMS); where a report has words alone, those are looked for. And
when failures are too many for an accident.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from shared_code.errors import Code, Reason
from shared_code.texting.domain.text import DELIVERED

DELIVERY_UNREACHABLE = Reason(
    Code("delivery_unreachable"), "The carrier does not reach the phone: it is off or away."
)
DELIVERY_NUMBER_INVALID = Reason(
    Code("delivery_number_invalid"), "The carrier says that there is no such number."
)
DELIVERY_NOT_MOBILE = Reason(
    Code("delivery_not_mobile"), "The carrier does not deliver texts there: a landline, or abroad."
)
DELIVERY_BLOCKED = Reason(Code("delivery_blocked"), "The recipient's carrier blocks the text.")
DELIVERY_FILTERED = Reason(
    Code("delivery_filtered"), "The text was rejected as spam, as fraud or for too many texts."
)
DELIVERY_NUMBER_UNVERIFIED = Reason(
    Code("delivery_number_unverified"), "The toll-free number that texts is not verified."
)
DELIVERY_SENDER_INVALID = Reason(
    Code("delivery_sender_invalid"), "The number that texts is not accepted as a sender."
)
DELIVERY_OPTED_OUT = Reason(
    Code("delivery_opted_out"), "The recipient has said STOP to the number that texts."
)
DELIVERY_TIMEOUT = Reason(
    Code("delivery_timeout"), "The carrier did not say in time whether the text arrived."
)
DELIVERY_SERVICE_FAULT = Reason(
    Code("delivery_service_fault"), "The SMS service or the carrier had trouble of its own."
)
DELIVERY_OTHER = Reason(Code("delivery_other"), "The carrier gave another reason, or none.")

DELIVERIES_FAIL = Reason(
    Code("deliveries_fail"), "Many texts of the last hour did not arrive; the subject says why."
)

_BY_NUMBER: Mapping[str, Reason] = MappingProxyType(
    {
        "4000": DELIVERY_FILTERED,
        "4001": DELIVERY_SENDER_INVALID,
        "4002": DELIVERY_NUMBER_INVALID,
        "4003": DELIVERY_NOT_MOBILE,
        "4004": DELIVERY_NUMBER_INVALID,
        "4005": DELIVERY_BLOCKED,
        "4006": DELIVERY_UNREACHABLE,
        "4007": DELIVERY_OPTED_OUT,
        "4008": DELIVERY_FILTERED,
        "4009": DELIVERY_FILTERED,
        "4010": DELIVERY_NUMBER_UNVERIFIED,
        "4020": DELIVERY_FILTERED,
        "5000": DELIVERY_SERVICE_FAULT,
        "5001": DELIVERY_SERVICE_FAULT,
        "5002": DELIVERY_TIMEOUT,
        "9999": DELIVERY_OTHER,
    }
)
_OPTED_OUT = re.compile(
    r"(?<!\bnot )(?<!\bno )(?<!n't )(?<!\bnot yet )"
    r"\b(opt(s|ed|ing)?[ -]?out(?! (service|check|list|api|look|database|status|management))"
    r"|unsubscribed?\b)"
    r"|sender blocked for given|consent (was |has been )?(revoked|withdrawn)|revoked consent"
    r"|\bdo[ -]not[ -](text|contact)[ -]list\b"
    r"|\b(sent|sends|replied|replies|texted|said|says|responded|answered|received|requested|keyword"
    r"|recipient|subscriber|user|number|by|via)\W+((with|to|in|a|an|the|word|keyword)\W+)*stop\b"
    r"|\bstop\W+(was |is |has been )?"
    r"(received|keyword|request|message|repl|command|word|sent|from|by|list)"
    r"|[\"'“‘]stop[\"'”’]|(^|message:)[^a-z]*stop\W*$"
)
"""That the recipient said STOP, which counts beside any number: texts must end."""
_BY_WORDS: tuple[tuple[re.Pattern[str], Reason], ...] = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (
            r"(n.?t (being |been |yet |currently )?|\bun-?)(verified|registered)|verification",
            DELIVERY_NUMBER_UNVERIFIED,
        ),
        (r"land ?line|n.?t (a )?(mobile|sms|textable)|unsupported dest", DELIVERY_NOT_MOBILE),
        (
            r"spam|fraud|filter|volum|exceeded|maximum number|\brate\b|throttl|entitlement|content",
            DELIVERY_FILTERED,
        ),
        (r"invalid (source|from|sender)", DELIVERY_SENDER_INVALID),
        (
            r"n.?t exist|invalid|unknown (subscriber|number|dest)|unallocated|disconnect|no such",
            DELIVERY_NUMBER_INVALID,
        ),
        (r"n.?t reachable|unreachable|absent|switched off|powered off", DELIVERY_UNREACHABLE),
        (r"block|barred|rejected by (the )?(dest|carrier)", DELIVERY_BLOCKED),
        (r"time ?d? ?out|expired|delivery report", DELIVERY_TIMEOUT),
        (r"unavailab|internal|system (error|fail)|support team", DELIVERY_SERVICE_FAULT),
    )
)
_VAGUE = (DELIVERY_SERVICE_FAULT, DELIVERY_OTHER)
_JOINED = re.compile(r"_|(?<=[a-z])(?=[A-Z])")
"""Between the words of names such as OPT_OUT and RecipientOptedOut."""
_NUMBER = re.compile(r"(?<![\d+])([459]\d{3})(?!\d)")
_MANY, _SHARE = 5, 0.2
LONGEST = 500
"""Characters of the carrier's words that are looked at."""


def carrier_reason(details: str) -> Reason:
    """
    Return the code for what a failed report says: that somebody said STOP first of all, else by its
    number, and where that says little, by its words.
    """
    text = _JOINED.sub(" ", details[:LONGEST]).lower()
    if _OPTED_OUT.search(text):
        return DELIVERY_OPTED_OUT
    numbered = [_BY_NUMBER[each] for each in _NUMBER.findall(text) if each in _BY_NUMBER]
    exact = next((reason for reason in numbered if reason not in _VAGUE), None)
    if exact is not None:
        return exact
    by_words = next((reason for words, reason in _BY_WORDS if words.search(text)), None)
    return by_words or next(iter(numbered), DELIVERY_OTHER)


def says_opted_out(details: str) -> bool:
    """Whether the carrier or the service says that the recipient said STOP."""
    return carrier_reason(details) == DELIVERY_OPTED_OUT


REASONS = frozenset(
    {
        DELIVERY_UNREACHABLE,
        DELIVERY_NUMBER_INVALID,
        DELIVERY_NOT_MOBILE,
        DELIVERY_BLOCKED,
        DELIVERY_FILTERED,
        DELIVERY_NUMBER_UNVERIFIED,
        DELIVERY_SENDER_INVALID,
        DELIVERY_OPTED_OUT,
        DELIVERY_TIMEOUT,
        DELIVERY_SERVICE_FAULT,
        DELIVERY_OTHER,
    }
)


def why_many_fail(reported: Mapping[str, int]) -> Code | None:
    """
    Return the most frequent reason if at least five of an hour's reports, and a fifth of them, are
    failures; else None. `reported` counts reports by `delivered` or the code of a failure.
    """
    failures = {code: number for code, number in reported.items() if code != DELIVERED}
    failed, all_of_them = sum(failures.values()), sum(reported.values())
    if failed < _MANY or failed < _SHARE * all_of_them:
        return None
    return Code(min(failures, key=lambda code: (-failures[code], code)))
