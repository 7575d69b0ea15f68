"""
What the words beside a telephone number say: whose it is, what it is, and whether to leave it.

Codes of tables 0201 and 0202, the letters that Epic sends and remarks that people write are one
vocabulary, because each of them occurs in each place. A word that is not in it may say anything
(`wrong`, `fax`, `neighbor`): such a number is not texted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a number is, the one to text first first."""

    MOBILE = 0
    HOME = 1
    UNMARKED = 2
    WORK = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """
    What all words about one number say together; `other` than the patient's main one.

    `categories` are the site's own kinds that nothing explains: is it home, or work?
    """

    kind: Kind
    other: bool
    categories: frozenset[str] = frozenset()


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
"""Whose a number is: not the field's, so it is left out there, but not a wrong number for its own."""
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
    return bool(words_of(remark)) and not extends and not refuses_texts(remark)


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text without case, accents and e-mail addresses."""
    without_mail = " ".join(piece for piece in text.split() if "@" not in piece)
    folded = unicodedata.normalize("NFKD", without_mail).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return _WORD.findall(_APOSTROPHE.sub("", plain))


def mark_of(
    codes: Iterable[str],
    remarks: Iterable[str],
    mobile: frozenset[str],
    harmless: frozenset[str],
) -> Mark | None:
    """
    Return what the words about one number say; None if one of them is unknown.

    `codes` are XTN.2 and XTN.3, where digits are a category of the site; `mobile` are the site's
    codes for mobiles and `harmless` the remarks that it knows to say nothing, both in small
    letters.
    """
    said = {word for remark in remarks for word in _without(harmless, remark)}
    coded = {word for code in codes for word in _without(harmless, code)}
    said |= {"mobile"} if coded & mobile else set()
    categories = {word for word in coded - mobile if word.isdigit()}
    said |= {_CODES.get(word, word) for word in coded - mobile - categories}
    if not said <= _KNOWN:
        return None
    order = ((Kind.WORK, WORK), (Kind.MOBILE, MOBILE), (Kind.HOME, HOME))
    kind = next((kind for kind, words in order if said & words), Kind.UNMARKED)
    unexplained = frozenset(categories) if kind is Kind.UNMARKED else frozenset()
    return Mark(kind, bool(said & OTHER), unexplained)


def _without(harmless: frozenset[str], text: str) -> list[str]:
    """Return the words of a text that are left when the harmless remarks are taken out."""
    left = f" {' '.join(words_of(text))} "
    for remark in sorted(harmless, key=len, reverse=True):
        left = left.replace(f" {' '.join(words_of(remark))} ", " ")
    return left.split()
