"""The ports Visits and OrganizerDays in memory; tests/contract tests them like the real ones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date

from local.memory.rows import Rows
from shared_code.rows import Stored
from shared_code.visits.domain.organizers import OrganizerDay, OrganizerUse
from shared_code.visits.domain.visit import Visit, VisitRef


class MemoryVisits:
    """The port Visits."""

    def __init__(self) -> None:
        self.rows: Rows[VisitRef, Visit] = Rows()

    def load(self, ref: VisitRef) -> Stored[Visit] | None:
        """Return the visit, or None."""
        return self.rows.get(ref)

    def insert(self, visit: Visit) -> str:
        """Write a new row and return its ETag. Raises Conflict if the row exists."""
        return self.rows.insert(visit.ref, visit)

    def replace(self, visit: Visit, etag: str) -> str:
        """Replace the row and return the new ETag. Raises Conflict if `etag` differs."""
        return self.rows.replace(visit.ref, visit, etag)

    def remove(self, ref: VisitRef) -> None:
        """Erase the visit. Does nothing if it does not exist."""
        self.rows.remove(ref)


class MemoryOrganizerDays:
    """The port OrganizerDays. `days` holds what each day says."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.days: dict[OrganizerDay, OrganizerUse] = {}

    def uses(self, tenant: str, since: date) -> Mapping[str, OrganizerUse]:
        """Return the sums of an organization's days from `since` on, by organizer_key()."""
        sums: dict[str, OrganizerUse] = {}
        with self._lock:
            for day, use in self.days.items():
                if day.organizer.startswith(f"{tenant}~") and day.day >= since:
                    before = sums.get(day.organizer, OrganizerUse())
                    sums[day.organizer] = OrganizerUse.of((before, use))
        return sums

    def add(self, day: OrganizerDay, use: OrganizerUse, before_first: Callable[[], None]) -> None:
        """Add to the day; `before_first` comes before it is made."""
        if day not in self.days:
            before_first()
        with self._lock:
            self.days[day] = OrganizerUse.of((self.days.get(day, OrganizerUse()), use))

    def remove(self, day: OrganizerDay) -> None:
        """Erase the day. Does nothing if it does not exist."""
        with self._lock:
            self.days.pop(day, None)
