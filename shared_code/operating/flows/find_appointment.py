"""Find the appointment that a command names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import appointment_ref
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.errors import Refused
from shared_code.operating.domain import SubjectRequest
from shared_code.operating.errors import APPOINTMENT_UNKNOWN
from shared_code.rows import Stored
from shared_code.security.keys import Rings

_ROW = re.compile(r"[0-9A-Za-z]{1,16}-[0-9a-f]{32}", re.ASCII)
"""A keyed hash: nothing else is asked of storage."""


@dataclass(frozen=True, slots=True)
class FindAppointment:
    """Every command that names an appointment finds it here."""

    appointments: Appointments
    connections: Connections
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

    def by_subject(self, request: SubjectRequest) -> tuple[Connection, Stored[Appointment]]:
        """
        The appointment of a problem, text or row, and its connection. Raises Refused with
        APPOINTMENT_UNKNOWN, and NotStored.
        """
        first, mark, rest = request.subject.partition("~")
        row = rest.partition("~")[0] if mark else first
        wanted = first if mark else request.connection.id if request.connection else ""
        for connection in self.connections.all() if _ROW.fullmatch(row) else ():
            if wanted in ("", connection.id):
                stored = self.appointments.load(AppointmentRef(connection.id, row))
                if stored is not None:
                    return connection, stored
        raise Refused(APPOINTMENT_UNKNOWN)
