"""
The protocols of visits: their rows, the use of organizers, and meetings at Microsoft Graph.

`Meetings` is what shared_code/graph offers, with its values and errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Protocol

from shared_code.graph.answers import OnlineMeeting
from shared_code.oversight.ports import CircuitBreaker
from shared_code.rows import Stored
from shared_code.visits.domain.organizers import OrganizerDay, OrganizerUse
from shared_code.visits.domain.visit import Visit, VisitRef


class Visits(Protocol):
    """Visits, changed only under their ETag."""

    def load(self, ref: VisitRef) -> Stored[Visit] | None:
        """The visit, or None. Raises Refused when the key of its links is gone."""

    def insert(self, visit: Visit) -> str:
        """Returns the ETag. Raises Conflict when somebody was first."""

    def replace(self, visit: Visit, etag: str) -> str:
        """Returns the new ETag. Raises Conflict when the ETag differs or the row is gone."""

    def remove(self, ref: VisitRef) -> None:
        """Erase the visit. Does nothing if it does not exist."""


class OrganizerDays(Protocol):
    """How many meetings organizers were given, by day (UTC), and until when they are left out."""

    def uses(self, tenant: str, since: date) -> Mapping[str, OrganizerUse]:
        """The sums of an organization's days from `since` on, by organizer_key()."""

    def add(self, day: OrganizerDay, use: OrganizerUse, before_first: Callable[[], None]) -> None:
        """Add to the day; `before_first` comes before its row is made. Raises Conflict."""

    def remove(self, day: OrganizerDay) -> None:
        """Erase the day. Does nothing if it does not exist."""


class Meetings(Protocol):
    """
    Meetings at Graph: each method is one request of at most `seconds` and never repeats it.

    Raises the errors of shared_code/graph, and NotReached, NoAnswer and CredentialRefused.
    """

    def create_or_get(
        self,
        tenant: str,
        organizer: str,
        external_id: str,
        subject: str,
        start: datetime,
        end: datetime,
        *,
        seconds: float,
    ) -> OnlineMeeting:
        """The organizer's meeting of that external id; made if there is none."""

    def set_lobby(
        self,
        tenant: str,
        organizer: str,
        meeting_id: str,
        *,
        start: datetime,
        end: datetime,
        seconds: float,
    ) -> OnlineMeeting:
        """Ask for the lobby of every visit, and for these times. The answer may show another."""

    def get(self, tenant: str, organizer: str, meeting_id: str, *, seconds: float) -> OnlineMeeting:
        """The meeting with its present settings."""

    def guest_link(
        self, tenant: str, organizer: str, meeting_id: str, *, seconds: float
    ) -> str | None:
        """The link to join in a browser, or None where there is none."""


MeetingCircuits = Callable[[str, bool], CircuitBreaker]
"""
The circuit breaker of an organization's meetings, by tenant and whether a hint asks: what is known
of Graph is the same, but launches have their own share of the wire.
"""
