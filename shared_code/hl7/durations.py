"""
Durations of a visit in whole minutes: a number (HL7 v2.5.1 §2.A.47) and its unit.

Units are what senders write: HL7's own, those of ISO+, and English words.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

LONGEST = 24 * 60
"""Minutes. What is longer is no visit."""

_NUMBER = re.compile(r"\+?\d{1,7}(?:\.\d{0,4})?", re.ASCII)
_SECONDS = {
    **dict.fromkeys(("S", "SEC", "SECS", "SECOND", "SECONDS"), 1),
    **dict.fromkeys(("", "M", "MIN", "MINS", "MINUTE", "MINUTES"), 60),
    **dict.fromkeys(("H", "HR", "HRS", "HOUR", "HOURS"), 3600),
    **dict.fromkeys(("D", "DAY", "DAYS"), 86_400),
}
"""By unit. Without one a number means minutes."""


def read_minutes(number: str, unit: str) -> int | None:
    """
    Return the duration in minutes, a part of one counted whole; None if it cannot be read, is zero
    or longer than a day.
    """
    seconds = _SECONDS.get(unit.strip().rstrip(".").upper())
    if seconds is None or _NUMBER.fullmatch(number) is None:
        return None
    minutes = (Decimal(number) * seconds / 60).to_integral_value(ROUND_CEILING)
    return int(minutes) if 0 < minutes <= LONGEST else None
