"""
What the words beside a telephone number say: whose it is, what it is, and whether to leave it.

Codes of tables 0201 and 0202, the letters that Epic sends and remarks that people write are one
vocabulary, because each of them occurs in each place. A word that is not in it may say anything
(`wrong`, `fax`, `neighbor`): such a number is not texted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from shared_code.hl7.phone_refusals import (
    CONSENT,
    CONSENT_DENIED,
    MESSAGES,
    NO_CALLS,
    PLAIN_CONSENT,
    REFUSAL,
    VOICEMAIL,
)


class Kind(IntEnum):
    """What a number is, the one to text first first."""

    MOBILE = 0
    HOME = 1
    UNMARKED = 2
    WORK = 3
    UNEXPLAINED = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """
    What all words about one number say together; `other` than the patient's main one.

    It is unexplained by a category of the site that no list names, which may be work.
    """

    kind: Kind
    other: bool


@dataclass(frozen=True, slots=True)
class SiteWords:
    """A site's own codes for mobiles and for home, and its remarks without meaning."""

    mobile: frozenset[str] = frozenset()
    home: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()


def vocabulary(words: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(words.split())


MOBILE = vocabulary("cp cell cellphone cellular cel celular c mobile mob mbl m mc mp movil prs")
HOME = vocabulary("prn home house hm hom h hp residence residential res casa")
WORK = vocabulary("wpn work wrk wk w bus business office employer job")
OTHER = vocabulary("orn vhn other oth alternate alternative alt secondary second")
HARMLESS = vocabulary(
    "p ph phn phone tel telephone telefono number nbr primary prim main preferred pref best "
    "personal private own my patient pt self verified confirmed active current valid evening night "
    "text texts texting txt txts to sms ok okay yes"
)
PERSONS = vocabulary(
    "mother mom mum mommy mama father dad daddy papa parent parents guardian legal wife husband "
    "spouse partner son daughter child brother sister sibling grandmother grandma grandfather "
    "grandpa grandparent aunt uncle relative family friend neighbor caregiver emr emergency contact"
)
"""Whose a number is: not the field's, left out there, but no wrong number."""
_ONLY = vocabulary("only solely exclusively just")
_TIMES = vocabulary(
    "day days daytime evening evenings night nights morning mornings afternoon afternoons weekday "
    "weekdays weekend weekends am pm a p m after before between until from to and or at noon "
    "summer winter emergency emergencies mon tue wed thu fri sat sun"
) | frozenset(map(str, range(100)))
"""What `only` may limit without a word about texts."""
_NEVER_HARMLESS = WORK | vocabulary(
    "fax faxes fx fn facsimile pager pgr pag beeper bp bpn modem md tty tdd tdy ttd relay asn "
    "answering service net internet email wrong invalid incorrect bad disconnected disc inactive "
    "old former obsolete landline"
)
"""What a site cannot declare away: nobody's phone, not theirs, or no text reaches it."""
_CODES = {"o": "other"}
"""Epic's letter; beside a number it would be a zero that somebody mistyped."""
_KNOWN = MOBILE | HOME | WORK | OTHER | HARMLESS

_APOSTROPHE = re.compile(r"['`\u2018\u2019](?:s\b)?")
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d[\d\s().+/-]{5,}\d")
_SPACED_MAIL = re.compile(r" ?@ ?(?=[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?: |$))")


def refuses_texts(text: str, harmless: frozenset[str] = frozenset()) -> bool:
    """
    Return whether the text says that its patient wants no texts, by whatever number.

    Whatever else it says about texts than yes counts as such: there are too many ways to say no.
    """
    text = _NUMBER.sub(" ", text)
    if _refuses_plainly(words_of(text)):
        return True
    left = without_consent(words_left(text, harmless))
    about_texts = any(part in word for word in left for part in ("text", "txt", "sms", "mms"))
    said = " ".join(left)
    if CONSENT.search(said):
        return bool(CONSENT_DENIED.search(CONSENT.sub(" ", said)))
    about_texts = about_texts or bool(MESSAGES.search(said) and not VOICEMAIL.search(said))
    return about_texts and not _KNOWN.issuperset(left)


def _refuses_plainly(words: list[str]) -> bool:
    left = without_consent(words)
    if left != words:
        return False
    said = set(words)
    limited = bool(said & _ONLY) and not said - _ONLY <= _TIMES
    permitted = any(word == "tcpa" or word.startswith("consent") for word in words)
    return limited or permitted or bool(REFUSAL.search(" ".join(words)))


def without_consent(words: list[str]) -> list[str]:
    """
    Return the words without a plain consent to texts, with or without a refusal of calls.

    All words stay if what is left says anything else.
    """
    apart = PLAIN_CONSENT.sub(lambda each: "|" if _may_be_denied(each[0]) else "+", " ".join(words))
    if not {"|", "+"} & set(apart.split()):
        return words
    left = [word for word in NO_CALLS.sub(" ", apart).split() if word not in ("|", "+")]
    return left if _KNOWN.issuperset(left) else words


def _may_be_denied(consent: str) -> bool:
    """Return whether the consent would be none behind `do not call`: `do not call/text: yes`."""
    words = consent.split()
    first, last = words[0], words[-1]
    return first.startswith(("te", "tx", "sms", "mms")) and last not in ("only", "ok", "okay")


def may_be_harmless(remark: str) -> bool:
    """Return whether a site may call the remark harmless: not an extension, no refusal."""
    extends = re.match("x|ext", remark.strip().casefold())
    words = set(words_of(remark))
    refused = _refuses_plainly(words_of(remark)) or words & _NEVER_HARMLESS
    says = words - {"no", "not", "non", "never"}
    return bool(says) and not extends and not refused


def may_be_ones_phone(code: str) -> bool:
    """Return whether a site may say that the code means a mobile or home."""
    return may_be_harmless(code) and not set(words_of(code)) & PERSONS


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text without case, accents and e-mail addresses."""
    joined = _SPACED_MAIL.sub("@", " ".join(text.split()))
    without_mail = " ".join(piece for piece in joined.split() if "@" not in piece)
    folded = unicodedata.normalize("NFKD", without_mail).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return _WORD.findall(_APOSTROPHE.sub("", plain))


def mark_of(codes: Iterable[str], remarks: Iterable[str], site: SiteWords) -> Mark | None:
    """
    Return what the words about one number say; None if one of them is unknown.

    `codes` are XTN.2 and XTN.3, where digits are a category of the site.
    """
    read = (without_consent(words_left(remark, site.harmless)) for remark in remarks)
    said = {word for words in read for word in words}
    coded = {word for code in codes for word in _explained(code, site)}
    categories = {word for word in coded if word.isdigit()}
    said |= {_CODES.get(word, word) for word in coded - categories}
    if not said <= _KNOWN:
        return None
    order = ((Kind.WORK, WORK), (Kind.MOBILE, MOBILE), (Kind.HOME, HOME))
    usual = Kind.UNEXPLAINED if categories else Kind.UNMARKED
    kind = next((kind for kind, words in order if said & words), usual)
    return Mark(kind, bool(said & OTHER))


def _explained(code: str, site: SiteWords) -> list[str]:
    """Return the words of a code with the site's own codes in words of ours."""
    meanings = dict.fromkeys(site.harmless, "")
    meanings |= dict.fromkeys(site.mobile, "mobile") | dict.fromkeys(site.home, "home")
    return _put(meanings, code)


def words_left(text: str, harmless: frozenset[str]) -> list[str]:
    """Return the words of a text that are left when the harmless remarks are taken out."""
    return _put(dict.fromkeys(harmless, ""), text)


def _put(meanings: Mapping[str, str], text: str) -> list[str]:
    left = f" {' '.join(words_of(text))} "
    for phrase in sorted(meanings, key=len, reverse=True):
        left = left.replace(f" {' '.join(words_of(phrase))} ", f" {meanings[phrase]} ")
    return left.split()
