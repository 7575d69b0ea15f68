"""What must come out of events in any order of arrival: sort by when they were made, then fold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code.appointments.domain import Status
from tests.world.clock import NOW
from tests.world.messages import altered, siu
from tests.world.visit import WALL

DAY = timedelta(days=1)
HOUR_BEFORE = NOW - timedelta(hours=1)
ENDS: Mapping[str, Status] = {"S15": Status.CANCELLED, "S26": Status.CLOSED}


@dataclass(frozen=True, slots=True)
class Said:
    """One event that says everything."""

    trigger: str
    start: datetime = WALL
    virtual: bool = True
    more: Mapping[str, str] = field(default_factory=dict)
    dead: bool = False
    cancels: bool = False
    """Whether SCH-25 says cancelled, whatever the trigger is."""

    def body(self, made: int) -> bytes:
        """The message, made in that minute (of the hour before NOW)."""
        code = {} if self.virtual else {"visit_code": "1001"}
        when = HOUR_BEFORE + timedelta(minutes=made)
        said = siu(self.trigger, when, start_local=self.start, **code, **self.more)
        status = {"SCH_25": "3^CAN"} if self.cancels else {}
        return altered(said, PID_30="Y" if self.dead else "N", **status)


A, B, C = WALL, WALL + DAY, WALL + 2 * DAY
EVENTS = (
    Said("S12", A),
    Said("S14", B),
    Said("S14", A),
    Said("S15", A),
    Said("S13", C),
    Said("S26", A),
    Said("S14", A, more={"phone": "(608)555-0143"}),
    Said("S14", A, virtual=False),
)
HARD_EVENTS = (
    *EVENTS,
    Said("S14", A, dead=True),
    Said("S15", A, dead=True),
    Said("S14", A, cancels=True),
    Said("S12", B, cancels=True),
)
"""Also deaths, and statuses that disagree with their trigger."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What holds in the end; `start` on the hospital's wall clock."""

    status: Status
    start: datetime
    virtual: bool
    dead: bool
    held: bool


def truth(events: Iterable[Said]) -> Truth:
    """The events in the order in which they were made."""
    status, last = Status.ACTIVE, None
    for last in events:
        booked = last.trigger in ("S12", "S13")
        status = Status.ACTIVE if booked else ENDS.get(last.trigger, status)
    assert last is not None
    held = last.cancels and status is Status.ACTIVE
    return Truth(status, last.start, last.virtual, last.dead, held)
