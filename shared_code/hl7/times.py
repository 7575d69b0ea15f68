"""
HL7 date-times (HL7 v2.5.1 §2.A.21, §2.A.22) as wall clocks, without time zones or guesses.

`YYYYMMDDHHMM[SS[.S…]][±ZZZZ]`. A date alone is not a time. Local formats such as MM/DD/YYYY are not
read, because a wrong day is worse than none.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from shared_code.wall_clock import LocalTime

_DTM = re.compile(
    r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?(?:([+-])(\d\d)(\d\d))?",
    re.ASCII,
)
_DAY = re.compile(r"(\d{8})(?:\d{2,6}(?:\.\d{1,9})?(?:[+-]\d{4})?)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MAX_OFFSET_HOURS = 14


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
    second, fraction = int(found[6] or 0), (found[7] or "")[:6].ljust(6, "0")
    if not _FIRST_YEAR <= year <= _LAST_YEAR or second > 60:
        return None
    offset = _offset(found[8], int(found[9]), int(found[10])) if found[8] else None
    if found[8] and offset is None:
        return None
    try:
        wall = datetime(year, month, day, hour, minute, min(second, 59), int(fraction))  # noqa: DTZ001 - a wall clock
    except ValueError:
        return None
    return LocalTime(wall, offset)


def read_date(text: str) -> date | None:
    """Return the day of a date with or without a time; None if it cannot be read."""
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def agree(one: LocalTime, other: LocalTime) -> bool:
    """Return whether two fields mean the same moment; an offset in only one of them is ignored."""
    if one.offset is None or other.offset is None:
        return one.wall == other.wall
    return one.wall - one.offset == other.wall - other.offset


def _offset(sign: str, hours: int, minutes: int) -> timedelta | None:
    if hours > _MAX_OFFSET_HOURS or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if sign == "-" else offset
