"""
The only reader of time.

On one machine a file may hold a number of seconds that is added to the real time, so that a
demonstration or a test can move the clock; settings.py refuses that in Azure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]
"""The time now, aware and in UTC."""

_FARTHEST = timedelta(days=3650).total_seconds()


def system_clock() -> datetime:
    """The time now in UTC."""
    return datetime.now(UTC)


def clock_with_offset(file: Path) -> Clock:
    """A clock that is ahead by the seconds in the file; a missing or broken file means none."""

    def now() -> datetime:
        try:
            offset = float(file.read_text(encoding="ascii").strip() or 0)
        except (OSError, ValueError):
            offset = 0.0
        if not abs(offset) <= _FARTHEST:  # also for what is no number
            offset = 0.0
        return system_clock() + timedelta(seconds=offset)

    return now
