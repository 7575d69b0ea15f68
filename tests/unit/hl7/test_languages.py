"""The patient's language as senders write it."""

from __future__ import annotations

import pytest

from shared_code.hl7.languages import primary_tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SPA", "es"),
        ("es", "es"),
        ("es-MX", "es"),
        ("Spanish", "es"),
        ("Spanish; Castilian", "es"),
        (" english ", "en"),
        ("en_US", "en"),
        ("ENG", "en"),
        ("ara", "ar"),
        ("fre", "fr"),
        ("fra", "fr"),
        ("ger", "de"),
        ("chi", "zh"),
        ("zho", "zh"),
        ("zh-Hant", "zh"),
        ("Mandarin", "zh"),
        ("Cantonese", "zh"),
        ("tgl", "fil"),
        ("Hmong", "hmn"),
        ("Haitian Creole", "ht"),
        ("iw", "he"),
        ("", None),
        ('""', None),
        ("other", None),
        ("unknown", None),
        ("xx", None),
        ("1", None),
        ("中文", None),
    ],
)
def test_languages(text: str, expected: str | None) -> None:
    """ISO 639 codes and English names lead to the primary tag; the rest is unknown."""
    assert primary_tag(text) == expected
