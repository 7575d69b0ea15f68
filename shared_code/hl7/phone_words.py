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


def _vocabulary(words: str) -> frozenset[str]:
    return frozenset(words.split())


MOBILE = _vocabulary("cp cell cellphone cellular cel celular c mobile mob mbl m mc mp movil prs")
HOME = _vocabulary("prn home house hm hom h hp residence residential res casa")
WORK = _vocabulary("wpn work wrk wk w bus business office employer job")
OTHER = _vocabulary("orn vhn other oth alternate alternative alt secondary second")
HARMLESS = _vocabulary(
    "p ph phn phone tel telephone telefono number nbr primary prim main preferred pref best "
    "personal private own my patient pt self verified confirmed active current valid evening night "
    "text texts texting to sms ok okay yes"
)
PERSONS = _vocabulary(
    "mother mom mum mommy mama father dad daddy papa parent parents guardian legal wife husband "
    "spouse partner son daughter child brother sister sibling grandmother grandma grandfather "
    "grandpa grandparent aunt uncle relative family friend neighbor caregiver emr emergency contact"
)
"""Whose a number is: not the field's, left out there, but no wrong number."""
_NEVER_HARMLESS = WORK | _vocabulary(
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
_NOT = (
    r"no|not|non|never|cannot|dont|don t|doesnt|didnt|wont|cant|can t|shouldnt|unable|without|stop|"
    r"nao|pas|keine?|jamais|nunca|sin|sans"
)
_TEXTS = r"te?xt\w*|sms|mms|mess?ag\w*|msgs?|mensa[jg]\w*"
_DECLINED = r"refus\w*|declin\w*|den(?:y|ied|ies)|opt\w*|block\w*|unsubscri\w*|revok\w*|withdr\w*"
_REFUSAL = re.compile(
    rf"\bc?(?:{_NOT}|{_DECLINED})(?: \w+){{0,5}} (?:{_TEXTS})\b"
    rf"|\b(?:{_TEXTS})(?: \w+){{0,3}} (?:{_NOT}|{_DECLINED}|n|off|false|prohibited|forbidden)\b"
    rf"|\bc?(?:no|donot|dont)(?:{_TEXTS})\b"
    r"|\bc?(?:do not|dont|don t|donot|no|never) (?:ever )?contact\b"
    r"|\bopt(?:s|ed|ing)? ?out\b|\bunsubscribed?\b|\bc?dn[td]\b|\bstop$"
)


def refuses_texts(text: str) -> bool:
    """Return whether the text says that its patient wants no texts, by whatever number."""
    return bool(_REFUSAL.search(" ".join(words_of(text))))


def may_be_harmless(remark: str) -> bool:
    """Return whether a site may call the remark harmless: not an extension, no refusal."""
    extends = re.match("x|ext", remark.strip().casefold())
    words = set(words_of(remark))
    says = words - {"no", "not", "non", "never"}
    return bool(says) and not extends and not refuses_texts(remark) and not words & _NEVER_HARMLESS


def may_be_ones_phone(code: str) -> bool:
    """Return whether a site may say that the code means a mobile or home."""
    return may_be_harmless(code) and not set(words_of(code)) & PERSONS


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text without case, accents and e-mail addresses."""
    without_mail = " ".join(piece for piece in text.split() if "@" not in piece)
    folded = unicodedata.normalize("NFKD", without_mail).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return _WORD.findall(_APOSTROPHE.sub("", plain))


def mark_of(codes: Iterable[str], remarks: Iterable[str], site: SiteWords) -> Mark | None:
    """
    Return what the words about one number say; None if one of them is unknown.

    `codes` are XTN.2 and XTN.3, where digits are a category of the site.
    """
    said = {word for remark in remarks for word in words_left(remark, site.harmless)}
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
