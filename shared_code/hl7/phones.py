"""
From telephone fields (XTN, HL7 v2.5.1 §2.A.89) to the one number that may be texted.

A wrong number belongs to somebody else: anything that is not clearly one complete number of an
allowed region is refused. Numbers are returned as E.164 and never logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from shared_code.hl7.message import NULL
from shared_code.hl7.schedule_event import DELETED, Deleted

MAX_LENGTH = 100

# XTN.2 (table 0201) and XTN.3 (table 0202): not a phone, or not the patient's own.
_NOT_TEXTED = frozenset(
    {"NET", "EMAIL", "INTERNET", "X.400", "FX", "FAX", "MD", "BP", "BPN", "TDD", "TTY"}
    | {"ASN", "EMR"}
)
_MOBILE = frozenset({"CP", "CELL", "MOBILE"})
_REMARK = re.compile(r"[(\[{][^()\[\]{}]*[^\W\d_][^()\[\]{}]*[)\]}]")
_NEVER_IN_A_NUMBER = frozenset(";,*#@|")
_DIGITS_OF_A_WHOLE_NUMBER = 7


def pick_number(
    telecoms: Iterable[Sequence[str]], region: str, allowed_regions: frozenset[str]
) -> str | Deleted | None:
    """
    Return the E.164 number of the best repetition with a usable one; None if none has.

    A telecom is the list of its XTN components, unescaped: index 0 is XTN.1. Cell phones come
    first, then the primary residence number, then the rest in the order sent. Returns DELETED if
    the field says nothing about phones but the explicit null.
    """
    forms = [form for telecom in sorted(telecoms, key=_rank) for form in _forms(telecom)]
    if forms and all(form == NULL for form in forms):
        return DELETED
    numbers = (normalise(form, region, allowed_regions) for form in forms if form != NULL)
    return next((number for number in numbers if number), None)


def normalise(text: str, region: str, allowed_regions: frozenset[str]) -> str | None:
    """Return the number in E.164, or None unless it is one complete, valid, allowed number."""
    import phonenumbers

    if len(text) > MAX_LENGTH:
        return None
    plain = _without_remarks(text)
    if plain is None:
        return None
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    if phonenumbers.region_code_for_number(number) not in allowed_regions:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _rank(telecom: Sequence[str]) -> int:
    use, equipment = _part(telecom, 2).upper(), _part(telecom, 3).upper()
    if _MOBILE & {use, equipment}:
        return 0 if use == "PRN" else 1
    if use == "PRN":
        return 2 if equipment == "PH" else 3
    return 4


def _forms(telecom: Sequence[str]) -> Iterator[str]:
    """Return the number of one repetition in every form it is written, the most exact first."""
    kinds = {_part(telecom, 2).upper(), _part(telecom, 3).upper()}
    if kinds & _NOT_TEXTED or any("@" in part for part in telecom):
        return
    country, area, local = (_part(telecom, n) for n in (5, 6, 7))
    country = country.lstrip("+0")
    composed = f"+{country} {area} {local}" if country else f"{area} {local}"
    whole = composed if local and NULL not in (country, area, local) else ""
    yield from filter(None, (_part(telecom, 12), _part(telecom, 1), whole))


def _part(telecom: Sequence[str], number: int) -> str:
    return telecom[number - 1].strip() if number <= len(telecom) else ""


def _without_remarks(text: str) -> str | None:
    """
    Return the text without `(cell)` and the like; None if letters or a second number remain.

    Letters would be read as a vanity number; `;` and `,` start an extension.
    """
    text = "".join(c for c in _REMARK.sub(" ", text) if c.isprintable())
    if any(c.isalpha() or c in _NEVER_IN_A_NUMBER for c in text):
        return None
    pieces = text.split("/")
    whole = [p for p in pieces if sum(map(str.isdigit, p)) >= _DIGITS_OF_A_WHOLE_NUMBER]
    return " ".join(pieces) if len(whole) < 2 else None
