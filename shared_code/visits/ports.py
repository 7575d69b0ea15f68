"""The protocols of visits: their rows, the use of organizers, and meetings at Graph."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

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

    def use(self, organizer: str, since: date) -> OrganizerUse:
        """What is known of an organizer's days from `since` on."""

    def count(self, day: OrganizerDay, before_first: Callable[[], None]) -> None:
        """One meeting more; `before_first` comes before a row is made. Raises Conflict."""

    def leave_out(
        self, day: OrganizerDay, until: datetime, before_first: Callable[[], None]
    ) -> None:
        """Until then nobody should choose it. Raises Conflict."""

    def remove(self, day: OrganizerDay) -> None:
        """Erase the day. Does nothing if it does not exist."""
