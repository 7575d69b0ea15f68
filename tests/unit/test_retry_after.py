"""How long the service asks us to wait, whatever it writes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared_code.retry import retry_after

ANSWERED_AT = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("3600", 3600),
        ("3601", 3600),
        ("99999999999999999999", 3600),
        ("0", 1),
        ("-5", 1),
        ("1.6", 2),
        ("Mon, 01 Jun 2026 12:00:30 GMT", 30),
        ("Mon, 01 Jun 2026 12:00:30 -0000", 30),
        ("Mon, 01 Jun 2026 11:00:00 GMT", 1),
        ("Tue, 01 Jun 2027 12:00:00 GMT", 3600),
        (None, None),
        ("", None),
        ("soon", None),
        ("٧", None),
        ("1e9", None),
        ("nan", None),
        ("9" * 5000, None),
        ("Mon, 99 Jun 2026 12:00:30 GMT", None),
        ("Mon, 01 Jun 99999999999999999999 12:00:30 GMT", None),
    ],
)
def test_seconds_or_a_date_within_an_hour(header: str | None, expected: int | None) -> None:
    """Clamped to 1 … 3600; what cannot be read is no answer."""
    assert retry_after(header, ANSWERED_AT) == expected
