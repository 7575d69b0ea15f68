"""
From a text to one telephone number: what its digits are, and what words stand beside them.

Nothing here knows of fields or patients. Texts and numbers are never logged.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
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
        if phonenumbers.country_code_for_region(region):
            return region
    region = _alpha_2(country)
    return region if phonenumbers.country_code_for_region(region) else None


def _alpha_2(country: str) -> str:
    """Return the code of two letters for one of three, a number of ISO 3166 or a name."""
    from babel.core import get_global

    code = country.upper().replace(".", "")
    folded = _folded(country)
    named = _COUNTRIES.get(folded) or _names().get(folded)
    return named or next(iter(get_global("territory_aliases").get(code, ())), code)


_COUNTRIES = {"united states of america": "US", "america": "US", "the united states": "US"}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Return the codes of countries by their names in English, Spanish and French."""
    from babel import Locale

    languages = (Locale(tag).territories.items() for tag in ("fr", "es", "en"))
    return {_folded(name): code for each in languages for code, name in each if len(code) == 2}


def _folded(text: str) -> str:
    """Return the text in small letters without accents and points, with single blanks."""
    apart = unicodedata.normalize("NFKD", text).casefold().replace(".", "")
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())


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


_SHORTEST_LOCAL = 5


def is_part_of(text: str, number: PhoneNumber) -> bool:
    """Return whether digits that are no whole number are the area code or the end of this one."""
    import phonenumbers

    part = phonenumbers.normalize_digits_only(text)
    whole = phonenumbers.national_significant_number(number)
    area = whole[: phonenumbers.length_of_national_destination_code(number)]
    return (len(part) >= _SHORTEST_LOCAL and whole.endswith(part)) or part.lstrip("0") == area


def is_of(number: PhoneNumber, region: str) -> bool:
    """Return whether the number has the calling code of the region."""
    import phonenumbers

    return number.country_code == phonenumbers.country_code_for_region(region)


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


_WITH_LETTERS = re.compile(
    r"(?<![^\W_])(?:\+?1[ .-]*)?(\(?\d{3}\)?[ ./-]*(?:[^\W_][ .-]?){7})(?!\d)", re.ASCII
)


def numbers_in_letters(text: str, region: str) -> frozenset[str]:
    """Return the numbers in E.164 that are written as on North American keys (`555-CARE`)."""
    import phonenumbers

    written = map(phonenumbers.convert_alpha_characters_in_number, _WITH_LETTERS.findall(text))
    return frozenset(e164(number) for each in written if (number := parse(each, region)))
