"""How carriers count a text: encoding and segments (3GPP TS 23.038)."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Length:
    """How carriers count a text (3GPP TS 23.038): encoding and segments."""

    encoding: str
    segments: int


_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")


def is_gsm7(text: str) -> bool:
    """Return whether the text fits the 7-bit alphabet, with 160 characters in one segment."""
    return all(character in _GSM7 or character in _GSM7_EXTENSION for character in text)


def measure(text: str) -> Length:
    """Return encoding and number of segments: 160/153 septets or 70/67 UTF-16 units."""
    if is_gsm7(text):
        widths = [2 if character in _GSM7_EXTENSION else 1 for character in text]
        return Length("GSM-7", _segments(widths, 160, 153))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Length("UCS-2", _segments(widths, 70, 67))


def _segments(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    if 2 not in widths:
        return math.ceil(len(widths) / part)
    segments, room = 1, part
    for width in widths:  # a surrogate pair is never split over two segments
        if width > room:
            segments, room = segments + 1, part
        room -= width
    return segments
