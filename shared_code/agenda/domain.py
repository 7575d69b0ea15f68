"""
Everything that must happen at a given time; each row is one duty.

A row is written before the object it belongs to, and takes effect only for that version of the
object. So nothing is lost if a worker dies between the two writes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NewType

LOOK_AGAIN = timedelta(minutes=2)
STALE_AFTER = timedelta(minutes=15)
"""How long a row of another version waits for its object to be committed."""


Duty = NewType("Duty", str)
"""What is to be done. Capabilities declare their own; docs/data-map.md lists what each erases."""


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """
    One duty at one minute (UTC). A due time is rounded up to the minute, so nothing acts early.

    `subject` is the text of an AppointmentRef or TextRef, the id of a dead letter or problem, the
    name of a blob, the digest of a link, or a connection and a day of its counts. `version` is the
    version of the appointment that the row is for ("" if the subject has no versions).
    """

    due: datetime
    duty: Duty
    subject: str
    version: str = ""

    def minute(self) -> datetime:
        """Return the minute in which the row becomes due."""
        floor = self.due.replace(second=0, microsecond=0)
        return floor if floor == self.due else floor + timedelta(minutes=1)

    def later(self, due: datetime) -> AgendaRow:
        """Return the same duty at another time."""
        return replace(self, due=due)

    def is_stale(self, now: datetime) -> bool:
        """Return whether a row of another version has waited long enough to be removed."""
        return self.minute() + STALE_AFTER <= now

    def owner(self) -> str:
        """Return the connection or tenant of the row; "" for blobs and links."""
        return self.subject.partition("~")[0] if "~" in self.subject else ""


@dataclass(frozen=True, slots=True)
class Done:
    """The row has taken effect and is removed."""


@dataclass(frozen=True, slots=True)
class Later:
    """The row is due again at `due` (UTC)."""

    due: datetime


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """
    The object does not have the row's version.

    That version may still be about to be committed, so the row is kept until STALE_AFTER and then
    removed.
    """


RowOutcome = Done | Later | OtherVersion
DONE, OTHER_VERSION = Done(), OtherVersion()


def round_robin(rows: Iterable[AgendaRow]) -> Iterator[AgendaRow]:
    """
    Yield one row of each owner and duty in turn, so that neither a small connection nor a reminder
    waits behind thousands of other rows. Those of one owner and duty keep their order.
    """
    waiting: dict[tuple[str, Duty], deque[AgendaRow]] = {}
    for row in rows:
        waiting.setdefault((row.owner(), row.duty), deque()).append(row)
    turns = deque(waiting.values())
    while turns:
        mine = turns.popleft()
        yield mine.popleft()
        if mine:
            turns.append(mine)
