"""
What a message says of its patient's life (PID-29, PID-30) and of its visit's status (SCH-25).

Flags are read by their usual words. A status cancels by its words, or by the codes that a
connection lists: numbers and codes of sites have no common meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from datetime import date

from shared_code.hl7.message import NULL
from shared_code.hl7.schedule_event import DELETED, Deleted
from shared_code.hl7.times import earliest_day

_YES, _NO = frozenset({"Y", "YES", "TRUE", "1"}), frozenset({"N", "NO", "FALSE", "0"})
_CANCELS = re.compile(r"CAN|(.*[^A-Z])?(CANCELL?ED|DELETED)([^A-Z].*)?", re.DOTALL)
"""CAN alone; the longer words also among others, as in *Canceled by patient*."""


def read_deceased(
    indicator: str | Deleted | None, died: str | Deleted | None, today: date | None
) -> bool | None:
    """
    Return whether the patient is dead; None if nothing is said. PID-30 (`indicator`) decides, and
    without it PID-29 (`died`) if it is a date until `today`. An explicit null takes back both.
    """
    if indicator is DELETED:
        return False
    if isinstance(indicator, str) and indicator.upper() in _YES | _NO:
        return indicator.upper() in _YES
    if died is DELETED:
        return False
    day = earliest_day(died) if isinstance(died, str) else None
    return True if day is not None and (today is None or day <= today) else None


def says_cancelled(parts: Iterable[str], listed: Set[str]) -> bool | None:
    """
    Return whether a status with these components means that the visit is cancelled; None if it is
    empty. `listed` are codes in capitals.
    """
    words = [word for word in (part.strip().upper() for part in parts) if word]
    if not words:
        return None
    return any(
        word != NULL and (word in listed or _CANCELS.fullmatch(word) is not None) for word in words
    )
