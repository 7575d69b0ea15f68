"""
Durations of a visit in whole minutes and offsets of its resources: a number (HL7 v2.5.1 §2.A.47)
and its unit.

Units are what senders write: HL7's own, those of ISO+, and English words. Without one a number
means minutes, unless it is so large that it more likely means seconds: then it is not read.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

LONGEST = 24 * 60
"""Minutes. What is longer is no visit."""

_LONGEST_WITHOUT_UNIT = 8 * 60
_FARTHEST_WITHOUT_UNIT = 2 * 60
_NUMBER = re.compile(r"[+-]?\d{1,7}(?:\.\d{0,4})?", re.ASCII)
_SECONDS = {
    **dict.fromkeys(("S", "SEC", "SECS", "SECOND", "SECONDS"), 1),
    **dict.fromkeys(("", "M", "MIN", "MINS", "MINUTE", "MINUTES"), 60),
    **dict.fromkeys(("H", "HR", "HRS", "HOUR", "HOURS"), 3600),
    **dict.fromkeys(("D", "DAY", "DAYS"), 86_400),
}


def read_minutes(number: str, unit: str) -> int | None:
    """
    Return the duration in minutes, a part of one counted whole; None if it cannot be read, is zero
    or longer than a day.
    """
    seconds = _read_seconds(number, unit, _LONGEST_WITHOUT_UNIT)
    return int((seconds / 60).to_integral_value(ROUND_CEILING)) if seconds and seconds > 0 else None


def read_offset(number: str, unit: str) -> timedelta | None:
    """
    Return how long after the visit's start a resource is needed, negative before it; no text means
    at the start (HL7 v2.5.1 §10.6.4.5). None if it cannot be read or is more than a day.
    """
    seconds = _read_seconds(number or "0", unit, _FARTHEST_WITHOUT_UNIT)
    return None if seconds is None else timedelta(seconds=float(seconds))


def _read_seconds(number: str, unit: str, longest_without_unit: int) -> Decimal | None:
    unit = unit.strip().rstrip(".").upper()
    of_unit = _SECONDS.get(unit)
    if _NUMBER.fullmatch(number) is None:
        return None
    value = Decimal(number)
    if value == 0:
        return Decimal(0)  # in any unit
    longest = LONGEST if unit else longest_without_unit
    if of_unit is None or abs(value) * of_unit > longest * 60:
        return None
    return value * of_unit
