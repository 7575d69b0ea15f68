"""Date-times of HL7 become wall clocks, or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared_code.hl7.times import agree, looks_like_time, read_time
from shared_code.wall_clock import LocalTime

WALL = datetime(2026, 6, 10, 13, 30)  # noqa: DTZ001 - a wall clock


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("202606101330", LocalTime(WALL)),
        ("20260610133000", LocalTime(WALL)),
        ("20260610133045", LocalTime(WALL.replace(second=45))),
        ("20260610133060", LocalTime(WALL.replace(second=59))),
        ("20260610133000.5", LocalTime(WALL.replace(microsecond=500_000))),
        ("20260610133000.1234", LocalTime(WALL.replace(microsecond=123_400))),
        ("20260610133000.123456789", LocalTime(WALL.replace(microsecond=123_456))),
        ("202606101330-0500", LocalTime(WALL, _hours(-5))),
        ("202606101330+0530", LocalTime(WALL, _hours(5.5))),
        ("202606101330+0000", LocalTime(WALL, _hours(0))),
        ("202606101330-0000", LocalTime(WALL, _hours(0))),
        ("202606101330+0215", LocalTime(WALL, _hours(2.25))),
        ("202606101330+1400", LocalTime(WALL, _hours(14))),
        ("20260610133000.0000-0500", LocalTime(WALL, _hours(-5))),
        ("202606100000", LocalTime(WALL.replace(hour=0, minute=0))),
        ("202402291330", LocalTime(WALL.replace(year=2024, month=2, day=29))),
    ],
)
def test_readable_times(text: str, expected: LocalTime) -> None:
    """Minutes are enough; seconds, fractions and offsets are kept; a leap second is clamped."""
    assert read_time(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "2026", "202606", "20260610", "2026061013", "202606102400", "202606101360", "202613101330"]
    + ["202600101330", "202602301330", "202602291330", "20260610133061", "202606101330Z"]
    + ["202606101330-2500", "202606101330+1500", "202606101330+0060", "202606101330-05"]
    + ["202606101330-05:00", "20260610133000.", "20260610 1330", "06/10/2026 13:30"]
    + [
        "2026-06-10T13:30",
        "\uff12\uff10\uff12\uff16\uff10\uff16\uff11\uff10\uff11\uff13\uff13\uff10",
    ]
    + ["\u0662\u0660\u0662\u0666\u0660\u0666\u0661\u0660\u0661\u0663\u0663\u0660"]
    + ["000001010000", "999912312359", "189912312359", "202606101330\n", " 202606101330", "1" * 99],
)
def test_unreadable_times(text: str) -> None:
    """No date without time, no hour 24, no day that does not exist, no other digits or formats."""
    assert read_time(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("202606101330", True),
        ("20260610", True),
        ("06/10/2026", True),
        ("2026-06-10T13:30", True),
        ("30", False),
        ("M30", False),
        ("1800", False),
        ("MIN", False),
        ("", False),
    ],
)
def test_what_was_meant_as_a_time(text: str, expected: bool) -> None:
    """Durations and units, which older messages keep in the same field, were not."""
    assert looks_like_time(text) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (LocalTime(WALL), LocalTime(WALL), True),
        (LocalTime(WALL), LocalTime(WALL + _hours(1)), False),
        (LocalTime(WALL), LocalTime(WALL, _hours(-5)), True),
        (LocalTime(WALL, _hours(-5)), LocalTime(WALL + _hours(1), _hours(-4)), True),
        (LocalTime(WALL, _hours(-5)), LocalTime(WALL, _hours(-4)), False),
    ],
)
def test_agreement(one: LocalTime, other: LocalTime, expected: bool) -> None:
    """Two offsets are compared as moments; otherwise the wall clocks are."""
    assert agree(one, other) is expected
    assert agree(other, one) is expected
