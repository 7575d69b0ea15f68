"""Durations: numbers with the units that senders write."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared_code.hl7.durations import read_minutes, read_offset


@pytest.mark.parametrize(
    ("number", "unit", "minutes"),
    [
        ("30", "MIN", 30),
        ("30", "min", 30),
        ("30", "M", 30),
        ("30", "", 30),
        ("45", "Minutes", 45),
        ("030", "MIN", 30),
        ("+30", "MIN", 30),
        ("30.", "MIN", 30),
        ("1800", "S", 30),
        ("1801", "SEC", 31),
        ("1", "s", 1),
        ("1", "HR", 60),
        ("1.5", "H", 90),
        ("0.25", "hr.", 15),
        ("24", "hour", 1440),
        ("1", "D", 1440),
        ("1440", "MIN", 1440),
        ("480", "", 480),
    ],
)
def test_a_duration_is_read_in_whole_minutes(number: str, unit: str, minutes: int) -> None:
    assert read_minutes(number, unit) == minutes


@pytest.mark.parametrize(
    ("number", "unit"),
    [
        ("", ""),
        ("", "MIN"),
        ("0", "MIN"),
        ("0.0", "HR"),
        ("-30", "MIN"),
        ("900", ""),  # seconds, more likely than fifteen hours
        ("1800", ""),
        ("1441", "MIN"),
        ("25", "HR"),
        ("2", "D"),
        ("86401", "S"),
        ("M30", ""),
        ("30 MIN", ""),
        ("30", "WK"),
        ("30", "MO"),
        ("1e2", "MIN"),
        ("1,5", "HR"),
        ("NaN", "MIN"),
        ("99999999", "MIN"),
        ("\u0663\u0660", "MIN"),
        ('""', "MIN"),
    ],
)
def test_what_is_no_duration_of_a_visit_is_none(number: str, unit: str) -> None:
    """Zero and more than a day too: such a visit counts as the usual one."""
    assert read_minutes(number, unit) is None


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        ("15", "min", timedelta(minutes=15)),
        ("900", "S", timedelta(minutes=15)),
        ("-15", "MIN", timedelta(minutes=-15)),
        ("+15", "MIN", timedelta(minutes=15)),
        ("0.25", "HR", timedelta(minutes=15)),
        ("1.5", "MIN", timedelta(seconds=90)),
        ("15", "", timedelta(minutes=15)),
        ("", "", timedelta()),
        ("", "MIN", timedelta()),
        ("0", "", timedelta()),
        ("0", "LIGHTYEAR", timedelta()),
        ("900", "", None),
        ("15", "LIGHTYEAR", None),
        ("25", "HR", None),
        ("M15", "", None),
        ("later", "MIN", None),
    ],
)
def test_an_offset_is_read_with_its_unit(
    number: str, unit: str, expected: timedelta | None
) -> None:
    """Without one only what can hardly be seconds; nothing at all is no offset."""
    assert read_offset(number, unit) == expected
