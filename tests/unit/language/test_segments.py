"""How long a text is: GSM-7 or UCS-2, and in how many parts it travels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.language.segments import Length, is_gsm7, measure

GSM7_ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "\f^{}\\[~]|€"
FACE = "\U0001f642"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Length("GSM-7", 1)),
        ("a" * 160, Length("GSM-7", 1)),
        ("a" * 161, Length("GSM-7", 2)),
        ("a" * 306, Length("GSM-7", 2)),
        ("a" * 307, Length("GSM-7", 3)),
        ("a" * 459, Length("GSM-7", 3)),
        ("a" * 460, Length("GSM-7", 4)),
        # an escaped character takes two septets
        ("a" * 158 + "€", Length("GSM-7", 1)),
        ("a" * 159 + "€", Length("GSM-7", 2)),
        ("€" * 80, Length("GSM-7", 1)),
        ("€" * 81, Length("GSM-7", 2)),
        # … which are never split over two parts: 152 + 153 would fit, 153 + 1 + 152 does not
        ("a" * 151 + "€" + "a" * 153, Length("GSM-7", 2)),
        ("a" * 152 + "€" + "a" * 151, Length("GSM-7", 2)),
        ("a" * 152 + "€" + "a" * 152, Length("GSM-7", 3)),
        ("€" * 152, Length("GSM-7", 2)),
        ("€" * 153, Length("GSM-7", 3)),
        # one letter outside the alphabet makes all of them wide
        ("á", Length("UCS-2", 1)),
        ("á" + "a" * 69, Length("UCS-2", 1)),
        ("á" + "a" * 70, Length("UCS-2", 2)),
        ("á" + "a" * 133, Length("UCS-2", 2)),
        ("á" + "a" * 134, Length("UCS-2", 3)),
        # there the extension costs nothing extra, a surrogate pair two units, never split
        ("á" + "€" * 69, Length("UCS-2", 1)),
        (FACE * 35, Length("UCS-2", 1)),
        (FACE * 36, Length("UCS-2", 2)),
        (FACE * 66, Length("UCS-2", 2)),
        (FACE * 67, Length("UCS-2", 3)),
        ("a" * 66 + FACE + "a" * 65, Length("UCS-2", 2)),
        ("a" * 66 + FACE + "a" * 66, Length("UCS-2", 3)),
        ("a" * 65 + FACE + "a" * 67, Length("UCS-2", 2)),
    ],
    ids=lambda value: f"{len(value)}-characters" if isinstance(value, str) else None,
)
def test_a_text_has_the_parts_that_carriers_count(text: str, expected: Length) -> None:
    """Exactly at the borders of one, two and three parts."""
    assert measure(text) == expected


@pytest.mark.parametrize("character", GSM7_ALPHABET + EXTENDED)
def test_the_seven_bit_alphabet_is_complete(character: str) -> None:
    """Each of its letters alone is sent in seven bits."""
    assert is_gsm7(character)


@pytest.mark.parametrize("character", "áíóúçÁ`´’“–…\t\u00a0\u202f\u200b" + FACE)
def test_what_looks_harmless_is_not_in_the_alphabet(character: str) -> None:
    """Accents, curly quotes, tabs and odd spaces force sixteen bits."""
    assert not is_gsm7(character)


@given(st.text(GSM7_ALPHABET + EXTENDED + "á😀漢", max_size=700))
def test_parts_agree_with_filling_one_part_after_the_other(text: str) -> None:
    """A reference that puts unit after unit into parts comes to the same."""
    assert measure(text) == _reference(text)


def _reference(text: str) -> Length:
    if set(text) <= set(GSM7_ALPHABET + EXTENDED):
        units = [["esc", each] if each in EXTENDED else [each] for each in text]
        encoding, single, part = "GSM-7", 160, 153
    else:
        units = [["unit"] * (len(each.encode("utf-16-be")) // 2) for each in text]
        encoding, single, part = "UCS-2", 70, 67
    if sum(map(len, units)) <= single:
        return Length(encoding, 1)
    parts: list[list[str]] = [[]]
    for together in units:
        if len(parts[-1]) + len(together) > part:
            parts.append([])
        parts[-1] += together
    return Length(encoding, len(parts))


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("ñ" * 160, "GSM-7", 1),
        ("í" * 70, "UCS-2", 1),
        ("í" * 71, "UCS-2", 2),
        ("漢" * 134, "UCS-2", 2),
        ("漢" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("😀" * 66, "UCS-2", 2),
        ("😀" * 67, "UCS-2", 3),
        ("`", "UCS-2", 1),
    ],
)
def test_texts_are_measured_as_carriers_count(text: str, encoding: str, segments: int) -> None:
    """160 and 153 septets, 70 and 67 UTF-16 units; a pair is never split over two parts."""
    length = measure(text)

    assert (encoding, segments) == (length.encoding, length.segments)
    assert (encoding == "GSM-7") == is_gsm7(text)
