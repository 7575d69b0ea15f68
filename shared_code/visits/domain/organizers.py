"""
The accounts in whose names meetings are made, and which of a pool makes the next one.

Graph lets an account make 2,000 meetings a month and does not say which month: 31 days are counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

WINDOW = timedelta(days=31)
MOST_MEETINGS = 1_900
"""An account with as many in the window makes no more."""
MANY_MEETINGS = 1_600
"""From here on a person should add an account to the pool."""
LEFT_OUT = timedelta(minutes=30)
"""After a refusal. A new access policy takes as long to apply."""
RETENTION = timedelta(days=40)


def organizer_key(tenant: str, organizer: str) -> str:
    """The name of an account in rows: tenant and a hash of its object id, itself 122 bits long."""
    return f"{tenant}~{hashlib.sha256(organizer.encode('utf-8')).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class OrganizerDay:
    """One account on one day (UTC). `organizer` is its organizer_key()."""

    organizer: str
    day: date

    def __str__(self) -> str:
        return f"{self.organizer}~{self.day.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The opposite of str(). Raises ValueError."""
        organizer, _, day = text.rpartition("~")
        return cls(organizer, date.fromisoformat(day))


@dataclass(frozen=True, slots=True)
class OrganizerUse:
    """Meetings in the window, and until when (UTC) the account is left out."""

    meetings: int = 0
    left_out_until: datetime | None = None

    @classmethod
    def of(cls, days: Iterable[OrganizerUse]) -> Self:
        """The sum of several days."""
        each = tuple(days)
        times = [day.left_out_until for day in each if day.left_out_until is not None]
        return cls(sum(day.meetings for day in each), max(times, default=None))

    def can_make(self, now: datetime) -> bool:
        """Whether the account may be given one more meeting."""
        left_out = self.left_out_until is not None and now < self.left_out_until
        return not left_out and self.meetings < MOST_MEETINGS


def choose(
    pool: Sequence[str], uses: Mapping[str, OrganizerUse], tried: Collection[str], now: datetime
) -> str | None:
    """
    The least used account of the pool, the first of equals; None if none may make a meeting.
    `tried` have just said no.
    """
    usable = [each for each in pool if each not in tried and uses[each].can_make(now)]
    return min(usable, key=lambda each: uses[each].meetings, default=None)
