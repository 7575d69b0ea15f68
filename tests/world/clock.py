"""The one clock of tests: it stands still until it is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 6, 1, 14, 0, 0, tzinfo=UTC)


@dataclass
class FixedClock:
    """The port Clock."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """The time now."""
        return self.now

    def advance(self, **by: float) -> None:
        """Moves the clock by a timedelta's arguments."""
        self.now += timedelta(**by)
