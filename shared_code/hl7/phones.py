"""
From telephone fields (XTN, HL7 v2.5.1 §2.A.89) to the one number that may be texted.

A wrong number belongs to somebody else: anything that is not clearly one complete number of the
patient's, in an allowed region, is refused. Numbers are returned as E.164 and never logged.
docs/connections.md, "How a number is chosen", says the same step by step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from shared_code.hl7.message import NULL
from shared_code.hl7.phone_numbers import (
    MAX_LENGTH,
    e164,
    is_mobile,
    is_of,
    is_part_of,
    may_be_texted,
    number_and_words,
    numbers_in,
    numbers_in_letters,
    parse,
    region_named,
)
from shared_code.hl7.phone_words import (
    PERSONS,
    Kind,
    Mark,
    SiteWords,
    mark_of,
    refuses_texts,
    vocabulary,
    words_of,
)
from shared_code.hl7.schedule_event import DELETED, Deleted

_NO_PHONES = frozenset({"NET", "INTERNET", "X.400", "EMAIL", "E-MAIL"})
_NO_MAIL = vocabulary(
    "none no not non na n a nil null nomail noemail unknown unk unavailable available declined "
    "declines decline refused refuses refuse does do dont doesnt has have having want wants wish "
    "patient pt provided given supplied on file address addresses use yet at this time e mail "
    "email emails mails"
)
_WRONG_MAIL = vocabulary("wrong bad invalid incorrect bounced bounces inactive old")
_MAIL_WORDS = vocabulary("email emails mail mails")
_HOST = re.compile(
    r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|org|net|edu|gov|mil|info|biz|"
    r"us|ca|uk|mx|example|test)",
    re.IGNORECASE,
)
_LOCAL = 7
_NO_PREFERENCE = 10_000
_DAY = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class PhoneRules:
    """
    How a connection wants numbers read. `region` is that of numbers without a country code.

    `mobile` and `home` are the site's codes for such numbers and `harmless` its remarks without
    meaning, in any letters; `work` is whether work numbers are texted. `own` are the organization's
    numbers in E.164, `refused` those that another field of the message refuses. `day` is that of
    the message.
    """

    region: str
    allowed_regions: frozenset[str]
    mobile: frozenset[str] = frozenset()
    home: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()
    work: bool = False
    own: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    day: date | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    mark: Mark
    preference: int
    number: str
    is_mobile: bool

    def rank(self) -> tuple[Kind, int, bool, bool]:
        return self.mark.kind, self.preference, self.mark.other, not self.is_mobile


def pick_number(telecoms: Iterable[Sequence[str]], rules: PhoneRules) -> str | Deleted | None:
    """
    Return the E.164 number of the best repetition with a usable one; None if none has.

    A telecom is the list of its XTN components, unescaped: index 0 is XTN.1. Mobiles come first,
    then home, then numbers without a mark; work numbers only where the rules want them. One remark
    that refuses texts refuses all numbers, any other only its own, in all repetitions. A category
    that the site has not explained may be work: it is not texted where the site explains others,
    nor where different numbers have some. Returns DELETED if the field says nothing about phones
    but the explicit null.
    """
    repetitions = list(telecoms)
    if wants_no_texts(repetitions, rules):
        return None
    phones = [telecom for telecom in repetitions if not _is_mail(telecom)]
    numbers = [form for telecom in phones for form in _forms(telecom)]
    if numbers and all(form == NULL for form in numbers):
        return DELETED
    marked = [(telecom, _mark(telecom, rules)) for telecom in phones]
    refused = _numbers((telecom for telecom, mark in marked if mark is None), rules)
    barred = tuple(refused | rules.refused | rules.own)
    candidates = (_candidate(telecom, mark, rules) for telecom, mark in marked if mark)
    usable = [each for each in candidates if each and not each.number.endswith(barred)]
    best = min(usable, key=_Candidate.rank, default=None)
    if best is None or (best.mark.kind is Kind.UNEXPLAINED and _differ(usable)):
        return None
    return best.number


def _differ(candidates: Iterable[_Candidate]) -> bool:
    return len({each.number for each in candidates}) > 1


def wants_no_texts(telecoms: Iterable[Sequence[str]], rules: PhoneRules) -> bool:
    """Return whether a field says that its person wants no texts, by whatever number."""
    return any(refusals(telecom, rules) for telecom in telecoms)


def refusals(telecom: Sequence[str], rules: PhoneRules) -> list[str]:
    """Return what stands in the components of one repetition and refuses texts."""
    of_site = rules.harmless | rules.mobile | rules.home
    no_mail = [telecom[3]] if not _is_about_mail(_part(telecom, 4)) else []
    parts = (*telecom[:3], *no_mail, *telecom[4:])
    return [part for part in parts if refuses_texts(part, of_site)]


def refused_elsewhere(telecoms: Sequence[Sequence[str]], rules: PhoneRules) -> frozenset[str]:
    """
    Return the numbers in E.164 that a field refuses for every other field of the message too.

    Who somebody is to whom says nothing there: a child's `mom's cell` is the mother's own.
    """
    phones = [telecom for telecom in telecoms if not _is_mail(telecom)]
    if wants_no_texts(telecoms, rules):
        return _numbers(phones, rules)
    read = replace(rules, harmless=rules.harmless | PERSONS)
    return _numbers((each for each in phones if _mark(each, read) is None), rules)


def _numbers(telecoms: Iterable[Sequence[str]], rules: PhoneRules) -> frozenset[str]:
    """Return the numbers that stand in repetitions: in E.164, or digits without an area code."""
    forms = [form[:MAX_LENGTH] for telecom in telecoms for form in _forms(telecom)]
    found = {form: numbers_in(form, rules.region) for form in forms}
    digits = ("".join(filter(str.isdigit, form)) for form in forms if not found[form])
    local = (each for each in digits if len(each) == _LOCAL)
    return frozenset().union(*found.values(), local)


def normalise(text: str, region: str, allowed_regions: frozenset[str]) -> str | None:
    """Return the number in E.164, or None unless it is one complete, valid, allowed number."""
    number = pick_number([[text]], PhoneRules(region, allowed_regions, work=True))
    return number if isinstance(number, str) else None


@lru_cache(maxsize=64)
def organizations_numbers(contact: str, region: str) -> frozenset[str]:
    """Return the telephone numbers that stand in what an organization tells everybody, in E.164."""
    return numbers_in(contact, region) | numbers_in_letters(contact, region)


def _is_mail(telecom: Sequence[str]) -> bool:
    return not _NO_PHONES.isdisjoint({_part(telecom, 2).upper(), _part(telecom, 3).upper()})


def _mark(telecom: Sequence[str], rules: PhoneRules) -> Mark | None:
    """Return what the repetition says of its number; None if anything speaks against it."""
    read = [number_and_words(form) for form in _forms(telecom)]
    beside = [words for _, words in filter(None, read)]
    if len(beside) != len(read) or _is_over(telecom, rules.day):
        return None
    codes = (_part(telecom, 2), _part(telecom, 3))
    remarks = (*beside, *_remarks(telecom))
    site = SiteWords(rules.mobile, rules.home, rules.harmless)
    return mark_of(filter(_says, codes), filter(_says, remarks), site)


def _candidate(telecom: Sequence[str], mark: Mark, rules: PhoneRules) -> _Candidate | None:
    """Return the one number of a repetition, if it may be texted."""
    explained = bool(rules.mobile or rules.home)
    if (mark.kind is Kind.UNEXPLAINED and explained) or (mark.kind is Kind.WORK and not rules.work):
        return None
    region = region_named(_part(telecom, 5), rules.region)
    read = [digits for digits, _ in filter(None, map(number_and_words, _forms(telecom)))]
    parsed = {digits: parse(digits, region) for digits in read if digits}
    found = {e164(number): number for number in parsed.values() if number}
    if len(found) != 1:
        return None
    ((number, value),) = found.items()
    incomplete = (digits for digits, whole in parsed.items() if not whole)
    agree = all(is_part_of(digits, value) for digits in incomplete)
    of_country = not region or not _says(_part(telecom, 5)) or is_of(value, region)
    if not agree or not of_country or not may_be_texted(value, rules.allowed_regions):
        return None
    return _Candidate(mark, _preference(telecom), number, is_mobile(value))


def _preference(telecom: Sequence[str]) -> int:
    """Return the order in which the patient prefers the number (XTN.18); 1 comes first."""
    said = _part(telecom, 18)[:4]
    return int(said) if said.isascii() and said.isdigit() and int(said) else _NO_PREFERENCE


def _forms(telecom: Sequence[str]) -> Iterator[str]:
    """Return the number of one repetition in every form in which it is written."""
    composed = " ".join(filter(_says, (_part(telecom, 6), _part(telecom, 7))))
    yield from filter(None, (_part(telecom, 12), _part(telecom, 1), composed))


def _remarks(telecom: Sequence[str]) -> Iterator[str]:
    """Return what is said beside codes and number; an extension is refused like a remark."""
    yield "" if _is_about_mail(_part(telecom, 4)) else _part(telecom, 4)
    yield from (_part(telecom, n) for n in (8, 9, 10, 11))


def _is_about_mail(text: str) -> bool:
    """Return whether XTN.4 is an e-mail address without `@`, or says that there is none."""
    words = set(words_of(text))
    about = _NO_MAIL | (_WRONG_MAIL if words & _MAIL_WORDS else frozenset())
    return words <= about or bool(_HOST.fullmatch(text))


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
