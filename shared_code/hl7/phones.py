"""
From telephone fields (XTN, HL7 v2.5.1 §2.A.89) to the one number that may be texted.

A wrong number belongs to somebody else: anything that is not clearly one complete number of the
patient's, in an allowed region, is refused. Numbers are returned as E.164 and never logged.
docs/connections.md, "How a number is chosen", says the same step by step.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from shared_code.hl7.message import NULL
from shared_code.hl7.phone_words import Kind, Mark, mark_of, refuses_texts
from shared_code.hl7.schedule_event import DELETED, Deleted

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MAX_LENGTH = 100
_FAR_TOO_LONG = 4 * MAX_LENGTH

_NO_PHONES = frozenset({"NET", "INTERNET", "X.400", "EMAIL", "E-MAIL"})
_NO_MAIL = frozenset({"NONE", "N/A", "NA", "NO EMAIL", "NOEMAIL", "NO E-MAIL"})
_REMARK = re.compile(r"[(\[{][^()\[\]{}]*[^\W\d_][^()\[\]{}]*[)\]}]")
_DIGITS_LAST = re.compile(r"\d\D*[(\[{]([\d\s]+)[)\]}]\D*$")
_PUNCTUATION = frozenset("+-./()[]\u2212")
_NEVER_BESIDE_A_NUMBER = frozenset("*#@|;")
_DIGITS_OF_A_WHOLE_NUMBER = 7
_DAY = re.compile(r"[0-9]{8}")
_COUNTRIES = {"UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "CANADA": "CA"}


@dataclass(frozen=True, slots=True)
class PhoneRules:
    """
    How a connection wants numbers read. `region` is that of numbers without a country code.

    `mobile` are the site's codes for mobiles and `harmless` its remarks without meaning, both in
    small letters; `work` is whether work numbers are texted. `own` are the organization's numbers
    in E.164. `day` is that of the message.
    """

    region: str
    allowed_regions: frozenset[str]
    mobile: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()
    work: bool = False
    own: frozenset[str] = frozenset()
    day: date | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    mark: Mark
    number: str
    is_mobile: bool

    def rank(self) -> tuple[Kind, bool, bool]:
        return self.mark.kind, self.mark.other, not self.is_mobile


def pick_number(telecoms: Iterable[Sequence[str]], rules: PhoneRules) -> str | Deleted | None:
    """
    Return the E.164 number of the best repetition with a usable one; None if none has.

    A telecom is the list of its XTN components, unescaped: index 0 is XTN.1. Mobiles come first,
    then home, then numbers without a mark; work numbers only where the rules want them. One remark
    that refuses texts refuses all numbers, any other only its own, in all repetitions. Returns
    DELETED if the field says nothing about phones but the explicit null.
    """
    repetitions = list(telecoms)
    if any(refuses_texts(part) for telecom in repetitions for part in telecom):
        return None
    phones = [telecom for telecom in repetitions if not _is_mail(telecom)]
    numbers = [form for telecom in phones for form in _forms(telecom)]
    if numbers and all(form == NULL for form in numbers):
        return DELETED
    marked = [(telecom, _mark(telecom, rules)) for telecom in phones]
    refused = {
        number
        for telecom, mark in marked
        if mark is None
        for form in _forms(telecom)
        for number in _numbers_in(form[:MAX_LENGTH], rules.region)
    }
    candidates = (_candidate(telecom, mark, rules) for telecom, mark in marked if mark)
    usable = [each for each in candidates if each and each.number not in refused | rules.own]
    best = min(usable, key=_Candidate.rank, default=None)
    return best.number if best else None


def normalise(text: str, region: str, allowed_regions: frozenset[str]) -> str | None:
    """Return the number in E.164, or None unless it is one complete, valid, allowed number."""
    number = pick_number([[text]], PhoneRules(region, allowed_regions, work=True))
    return number if isinstance(number, str) else None


@lru_cache(maxsize=64)
def organizations_numbers(contact: str, region: str) -> frozenset[str]:
    """Return the telephone numbers that stand in what an organization tells everybody, in E.164."""
    return _numbers_in(contact, region)


def _numbers_in(text: str, region: str) -> frozenset[str]:
    import phonenumbers

    apart = "".join(" " if c.isalpha() else c for c in text)
    found = (
        match.number
        for written in (text, apart)
        for match in phonenumbers.PhoneNumberMatcher(written, region)
    )
    return frozenset(map(_e164, found))


def _is_mail(telecom: Sequence[str]) -> bool:
    return not _NO_PHONES.isdisjoint({_part(telecom, 2).upper(), _part(telecom, 3).upper()})


def _mark(telecom: Sequence[str], rules: PhoneRules) -> Mark | None:
    """Return what the repetition says of its number; None if anything speaks against it."""
    read = [_number_and_words(form) for form in _forms(telecom)]
    beside = [words for _, words in filter(None, read)]
    if len(beside) != len(read) or _is_over(telecom, rules.day):
        return None
    codes = (_part(telecom, 2), _part(telecom, 3))
    remarks = (*beside, *_remarks(telecom))
    return mark_of(filter(_says, codes), filter(_says, remarks), rules.mobile, rules.harmless)


def _candidate(telecom: Sequence[str], mark: Mark, rules: PhoneRules) -> _Candidate | None:
    """Return the one number of a repetition, if it may be texted."""
    if mark.kind is Kind.WORK and not rules.work:
        return None
    region = _region(_part(telecom, 5), rules.region)
    read = filter(None, map(_number_and_words, _forms(telecom)))
    parsed = [_parse(digits, region, rules.allowed_regions) for digits, _ in read]
    found = {_e164(number): number for number in parsed if number}
    if len(found) != 1:
        return None
    ((number, value),) = found.items()
    return _Candidate(mark, number, _is_mobile(value))


def _forms(telecom: Sequence[str]) -> Iterator[str]:
    """Return the number of one repetition in every form in which it is written."""
    area, local = _part(telecom, 6), _part(telecom, 7)
    composed = f"{area} {local}" if local and NULL not in (area, local) else ""
    yield from filter(None, (_part(telecom, 12), _part(telecom, 1), composed))


def _remarks(telecom: Sequence[str]) -> Iterator[str]:
    """Return what is said beside codes and number; an extension is refused like a remark."""
    mail = _part(telecom, 4)
    yield "" if mail.upper() in _NO_MAIL else mail
    yield from (_part(telecom, n) for n in (8, 9, 10, 11))


def _is_over(telecom: Sequence[str], day: date | None) -> bool:
    """Return whether the number is no longer used that day, or not yet (XTN.13 to XTN.15)."""
    first, last, why = (_part(telecom, n) for n in (13, 14, 15))
    today = f"{day:%Y%m%d}" if day else ""
    begins, ends = first[:8] if _says(first) else today, last[:8] if _says(last) else today
    if begins == ends == today:
        return _says(why)
    readable = all(_DAY.fullmatch(each) for each in (begins, ends, today))
    return _says(why) or not readable or not begins <= today <= ends


def _says(text: str) -> bool:
    return text not in ("", NULL)


def _part(telecom: Sequence[str], number: int) -> str:
    return telecom[number - 1].strip() if number <= len(telecom) else ""


def _region(country: str, usual: str) -> str | None:
    """Return the region that XTN.5 names by calling code, code or name; None if there is none."""
    import phonenumbers

    if not _says(country):
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


def _number_and_words(text: str) -> tuple[str, str] | None:
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


def _parse(digits: str, region: str | None, allowed_regions: frozenset[str]) -> PhoneNumber | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(digits.replace("/", " "), region)
    except phonenumbers.NumberParseException:
        return None
    where = phonenumbers.region_code_for_number(number)
    allowed = where in allowed_regions or (where == "PR" and "US" in allowed_regions)
    persons = phonenumbers.number_type(number) in (
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.VOIP,
    )
    usable = allowed and persons and not number.extension
    return number if usable and phonenumbers.is_valid_number(number) else None


def _is_mobile(number: PhoneNumber) -> bool:
    import phonenumbers

    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def _e164(number: PhoneNumber) -> str:
    import phonenumbers

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
