"""
Every spelling in which a secret could lie in a store, log or page.

A number that is not stored in plain may still be there percent-encoded, in base64 of any
alignment, escaped in JSON or in UTF-16.
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

_ALIGNMENTS = 3


def spellings(canary: str) -> set[bytes]:
    """The canary in all its spellings; its digits alone count as well."""
    digits = re.sub(r"\D", "", canary)
    words = {word for word in (canary, digits, digits[-10:]) if len(word) > 5}
    found: set[bytes] = set()
    for word in words:
        plain = word.encode("utf-8")
        found |= {plain, plain[::-1], plain.hex().encode(), word.encode("utf-16-le")}
        found |= {word.encode("utf-16-be"), quote(word, safe="").encode()}
        found |= {json.dumps(word)[1:-1].encode(), _escaped(word)}
        for inside in (plain, word.encode("utf-16-le"), word.encode("utf-16-be")):
            found |= _base64(inside)
    return found


def found_in(content: bytes, canary: str) -> set[bytes]:
    """The spellings of the canary that the content holds."""
    lower = content.lower()
    return {each for each in spellings(canary) if each in content or each.lower() in lower}


def _escaped(word: str) -> bytes:
    return "".join(f"\\u{ord(character):04x}" for character in word).encode()


def _base64(inside: bytes) -> set[bytes]:
    """What the bytes look like wherever they stand in longer base64."""
    found = set()
    for before in range(_ALIGNMENTS):
        text = base64.b64encode(b"\0" * before + inside).rstrip(b"=")
        first = -(-before * 8 // 6)
        last = (before + len(inside)) * 8 // 6
        for variant in (text, text.replace(b"+", b"-").replace(b"/", b"_")):
            found.add(variant[first:last])
    return found
