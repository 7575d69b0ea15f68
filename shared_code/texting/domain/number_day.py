"""
The texts of one day to one number, and which first confirmations still have a place among them.

Every text counts. Only a first confirmation of a visit that is more than a day ahead can be left
without a place. The places go in the order in which the bookings arrived, whatever the order of
their hints: a text waits for earlier bookings that are known to be on their way (`expected`), but
not longer than PATIENCE after each could go. What was counted stays counted, so that a repeated
hint or a crash neither counts a text twice nor frees its place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from typing import Self
from zoneinfo import ZoneInfo

from shared_code.agenda.domain import Duty
from shared_code.connections.domain import Connection
from shared_code.texting.domain.text import TextRef

RETIRE_NUMBERS = Duty("retire_numbers")
"""A duty of the agenda: it names a connection's day."""
KEPT = timedelta(days=2)
"""After the day's end in UTC; by then it is over in every zone."""
PATIENCE = timedelta(minutes=1)
_COUNTED_AT_MOST = 100
"""More than any connection's limit: beyond it no first confirmation has a place anyway."""
_EXPECTED_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class NumberKey:
    """Names a day of a number: `recipient` is its keyed hash, `day` that of the connection."""

    connection: str
    day: date
    recipient: str


@dataclass(frozen=True, slots=True)
class Expected:
    """A text that is to have a place: when its booking arrived, and when it could go (UTC)."""

    mark: str
    arrival: datetime
    could_go: datetime

    def is_before(self, other: Expected) -> bool:
        """Whether its booking arrived earlier; the marks decide between two at the same time."""
        return (self.arrival, self.mark) < (other.arrival, other.mark)


class Place(Enum):
    """`later`: earlier bookings are on their way, and may take all that is left."""

    TAKEN = auto()
    LATER = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class NumberDay:
    """What is kept of the day: marks of the texts that count, and bookings whose texts may come."""

    counted: tuple[str, ...] = ()
    expected: tuple[Expected, ...] = ()

    def expecting(self, text: Expected) -> Self:
        """The day with the text among those to come, unless it is known."""
        known = {each.mark for each in self.expected}.union(self.counted)
        if text.mark in known or len(self.expected) >= _EXPECTED_AT_MOST:
            return self
        return replace(self, expected=(*self.expected, text))

    def counting(self, mark: str) -> Self:
        """The day with the text counted, once."""
        if mark in self.counted or len(self.counted) >= _COUNTED_AT_MOST:
            return self
        rest = tuple(each for each in self.expected if each.mark != mark)
        return replace(self, counted=(*self.counted, mark), expected=rest)

    def place_of(self, text: Expected, limit: int, now: datetime) -> Place:
        """Whether a first confirmation has one of the day's `limit` places."""
        if text.mark in self.counted:
            return Place.TAKEN
        if len(self.counted) >= limit:
            return Place.NONE
        known = next((each for each in self.expected if each.mark == text.mark), text)
        ahead = [
            each
            for each in self.expected
            if each.is_before(known) and now < each.could_go + PATIENCE
        ]
        return Place.TAKEN if len(self.counted) + len(ahead) < limit else Place.LATER


def mark_of(ref: TextRef, *, again: bool = False) -> str:
    """What stands for a text; one that a person sends again counts once more."""
    words = f"{ref}~again" if again else str(ref)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def day_of(moment: datetime, connection: Connection) -> date:
    """
    The day that a moment belongs to on the connection's own clock: nobody is texted around its
    midnight, whereas that of UTC falls into the hours in which visits are booked.
    """
    return moment.astimezone(ZoneInfo(connection.epic_zone)).date()


def erased_at(day: date) -> datetime:
    """When the numbers of a day are erased (UTC)."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1) + KEPT
