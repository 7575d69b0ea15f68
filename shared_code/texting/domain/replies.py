"""
What a patient's reply wants: no more texts, texts again, perhaps no more texts, or nothing.

Only the decision leaves this module, never a word of the reply. A wrong `stop` costs a patient
texts until START; a `stop` that nobody heard costs trust and breaks the law: what is not clear is
for a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from shared_code.texting.domain.reply_words import (
    IN_A_SENTENCE,
    PHRASES,
    POLITE,
    STOP_ALONE,
    STOP_BEGINS,
    STOP_FIRST,
)


class Wish(StrEnum):
    """What a reply asks for; `unclear` may have meant `stop`."""

    STOP = "stop"
    START = "start"
    UNCLEAR = "unclear"


LONGEST = 2000
"""Characters of a reply that are looked at."""
_START = frozenset({"start", "unstop"})
_REACTION = re.compile(r"^[^\n“«\"]{3,40}[“«\"].{20,}$", re.DOTALL)
"""What phones send of themselves for a reaction (Liked “…”): it quotes our own text."""
_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´ʼ](?=\w)")
_WORD = re.compile(r"[\w\u064b-\u065f]+")
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
"""Signs that are not seen although they are letters or marks by their category."""
_LETTERS = re.compile(r"(s+t+[o0]+p+)+(\d\w*)?|stpo|sotp|stoop|stope|stp|stob|stopit|ztop|dstop")
"""Misspelt, or something is glued to it."""
_FORMS = re.compile(
    r"stops|stopped|stopp?ing|stopt|sto|spam|scam|block(ed|ing)?|cancell?(ed|ing)|ended|quitting|"
    r"unsubscribed|removed|cancelad[oa]|anulad[oa]|bloquead[oa]|annul[eé]e?|bloqu[eé]"
)
"""Alone they may mean it; in a sentence something has stopped."""
_SIGNS = frozenset("🛑✋🚫⛔🖐🙅")
_NEGATED = re.compile(
    r"\b(dont|do not|doesnt|does not|didnt|did not|wont|will not|cant|cannot|can not|never|not|"
    r"couldnt|wouldnt|sin|sans|sem|ne) "
    r"(to |ever |(want|need|have) (you |it |this |these |them )?to )?"
    r"(stop|parar|arreter|arrêter|detener)\b"
)
_PLACE = re.compile(
    r"\b(the|a|my|next|last|first|one|non|rest|pit|bus|train|tram|metro|subway|truck) stop\b|"
    r"\bstop (by|sign|light|taking|eating|drinking|smoking|coughing|bleeding)\b"
)
_QUESTION = frozenset({"when", "where", "which", "what", "does", "did", "is", "are", "wheres"})
_OF_TEXTS = re.compile(r"\b(te?xts?|texting|txting|messag\w*|msgs?|sms|reminders?|notif\w*)\b")


def wish_of(message: str) -> Wish | None:
    """Return what the reply asks for; None where it asks for nothing of the kind."""
    if " ".join(message.lower().split()) in _START:
        return Wish.START
    whole = _plain(message[:LONGEST])
    readings = [words for words in map(_words, (whole, _without_marks(whole))) if words]
    if any(_is_stop(words, " ".join(words)) for words in readings):
        return Wish.STOP
    if not readings:
        return Wish.UNCLEAR if _SIGNS & set(message) else None
    if _REACTION.match(message.strip()):
        return None
    unclear = any(_may_be_stop(words, " ".join(words)) for words in readings)
    return Wish.UNCLEAR if unclear else None


def _plain(message: str) -> str:
    """As it is compared: without signs that are not seen, marks of emphasis and apostrophes."""
    seen = (
        each
        for each in unicodedata.normalize("NFKC", message)
        if unicodedata.category(each) != "Cf" and each != "_" and not _UNSEEN.fullmatch(each)
    )
    return _APOSTROPHES.sub("", "".join(seen).casefold())


def _without_marks(plain: str) -> str:
    """The same without accents, vowel signs and strokes, which people set wrongly or leave out."""
    parts = unicodedata.normalize("NFKD", plain)
    letters = "".join(each for each in parts if unicodedata.category(each) not in ("Mn", "Me"))
    return unicodedata.normalize("NFC", letters)


def _words(plain: str) -> list[str]:
    words = _WORD.findall(plain)
    if words and all(len(word) == 1 and word.isascii() for word in words):
        return ["".join(words)]  # S.T.O.P
    return words


def _is_stop(words: Sequence[str], said: str) -> bool:
    if said in STOP_ALONE:
        return True
    begin = next((at for at, word in enumerate(words) if word not in POLITE), len(words))
    first = words[begin] if begin < len(words) else ""
    return first in STOP_FIRST or first.startswith(STOP_BEGINS) or said.startswith(STOP_BEGINS)


def _may_be_stop(words: Sequence[str], said: str) -> bool:
    if PHRASES.search(said) or _LETTERS.fullmatch(words[0]) or _FORMS.fullmatch(said):
        return True
    if len(words) > 1 and "".join(words) in STOP_FIRST:
        return True  # STO P
    meant = IN_A_SENTENCE.intersection(words)
    if meant - {"stop"}:
        # negated or not: to cancel or to end may be about the visit, and a person can tell
        return not _NEGATED.search(said)
    return bool(meant) and not _is_another_stop(words, said)


def _is_another_stop(words: Sequence[str], said: str) -> bool:
    """Whether the word is about a bus, a pain or a promise, and not about texts."""
    if _NEGATED.search(said):
        return True
    if _OF_TEXTS.search(said):
        return False
    return bool(_PLACE.search(said)) or words[0] in _QUESTION
