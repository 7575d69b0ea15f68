"""
The only module that reads the time.

For local work a file may hold a number of seconds that is added to the real time, so that a demo or
a test can move the clock. settings.py refuses this in Azure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]
"""The time now, aware and in UTC."""

_FARTHEST = timedelta(days=3650).total_seconds()


def system_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def clock_with_offset(file: Path) -> Clock:
    """
    Return a clock that is ahead by the number of seconds in the file.

    A missing or malformed file counts as zero.
    """

    def now() -> datetime:
        try:
            offset = float(file.read_text(encoding="ascii").strip() or 0)
        except (OSError, ValueError):
            offset = 0.0
        if not abs(offset) <= _FARTHEST:  # also raised if the content is not a number
            offset = 0.0
        return system_clock() + timedelta(seconds=offset)

    return now
