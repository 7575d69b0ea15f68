"""Show what became of one appointment and its texts."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.operating.domain import AppointmentHistory, HistoryRequest
from shared_code.operating.flows.find_appointment import FindAppointment
from shared_code.texting.ports import Texts


@dataclass(frozen=True, slots=True)
class TextHistory:
    """What is known of an appointment, for a person who asks."""

    find: FindAppointment
    texts: Texts

    def of(self, request: HistoryRequest) -> AppointmentHistory:
        """Raises Refused with APPOINTMENT_UNKNOWN, and NotStored."""
        appointment = self.find.named(request.connection, request.key).value
        days = appointment.texting.text_days(appointment.start)
        records = [record for day in days for record in self.texts.of(appointment.ref, day)]
        return AppointmentHistory(appointment, records)
