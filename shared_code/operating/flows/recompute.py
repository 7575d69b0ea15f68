"""Write the agenda of a connection's appointments again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared_code.agenda.ports import Agenda
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.operating.domain import Actor
from shared_code.oversight.ports import Audit, AuditEntry
from shared_code.texting.domain.plan import agenda_of
from shared_code.visits.domain.plan import plan_preparation


@dataclass(frozen=True, slots=True)
class Recompute:
    """
    Brings a changed configuration to appointments that exist, for instance new reminders. Rows
    that are there already stay as they are.
    """

    appointments: Appointments
    agenda: Agenda
    audit: Audit
    grace: timedelta
    clock: Clock

    def agenda_for(self, connection: Connection, actor: Actor) -> int:
        """Audited. Returns how many appointments are not over yet. Raises NotStored."""
        now, count = self.clock(), 0
        entry = AuditEntry(connection.tenant, "recompute", connection.id, now, actor)
        self.audit.record(entry)
        for ref in self.appointments.of(connection.id):
            stored = self.appointments.load(ref)
            if stored is not None and not stored.value.is_over(now, self.grace):
                self.agenda.add(agenda_of(stored.value, connection, now, self.grace))
                self.agenda.add(plan_preparation(stored.value, connection, now))
                count += 1
        return count
