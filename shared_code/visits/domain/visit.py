"""
A visit: what people join. One row, changed only under its ETag and by whoever holds its lease.

The transitions of a visit are its methods; which one comes next is decided in steps.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

LEASE = timedelta(seconds=30)
"""How long a worker that died keeps others away. Each write of the row renews it."""
LOBBY_TRIES = 3
"""In vain, then the lobby counts as refused."""
RETENTION = timedelta(days=30)
"""How long after its end a visit is kept."""


@dataclass(frozen=True, slots=True)
class VisitRef:
    """Identifies a visit: connection id and keyed hash of the session id."""

    connection: str
    row: str

    def __str__(self) -> str:
        return f"{self.connection}~{self.row}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The opposite of str(). Raises ValueError."""
        connection, row = text.split("~")
        return cls(connection, row)

    @property
    def external_id(self) -> str:
        """The name of the meeting at Graph: the keyed hash, so the same for every worker."""
        return self.row


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    The visit that somebody needs. `start` (UTC) is None where it is not known; `organizers` is the
    connection's pool of accounts, by object id.
    """

    ref: VisitRef
    tenant: str
    start: datetime | None
    minutes: int
    organizers: tuple[str, ...]


class VisitState(StrEnum):
    """`lobby_refused`: the meeting is there, but its lobby could not be closed to patients."""

    PREPARING = "preparing"
    READY = "ready"
    LOBBY_REFUSED = "lobby_refused"


@dataclass(frozen=True, slots=True)
class Visit:
    """
    One visit. Times are UTC; links are opaque, kept and sent byte for byte.

    `organizer` is the account in whose name the meeting is made; it is fixed once there is a
    `meeting_id`. `lobby_confirmed`: Graph has shown the lobby that was asked for. `lobby_tried` is
    when it was last asked for in vain. No hint asks Graph again before `not_before`.
    """

    ref: VisitRef
    tenant: str
    start: datetime | None
    minutes: int
    created: datetime
    organizer: str = ""
    meeting_id: str = ""
    join_url: str = field(default="", repr=False)
    guest_url: str = field(default="", repr=False)
    state: VisitState = VisitState.PREPARING
    lobby_confirmed: bool = False
    lobby_tries: int = 0
    lobby_tried: datetime | None = None
    not_before: datetime | None = None
    leased_by: str = ""
    leased_until: datetime | None = None

    @classmethod
    def new(cls, wanted: Wanted, now: datetime) -> Self:
        """A visit of which nothing is prepared."""
        return cls(wanted.ref, wanted.tenant, wanted.start, wanted.minutes, now)

    @property
    def begins(self) -> datetime:
        """The start, or where it is not known when the visit was first asked for."""
        return self.start or self.created

    @property
    def end(self) -> datetime:
        """When the visit is over."""
        return self.begins + timedelta(minutes=self.minutes)

    @property
    def patient_url(self) -> str:
        """The patient's link: it joins in a browser where Graph gave such a link."""
        return self.guest_url or self.join_url

    @property
    def staff_url(self) -> str:
        """The clinician's link."""
        return self.join_url

    def is_moved(self, wanted: Wanted) -> bool:
        """Whether the visit has another time now. An unknown start never replaces a known one."""
        return wanted.start is not None and (self.start, self.minutes) != (
            wanted.start,
            wanted.minutes,
        )

    def is_leased(self, now: datetime) -> bool:
        """Whether a worker holds the visit."""
        return self.leased_until is not None and now < self.leased_until

    def leased(self, worker: str, now: datetime) -> Self:
        """Held by the worker from now on."""
        return replace(self, leased_by=worker, leased_until=now + LEASE)

    def released(self) -> Self:
        """Held by nobody."""
        return replace(self, leased_by="", leased_until=None)

    def waits(self, now: datetime) -> bool:
        """Whether Graph has asked for a pause that is not over."""
        return self.not_before is not None and now < self.not_before

    def paused(self, until: datetime) -> Self:
        """Of which hints ask nothing before `until`."""
        return replace(self, not_before=until)

    def moved(self, wanted: Wanted) -> Self:
        """At the time that is wanted now."""
        return replace(self, start=wanted.start, minutes=wanted.minutes)

    def with_organizer(self, organizer: str) -> Self:
        """With the account that is to make the meeting. Raises ValueError once there is one."""
        if self.meeting_id:
            raise ValueError("a meeting keeps its organizer")
        return replace(self, organizer=organizer)

    def with_meeting(self, meeting_id: str, join_url: str) -> Self:
        """With its meeting, whose lobby is not known to be closed."""
        return replace(self, meeting_id=meeting_id, join_url=join_url)

    def with_lobby(self) -> Self:
        """With the lobby that was asked for."""
        return replace(
            self,
            state=VisitState.READY if self.state is VisitState.READY else VisitState.PREPARING,
            lobby_confirmed=True,
            lobby_tries=0,
            lobby_tried=None,
        )

    def without_lobby(self, now: datetime) -> Self:
        """After one more answer that did not show the lobby that was asked for."""
        tries = self.lobby_tries + 1
        refused = tries >= LOBBY_TRIES
        return replace(
            self,
            state=VisitState.LOBBY_REFUSED if refused else VisitState.PREPARING,
            lobby_confirmed=False,
            lobby_tries=tries,
            lobby_tried=now,
        )

    def ready(self, guest_url: str) -> Self:
        """Ready to be joined; without a `guest_url` patients take the meeting's own link."""
        return replace(self, state=VisitState.READY, guest_url=guest_url)
