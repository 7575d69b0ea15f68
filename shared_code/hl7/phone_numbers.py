"""
From a text to one telephone number: what its digits are, and what words stand beside them.

Nothing here knows of fields or patients. Texts and numbers are never logged.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from shared_code.hl7.message import NULL

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MAX_LENGTH = 100
_FAR_TOO_LONG = 4 * MAX_LENGTH

_REMARK = re.compile(r"[(\[{][^()\[\]{}]*[^\W\d_][^()\[\]{}]*[)\]}]")
_DIGITS_LAST = re.compile(r"\d\D*[(\[{]([\d\s]+)[)\]}]\D*$")
_PUNCTUATION = frozenset("+-./()[]\u2212")
_NEVER_BESIDE_A_NUMBER = frozenset("*#@|;")
_DIGITS_OF_A_WHOLE_NUMBER = 7
_COUNTRIES = {"UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "CANADA": "CA"}


_USUAL = frozenset({"US", "CA"})


def is_region(code: str) -> bool:
    """Return whether the code of two letters is one of a country with telephone numbers."""
    if code in _USUAL:  # most connections, which need not load the numbering plans at the start
        return True
    import phonenumbers

    return code in phonenumbers.SUPPORTED_REGIONS


def share_calling_code(region: str, others: frozenset[str]) -> bool:
    """Return whether a number written for the region can be one of the others."""
    if region in _USUAL and others & _USUAL:
        return True
    from phonenumbers import country_code_for_region as calling_code

    return calling_code(region) in {calling_code(each) for each in others if is_region(each)}


def region_named(country: str, usual: str) -> str | None:
    """Return the region that XTN.5 names by calling code, code or name; None if there is none."""
    import phonenumbers

    if country in ("", NULL):
        return usual
    code = country.lstrip("+0")
    if code.isascii() and code.isdigit() and len(code) <= 3:
        if int(code) == phonenumbers.country_code_for_region(usual):
            return usual
        region = phonenumbers.region_code_for_country_code(int(code))
        return region if phonenumbers.country_code_for_region(region) else None
    name = country.upper().replace(".", "")
    region = _COUNTRIES.get(name) or _alpha_2(name)
    return region if phonenumbers.country_code_for_region(region) else None


def _alpha_2(name: str) -> str:
    """Return the country code of two letters for one of three; any other text as it is."""
    from babel.core import get_global

    return next(iter(get_global("territory_aliases").get(name, ())), name)


def number_and_words(text: str) -> tuple[str, str] | None:
    """
    Return the number in a text and the words beside it; None if that is not plainly one number.

    Words stand in brackets, before the number or behind it: among its digits they may be letters of
    the number itself, and `;`, `,` and digits in brackets at the end start an extension.
    """
    text = _plain(text[:_FAR_TOO_LONG])
    if len(text) > MAX_LENGTH or not _NEVER_BESIDE_A_NUMBER.isdisjoint(text):
        return None
    remarks = _REMARK.findall(text)
    text = _REMARK.sub("|", text)
    last = _DIGITS_LAST.search(text)
    if last and _digits(last[1]) < _DIGITS_OF_A_WHOLE_NUMBER:
        return None
    places = [place for place, c in enumerate(text) if c.isdigit()]
    if not places:
        return "", " ".join((*remarks, text))
    before = text[: places[0]].rstrip("+([ ")
    number, behind = text[len(before) : places[-1] + 1], text[places[-1] + 1 :]
    if not all(map(_is_part_of_number, number)) or _is_two(number):
        return None
    return number, " ".join((*remarks, before, behind))


def _plain(text: str) -> str:
    """Return the text without marks of direction and wide forms; other controls become `|`."""
    wide = unicodedata.normalize("NFKC", text)
    kept = (c for c in wide if unicodedata.category(c) != "Cf")
    return "".join(c if c.isprintable() else "|" for c in kept)


def _is_part_of_number(c: str) -> bool:
    return c.isdigit() or c in _PUNCTUATION or c == " " or unicodedata.category(c) == "Pd"


def _is_two(number: str) -> bool:
    """Return whether a slash stands behind a whole number: then another one follows."""
    *before, _ = number.split("/")
    return any(_digits(each) >= _DIGITS_OF_A_WHOLE_NUMBER for each in before)


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def parse(digits: str, region: str | None) -> PhoneNumber | None:
    """Return the number if it is one whole valid number without an extension."""
    import phonenumbers

    try:
        number = phonenumbers.parse(digits.replace("/", " "), region)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number) and not number.extension
    return number if valid else None


def may_be_texted(number: PhoneNumber, allowed_regions: frozenset[str]) -> bool:
    """Return whether a person may have the number and its region is allowed."""
    import phonenumbers

    where = phonenumbers.region_code_for_number(number)
    allowed = where in allowed_regions or (where == "PR" and "US" in allowed_regions)
    return allowed and phonenumbers.number_type(number) in (
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.VOIP,
    )


def is_mobile(number: PhoneNumber) -> bool:
    """Return whether the numbering plan says so; in North America it never does."""
    import phonenumbers

    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def e164(number: PhoneNumber) -> str:
    """Return the number as it is kept and sent to."""
    import phonenumbers

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def numbers_in(text: str, region: str) -> frozenset[str]:
    """Return the numbers in E.164 that stand in a text, whatever else is said in it."""
    import phonenumbers

    apart = "".join(" " if c.isalpha() else c for c in text)
    found = (
        match.number
        for written in (text, apart)
        for match in phonenumbers.PhoneNumberMatcher(written, region)
    )
    return frozenset(map(e164, found))
