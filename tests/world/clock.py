"""The clock of the tests: it stands still until it is moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 6, 1, 14, 0, 0, tzinfo=UTC)


@dataclass
class FixedClock:
    """The port Clock."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """Return the current time."""
        return self.now

    def advance(self, **by: float) -> None:
        """Move the clock by a timedelta's arguments."""
        self.now += timedelta(**by)
