"""
How many segments a text costs by the standard's rules (3GPP TS 23.038 and 23.040).

Counted independently of the product, to check its preview and its rate limit.
"""

from dataclasses import dataclass

GSM_7 = "GSM-7"
UCS_2 = "UCS-2"

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_LIMITS = {GSM_7: (160, 153), UCS_2: (70, 67)}


@dataclass(frozen=True)
class Size:
    """
    The size of a text: `units` are septets or UTF-16 code units, `segments` are what is billed.
    """

    encoding: str
    units: int
    segments: int


def measure(text: str) -> Size:
    """Return the size of a text; even an empty one takes a segment."""
    plain = all(character in _BASIC or character in _EXTENSION for character in text)
    encoding = GSM_7 if plain else UCS_2
    widths = [_width(character, encoding) for character in text]
    alone, joined = _LIMITS[encoding]
    total = sum(widths)
    segments = 1 if total <= alone else _pack(widths, joined)
    return Size(encoding, total, segments)


def _width(character: str, encoding: str) -> int:
    if encoding == GSM_7:
        return 2 if character in _EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _pack(widths: list[int], capacity: int) -> int:
    """Count segments. An escape and its character, or a surrogate pair, stay in one segment."""
    segments, used = 1, 0
    for width in widths:
        if used + width > capacity:
            segments, used = segments + 1, 0
        used += width
    return segments
