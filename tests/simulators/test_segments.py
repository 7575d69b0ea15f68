"""The simulator's own counter of encodings and segments."""

import pytest

from local.simulators.acs.segments import measure


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("ñ" * 160, "GSM-7", 1),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("á" * 70, "UCS-2", 1),
        ("á" * 71, "UCS-2", 2),
        ("á" * 134, "UCS-2", 2),
        ("á" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("’", "UCS-2", 1),
        ("`", "UCS-2", 1),
        ("ç", "UCS-2", 1),
        ("Ç", "GSM-7", 1),
        ("line\r\nline", "GSM-7", 1),
        ("视频就诊", "UCS-2", 1),
    ],
)
def test_a_text_is_counted_as_the_carrier_bills_it(text: str, encoding: str, segments: int) -> None:
    size = measure(text)

    assert (encoding, segments) == (size.encoding, size.segments)


def test_an_escaped_character_is_not_cut_between_two_segments() -> None:
    # 152 septets are used: the escape would fit, its character would not.
    text = "a" * 152 + "€" + "a" * 152

    assert (measure(text).units, measure(text).segments) == (306, 3)


def test_a_surrogate_pair_is_not_cut_between_two_segments() -> None:
    text = "á" * 66 + "😀" + "á" * 66

    assert (measure(text).units, measure(text).segments) == (134, 3)
