"""Show what became of one appointment and its texts."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.appointments.domain import Appointment
from shared_code.clock import Clock
from shared_code.operating.domain import (
    Actor,
    AppointmentHistory,
    HistoryRequest,
    SubjectRequest,
)
from shared_code.operating.flows.find_appointment import FindAppointment
from shared_code.oversight.ports import Audit, AuditEntry
from shared_code.texting.ports import Texts


@dataclass(frozen=True, slots=True)
class TextHistory:
    """What is known of an appointment, for a person who asks."""

    find: FindAppointment
    texts: Texts
    audit: Audit
    clock: Clock

    def of(self, request: HistoryRequest) -> AppointmentHistory:
        """Raises Refused with APPOINTMENT_UNKNOWN, and NotStored."""
        return self._of(self.find.named(request.connection, request.key).value)

    def of_subject(self, request: SubjectRequest, actor: Actor) -> AppointmentHistory:
        """
        For who must find a patient: the answer leads to one, so it is audited first. Raises Refused
        with APPOINTMENT_UNKNOWN, and NotStored.
        """
        connection, stored = self.find.by_subject(request)
        about = str(stored.value.ref)
        entry = AuditEntry(connection.tenant, "history", about, self.clock(), actor)
        self.audit.record(entry)
        return self._of(stored.value)

    def _of(self, appointment: Appointment) -> AppointmentHistory:
        days = appointment.texting.text_days(appointment.start)
        records = [record for day in days for record in self.texts.of(appointment.ref, day)]
        return AppointmentHistory(appointment, records)
