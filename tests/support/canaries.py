"""
The canaries: what tests/samples says of its patient, in every spelling in which it could leak.

    find(haystack)            the names of the canaries that the bytes hold
    find(haystack, {"a": …})  the same for values of your own
    numbers("+1608…")         such values for phone numbers
    encodings(text)           plain, percent, base64, base64url, JSON, UTF-16 and hex

Short numbers occur by chance inside hashes, so digits count only where no hex digit touches them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import quote


def phone_spellings(area: str, exchange: str, line: str) -> tuple[str, ...]:
    """One North American number as people, systems and standards write it."""
    return (
        f"({area}){exchange}-{line}",
        f"({area}) {exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"{area}.{exchange}.{line}",
        f"{area}{exchange}{line}",  # also as part of +1… and 1…
        f"{area}^{exchange}{line}",
        f"{area} {exchange} {line}",
        f"{area} {exchange}-{line}",
    )


TOKEN = "canary2canary3canary4canar"
"""Has the shape of a patient's link and leads nowhere."""

CANARIES: Mapping[str, tuple[str, ...]] = {
    "name": ("TESTPATIENT", "Testpatient", "testpatient"),
    "MRN": ("203711",),
    "CSN": ("36996",),
    "birth date": ("19800214", "1980-02-14"),
    "address": ("1 MAIN ST",),
    "e-mail": ("pat@example.org",),
    "phone": phone_spellings("608", "555", "0142"),
    "cell phone": phone_spellings("608", "555", "0143"),
    "phone in parts": phone_spellings("608", "555", "0144"),
    "phone with remark": phone_spellings("608", "555", "0147"),
    "home phone": phone_spellings("608", "555", "0101"),
    "seven digits": ("271-9000",),
    "link token": (TOKEN,),
}


_SHORT = 8


@cache
def encodings(text: str) -> frozenset[bytes]:
    """The bytes that the text becomes on its way through URLs, JSON, base64, UTF-16 and hex."""
    return _caseless(text) | _base64(text)


def find(haystack: bytes, values: Mapping[str, Iterable[str]] = CANARIES) -> list[str]:
    """The names of the values that occur in any spelling and encoding, in the given order."""
    lower = haystack.lower()
    return [
        name
        for name, spellings in values.items()
        if any(_holds(haystack, lower, spelling) for spelling in spellings)
    ]


def numbers(*phones: str) -> Mapping[str, tuple[str, ...]]:
    """E.164 numbers of North America as values for find()."""
    return {phone: phone_spellings(phone[2:5], phone[5:8], phone[8:]) for phone in phones}


def _holds(haystack: bytes, lower: bytes, spelling: str) -> bool:
    caseless = _caseless(spelling)
    if spelling.isdigit() and len(spelling) < _SHORT:
        digits = spelling.encode("ascii")
        caseless -= {digits}
        if re.search(rb"(?<![0-9a-f])" + digits + rb"(?![0-9a-f])", lower):
            return True
    if any(encoded.lower() in lower for encoded in caseless):
        return True
    return any(encoded in haystack for encoded in _base64(spelling))


@cache
def _caseless(text: str) -> frozenset[bytes]:
    """Encodings in which upper and lower case say the same."""
    plain = text.encode("utf-8")
    return frozenset(
        {
            plain,
            text.encode("utf-16-le"),
            text.encode("utf-16-be"),
            plain.hex().encode("ascii"),
            quote(text, safe="").encode("ascii"),
            "".join(f"%{byte:02X}" for byte in plain).encode("ascii"),
            json.dumps(text)[1:-1].encode("ascii"),
            "".join(f"\\u{ord(character):04x}" for character in text).encode("ascii"),
        }
    )


@cache
def _base64(text: str) -> frozenset[bytes]:
    """What the text looks like wherever it stands in longer base64 or base64url."""
    found = set()
    for inside in (text.encode("utf-8"), text.encode("utf-16-le"), text.encode("utf-16-be")):
        for before in range(3):
            encoded = base64.b64encode(b"\0" * before + inside)
            first, last = -(-before * 8 // 6), (before + len(inside)) * 8 // 6
            sure = encoded[first:last]
            found |= {sure, sure.translate(bytes.maketrans(b"+/", b"-_"))}
    return frozenset(found)
