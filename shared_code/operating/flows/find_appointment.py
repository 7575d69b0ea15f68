"""Find the appointment that a command names."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.appointments.domain import Appointment
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import appointment_ref
from shared_code.connections.domain import Connection
from shared_code.errors import Refused
from shared_code.operating.errors import APPOINTMENT_UNKNOWN
from shared_code.rows import Stored
from shared_code.security.keys import Rings


@dataclass(frozen=True, slots=True)
class FindAppointment:
    """Every command that names an appointment finds it here."""

    appointments: Appointments
    rings: Rings

    def named(self, connection: Connection, name: str) -> Stored[Appointment]:
        """
        The appointment that the connection's feed knows by this key, else the one whose CSN it is.

        Raises Refused with APPOINTMENT_UNKNOWN, and NotStored.
        """
        ref = appointment_ref(self.rings, connection.id, name)
        stored = self.appointments.load(ref)
        if stored is None and not connection.fields.key_is_csn():
            stored = self.appointments.by_csn(connection.id, name)
        if stored is None:
            raise Refused(APPOINTMENT_UNKNOWN)
        return stored
