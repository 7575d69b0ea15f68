"""Let the texts of one appointment go that are held because its messages disagree."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared_code import logs
from shared_code.appointments.domain import Appointment
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.errors import Refused
from shared_code.operating.domain import Actor
from shared_code.operating.errors import NOTHING_HELD
from shared_code.operating.flows.find_appointment import FindAppointment
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Audit, AuditEntry, Owner
from shared_code.queues import SMS_URGENT, Queues
from shared_code.texting.domain.plan import wanted_texts
from shared_code.texting.domain.reasons import STATUS_DISAGREES
from shared_code.texting.flows.send import BY_AGENDA


@dataclass(frozen=True, slots=True)
class ReleaseAppointment:
    """
    For a person who has found out that the visit takes place. What waits goes at once; a later
    message that disagrees holds texts again.
    """

    find: FindAppointment
    appointments: Appointments
    problems: Problems
    queues: Queues
    audit: Audit
    clock: Clock

    def named(self, connection: Connection, name: str, actor: Actor) -> Appointment:
        """
        Audited. Returns the appointment as it is now. Raises Refused with APPOINTMENT_UNKNOWN or
        NOTHING_HELD; NotStored; Conflict if somebody else was first.
        """
        stored, now = self.find.named(connection, name), self.clock()
        held = stored.value
        if not held.is_held():
            self._settle(held, connection)  # whoever did it may have died before this
            raise Refused(NOTHING_HELD)
        subject = str(held.ref)
        action = "release-appointment"
        self.audit.record(AuditEntry(connection.tenant, action, subject, now, actor))
        released = replace(held, texting=replace(held.texting, status_disagrees=False))
        self.appointments.replace(released, stored.etag)
        for ref in wanted_texts(released, connection):
            self.queues.send(
                SMS_URGENT, {"text": str(ref), "by": BY_AGENDA, "correlation": logs.correlation()}
            )
        self._settle(released, connection)
        return released

    def _settle(self, appointment: Appointment, connection: Connection) -> None:
        owner = Owner(connection.tenant, connection.id)
        self.problems.settle(STATUS_DISAGREES.code, str(appointment.ref), owner, self.clock())
