"""
Marks and blanks of a text in their plain form: those that word processors put in by themselves, and
that nobody sees in a name. Letters stay as they are.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from shared_code.language.segments import is_gsm7

_PLAIN = {
    mark: plain
    for plain, marks in {
        "'": "‘’‚‛′´`ʹʻʼʽˈꞌ׳",
        '"': "“”„‟″«»ʺ״",
        "-": "−·•‧∙⋅⁃●◦▪■˗",
        "/": "⁄∕",
        "x": "×",
        "|": "¦",
        "": "©®™℠℗",
    }.items()
    for mark in marks
}
_BY_CATEGORY = {"Zs": " ", "Zl": " ", "Zp": " ", "Cc": " ", "Cf": "", "Pd": "-"}
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def plain_marks(text: str) -> str:
    """Return the text in GSM-7 as far as its marks and blanks have a likeness there."""
    return "".join(each if is_gsm7(each) else _likeness(each) for each in text)


@cache
def _likeness(character: str) -> str:
    if ord(character) in _VARIATION_SELECTORS:
        return ""
    plain = _PLAIN.get(character, _BY_CATEGORY.get(unicodedata.category(character)))
    if plain is not None:
        return plain
    same = "".join(_PLAIN.get(each, each) for each in unicodedata.normalize("NFKC", character))
    return same if is_gsm7(same) else character
