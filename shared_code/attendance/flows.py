"""
Record who opened a visit and who pressed join, at once: Microsoft Graph may stay silent.

The agenda row that erases the persons of a visit is written before the first of them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.agenda.domain import DONE, AgendaRow, Duty, Later, RowOutcome
from shared_code.agenda.flows import Handler
from shared_code.agenda.ports import Agenda
from shared_code.attendance.domain import Attendee, Role
from shared_code.attendance.ports import Attendees
from shared_code.clock import Clock
from shared_code.visits.domain.visit import VisitRef
from shared_code.visits.ports import Visits

RETIRE_ATTENDEES = Duty("retire_attendees")
"""A duty of the agenda: it names a visit."""
KEPT_AFTER_END = timedelta(days=7)
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Attendance:
    """Records and tells who is on which side of a visit. Every method raises NotStored."""

    attendees: Attendees
    visits: Visits
    agenda: Agenda
    clock: Clock
    _planned: dict[VisitRef, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def opened(
        self, visit: VisitRef, person: str, role: Role, end: datetime, account: str = ""
    ) -> None:
        """Record a launch. `end` (UTC) is when the visit is over as far as is known now."""
        self._record(Attendee(visit, person, role, self.clock(), account=account), end)

    def pressed_join(
        self, visit: VisitRef, person: str, role: Role, end: datetime, account: str = ""
    ) -> None:
        """Record that somebody goes on into the meeting."""
        now = self.clock()
        self._record(Attendee(visit, person, role, now, now, account), end)

    def of(self, visit: VisitRef) -> Sequence[Attendee]:
        """Return the persons of a visit."""
        return self.attendees.of(visit)

    def handlers(self) -> Mapping[Duty, Handler]:
        """Return what the agenda calls."""
        return {RETIRE_ATTENDEES: self.retire}

    def retire(self, row: AgendaRow) -> RowOutcome:
        """Erase the persons of a visit that ended seven days ago; a moved visit waits longer."""
        ref = VisitRef.parse(row.subject)
        stored = self.visits.load(ref)
        due = stored.value.end + KEPT_AFTER_END if stored else self.clock()
        if due > self.clock():
            return Later(due)
        self.attendees.remove(ref)
        return DONE

    def _record(self, attendee: Attendee, end: datetime) -> None:
        """
        Write the agenda row with this worker's first record of a visit, and again once it was due.
        """
        visit, now = attendee.visit, self.clock()
        with self._lock:
            due = self._planned.get(visit)
        if due is None or due <= now:
            due = max(end, now) + KEPT_AFTER_END
            self.agenda.add([AgendaRow(due, RETIRE_ATTENDEES, str(visit))])
            with self._lock:
                if len(self._planned) >= _MOST_REMEMBERED:
                    self._planned.clear()
                self._planned[visit] = due
        self.attendees.record(attendee)
        logs.event(
            "attendance.recorded",
            connection=visit.connection,
            row=visit.row,
            kind=attendee.role.value,
            state="pressed_join" if attendee.pressed_join else "opened",
        )
