"""
HL7 date-times (HL7 v2.5.1 §2.A.21, §2.A.22) as wall clocks, without time zones or guesses.

`YYYYMMDDHHMM[SS[.S…]][±ZZZZ]`; also fractions without a point, as Epic writes them, and `Z`, `±ZZ`
and `±ZZ:ZZ`. A date alone is not a time. Local formats such as MM/DD/YYYY are not read, because a
wrong day is worse than none.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from shared_code.wall_clock import LocalTime

# Without a point a fraction has the digits of hundredths, milliseconds, HL7's four, microseconds,
# ticks or nanoseconds: one digit or five more are a slip of the hand.
_FRACTION = r"\.(\d{1,9})|(\d{2}|\d{3}|\d{4}|\d{6}|\d{7}|\d{9})"
_OFFSET = r"[Zz]|[+-]\d\d(?::?\d\d)?"
_DTM = re.compile(
    rf"(\d{{4}})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:{_FRACTION})?)?({_OFFSET})?", re.ASCII
)
_DAY = re.compile(
    rf"(\d{{4}})(?:(\d\d)(?:(\d\d)(?:\d\d(?:\d\d(?:\d\d(?:{_FRACTION})?)?)?(?:{_OFFSET})?)?)?)?",
    re.ASCII,
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MAX_OFFSET_HOURS = 14


_HOUR = re.compile(rf"(\d{{10}})({_OFFSET})?", re.ASCII)


def looks_like_time(text: str) -> bool:
    """Return whether the text is meant as a date; older fields mix times, durations and units."""
    return sum(character.isdigit() for character in text) >= 8


def read_time(text: str) -> LocalTime | None:
    """
    Return the wall clock and the offset as written; None if it cannot be read.

    A leap second is read as the second before it; hour 24 and days that do not exist are refused.
    The range of years is limited, so that adding an offset never overflows.
    """
    found = _DTM.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute = (int(number) for number in found.groups()[:5])
    second, fraction = int(found[6] or 0), (found[7] or found[8] or "")[:6].ljust(6, "0")
    if not _FIRST_YEAR <= year <= _LAST_YEAR or second > 60:
        return None
    offset = _offset(found[9]) if found[9] else None
    if found[9] and offset is None:
        return None
    try:
        wall = datetime(year, month, day, hour, minute, min(second, 59), int(fraction))  # noqa: DTZ001 - a wall clock
    except ValueError:
        return None
    return LocalTime(wall, offset)


def read_message_time(text: str) -> LocalTime | None:
    """Return the same of MSH-7, which may end with the hour (HL7 v2.5.1 §2.A.22)."""
    hour = _HOUR.fullmatch(text)
    return read_time(f"{hour[1]}00{hour[2] or ''}" if hour else text)


def latest_day(text: str) -> date | None:
    """
    Return the last day that a date allows; None if it cannot be read.

    Month and day may be missing or `00` (HL7 v2.5.1 §2.A.22): `2014` is December 31, `20140200`
    February 28. A time behind the day does not count.
    """
    found = _day_parts(text)
    if found is None:
        return None
    year, month, day = found
    month = month or 12
    return _day(year, month, day or monthrange(year, month)[1])


def earliest_day(text: str) -> date | None:
    """Return the first day that a date allows, read in the same way."""
    found = _day_parts(text)
    return _day(found[0], found[1] or 1, found[2] or 1) if found else None


def _day_parts(text: str) -> tuple[int, int, int] | None:
    """Year, month and day; 0 for what is not said."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(number or 0) for number in found.groups()[:3])
    if not _FIRST_YEAR <= year <= _LAST_YEAR or month > 12 or (day and not month):
        return None
    return year, month, day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _offset(text: str) -> timedelta | None:
    if text in "Zz":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > _MAX_OFFSET_HOURS or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if text[0] == "-" else offset
