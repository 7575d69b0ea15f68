"""Show what became of one appointment and its texts."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import appointment_ref
from shared_code.errors import Refused
from shared_code.operating.domain import AppointmentHistory, HistoryRequest
from shared_code.operating.errors import APPOINTMENT_UNKNOWN
from shared_code.security.keys import Rings
from shared_code.texting.ports import Texts


@dataclass(frozen=True, slots=True)
class TextHistory:
    """Finds an appointment by the key under which Epic knows it."""

    appointments: Appointments
    texts: Texts
    rings: Rings

    def of(self, request: HistoryRequest) -> AppointmentHistory:
        """Raises Refused with APPOINTMENT_UNKNOWN, and NotStored."""
        connection = request.connection.id
        ref = appointment_ref(self.rings, connection, request.key)
        stored = self.appointments.load(ref)
        if stored is None:
            raise Refused(APPOINTMENT_UNKNOWN)
        appointment = stored.value
        days = appointment.texting.text_days(appointment.start)
        records = [record for day in days for record in self.texts.of(appointment.ref, day)]
        return AppointmentHistory(appointment, records)
