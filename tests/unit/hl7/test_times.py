"""Date-times of HL7 become wall clocks, or nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from shared_code.hl7.times import (
    earliest_day,
    latest_day,
    looks_like_time,
    read_message_time,
    read_time,
)
from shared_code.wall_clock import LocalTime

WALL = datetime(2026, 6, 10, 13, 30)  # noqa: DTZ001 - a wall clock
NINE = WALL.replace(day=1, hour=9, minute=0)


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
        ("2026061013300000", LocalTime(WALL)),  # Epic's own example has sixteen digits
        ("2026061013304507", LocalTime(WALL.replace(second=45, microsecond=70_000))),
        ("20260610133000250", LocalTime(WALL.replace(microsecond=250_000))),
        ("202606101330001234", LocalTime(WALL.replace(microsecond=123_400))),
        ("20260610133000123456", LocalTime(WALL.replace(microsecond=123_456))),
        ("202606101330001234567", LocalTime(WALL.replace(microsecond=123_456))),
        ("2026061013300000-0500", LocalTime(WALL, _hours(-5))),
        ("202606101330Z", LocalTime(WALL, _hours(0))),
        ("20260610133000z", LocalTime(WALL, _hours(0))),
        ("20260610133000.000Z", LocalTime(WALL, _hours(0))),
        ("20260610133000000000Z", LocalTime(WALL, _hours(0))),
        ("202606101330-05:00", LocalTime(WALL, _hours(-5))),
        ("20260610133000.5+05:30", LocalTime(WALL.replace(microsecond=500_000), _hours(5.5))),
        ("202606101330-05", LocalTime(WALL, _hours(-5))),
        ("202402291330", LocalTime(WALL.replace(year=2024, month=2, day=29))),
    ],
)
def test_readable_times(text: str, expected: LocalTime) -> None:
    """Minutes are enough; seconds, fractions and offsets are kept; a leap second is clamped."""
    assert read_time(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "2026", "202606", "20260610", "2026061013", "202606102400", "202606101360", "202613101330"]
    + ["202600101330", "202602301330", "202602291330", "20260610133061", "202606101330ZZ"]
    + ["202606101330-2500", "202606101330+1500", "202606101330+0060", "202606101330-5"]
    + ["202606101330-05:0", "202606101330-15:00", "202606101330-", "Z", "20260610Z"]
    + ["202606101330000", "2026061013300012345", "20260610133000.Z", "20260610133000 Z"]
    + ["10062026133000", "19102026133000", "20102026133000", "06102026133000", "20260610133"]
    + ["20260610133000.", "20260610 1330", "06/10/2026 13:30"]
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
    ("text", "expected"),
    [
        ("20140203", date(2014, 2, 3)),
        ("201402030815", date(2014, 2, 3)),
        ("20140203081500.0000-0500", date(2014, 2, 3)),
        ("2014020308150000", date(2014, 2, 3)),
        ("20140203081500Z", date(2014, 2, 3)),
        ("2014020308", date(2014, 2, 3)),
        ("2014", date(2014, 12, 31)),
        ("201402", date(2014, 2, 28)),
        ("201602", date(2016, 2, 29)),
        ("20140200", date(2014, 2, 28)),
        ("20140000", date(2014, 12, 31)),
        ("201400", date(2014, 12, 31)),
        ("20140200000000", date(2014, 2, 28)),
        ("20141200", date(2014, 12, 31)),
    ],
)
def test_the_last_day_that_a_date_allows(text: str, expected: date) -> None:
    """What is left out or `00` is the latest there is: nobody is taken for older than he is."""
    assert latest_day(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "14", "201", "20140", "2014020", "201402031", "20140230", "20141301", "20140015"]
    + ["00000000", "00000101", "18991231", "99991231", "02/03/2014", "2014-02-03", "03022014"]
    + ["140203", "02032014", "2014 ", "20140203T", "2014?", "~2014", "unknown"],
)
def test_what_is_no_date(text: str) -> None:
    """Days that do not exist, other orders and impossible centuries."""
    assert latest_day(text) is None
    assert earliest_day(text) is None


def test_the_first_day_that_a_date_allows() -> None:
    """Of the same spellings."""
    found = [earliest_day(text) for text in ("2014", "201402", "20140200", "20140203081500Z")]

    assert found == [date(2014, 1, 1), date(2014, 2, 1), date(2014, 2, 1), date(2014, 2, 3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026060109", LocalTime(NINE)),
        ("2026060109-0500", LocalTime(NINE, timedelta(hours=-5))),
        ("2026060109Z", LocalTime(NINE, timedelta())),
        ("20260601090000", LocalTime(NINE)),
        ("2026060124", None),
        ("20260601", None),
        ("0601202609", None),
        ("", None),
    ],
)
def test_a_message_is_made_at_an_hour_at_least(text: str, expected: LocalTime | None) -> None:
    """The minutes may be missing, which no start of a visit leaves out."""
    assert read_message_time(text) == expected
