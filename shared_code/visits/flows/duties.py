"""
What the agenda does for visits: hint at those that are not ready, erase those long over.

A handler calls storage and queues alone; Graph is asked behind the queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared_code import logs
from shared_code.agenda.domain import (
    DONE,
    LOOK_AGAIN,
    OTHER_VERSION,
    AgendaRow,
    Duty,
    Later,
    RowOutcome,
)
from shared_code.agenda.flows import Handler, erasing
from shared_code.appointments.domain import AppointmentRef
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.ports import Connections
from shared_code.queues import VISIT_PREPARATION, Queues
from shared_code.security.keys import Rings
from shared_code.visits.domain.organizers import OrganizerDay
from shared_code.visits.domain.plan import PREPARE_VISIT, RETIRE_ORGANIZER_DAY, RETIRE_VISIT
from shared_code.visits.domain.visit import RETENTION, VisitRef, VisitState
from shared_code.visits.flows.refs import visit_of
from shared_code.visits.ports import OrganizerDays, Visits


@dataclass(frozen=True, slots=True)
class VisitDuties:
    """The duties of visits."""

    visits: Visits
    organizer_days: OrganizerDays
    appointments: Appointments
    connections: Connections
    queues: Queues
    rings: Rings
    clock: Clock

    def handlers(self) -> Mapping[Duty, Handler]:
        """Return what the agenda calls."""
        return {
            PREPARE_VISIT: self.prepare,
            RETIRE_VISIT: self.retire,
            RETIRE_ORGANIZER_DAY: erasing(
                lambda subject: self.organizer_days.remove(OrganizerDay.parse(subject))
            ),
        }

    def prepare(self, row: AgendaRow) -> RowOutcome:
        """Send a hint, until the visit is ready and at its newest time, or over."""
        ref, now = AppointmentRef.parse(row.subject), self.clock()
        stored, connection = self.appointments.load(ref), self.connections.find(ref.connection)
        if stored is None or str(stored.value.version) != row.version:
            return OTHER_VERSION
        appointment = stored.value
        wanted = visit_of(self.rings, appointment, connection) if connection else None
        if wanted is None or appointment.end is None or appointment.end <= now:
            return DONE
        found = self.visits.load(wanted.ref)
        visit = found.value if found else None
        if visit is not None:
            if visit.state is VisitState.READY and not visit.is_moved(wanted):
                return DONE
            if visit.not_before is not None and visit.waits(now):  # its own hint comes back then
                return Later(visit.not_before + LOOK_AGAIN)
        self.queues.send(VISIT_PREPARATION, {"appointment": row.subject})
        logs.event("visit.hinted", duty=row.duty, row=ref.row)
        return Later(now + LOOK_AGAIN)

    def retire(self, row: AgendaRow) -> RowOutcome:
        """Erase a visit; one that was moved meanwhile is kept as long as it should be."""
        ref = VisitRef.parse(row.subject)
        found = self.visits.load(ref)
        if found is not None:
            due = found.value.end + RETENTION
            if due > self.clock():
                return Later(due)
            self.visits.remove(ref)
        return DONE
