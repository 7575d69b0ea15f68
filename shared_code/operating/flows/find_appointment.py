"""Find the appointment that a command names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from shared_code.appointments.domain import Appointment, AppointmentRef, plain_occurrence
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import ROW, appointment_ref, occurrence_ref
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.errors import Refused
from shared_code.operating.domain import SubjectRequest
from shared_code.operating.errors import APPOINTMENT_UNKNOWN, OCCURRENCE_NEEDED
from shared_code.rows import Stored
from shared_code.security.keys import Rings
from shared_code.texting.ports import Texts


@dataclass(frozen=True, slots=True)
class FindAppointment:
    """Every command that names an appointment finds it here."""

    appointments: Appointments
    connections: Connections
    texts: Texts
    rings: Rings

    def named(self, connection: Connection, name: str) -> Stored[Appointment]:
        """
        The appointment that the connection's feed knows by this key, else the one whose CSN it is.

        Where several visits of a series have one key, one of them is named KEY/OCCURRENCE.

        Raises Refused with APPOINTMENT_UNKNOWN and OCCURRENCE_NEEDED, and NotStored.
        """
        stored = self._by_key(connection, name) or self._by_occurrence(connection, name)
        if stored is None and not connection.fields.key_is_csn():
            stored = self.appointments.by_csn(connection.id, name)
        if stored is None:
            raise Refused(APPOINTMENT_UNKNOWN)
        return stored

    def by_subject(self, request: SubjectRequest) -> tuple[Connection, Stored[Appointment]]:
        """
        The appointment of a problem, text or row, and its connection; of a number's keyed hash,
        the one that it was texted about last. Raises Refused with APPOINTMENT_UNKNOWN, and
        NotStored.
        """
        first, mark, rest = request.subject.partition("~")
        row = rest.partition("~")[0] if mark else first
        wanted = first if mark else request.connection.id if request.connection else ""
        known = self.connections.all() if ROW.fullmatch(row) else ()
        asked = [each for each in known if wanted in ("", each.id)]
        for connection in asked:
            stored = self.appointments.load(AppointmentRef(connection.id, row))
            if stored is not None:
                return connection, stored
        found = None if mark else self._texted_last(row, asked)
        if found is None:
            raise Refused(APPOINTMENT_UNKNOWN)
        return found

    def _texted_last(
        self, recipient: str, asked: Iterable[Connection]
    ) -> tuple[Connection, Stored[Appointment]] | None:
        texts = [
            (text.request_time(), connection, text.ref.subject)
            for connection in asked
            for text in self.texts.to(connection.id, recipient)
        ]
        for _, connection, ref in sorted(texts, key=itemgetter(0), reverse=True):
            stored = self.appointments.load(ref)  # it may have been erased
            if stored is not None:
                return connection, stored
        return None

    def _by_key(self, connection: Connection, key: str) -> Stored[Appointment] | None:
        stored = self.appointments.load(appointment_ref(self.rings, connection.id, key))
        if stored is not None and stored.value.occurrence is None:
            return stored
        others = self.appointments.occurrences(connection.id, key)
        if others and (stored is not None or len(others) > 1):
            raise Refused(OCCURRENCE_NEEDED)
        return stored or (self.appointments.load(others[0]) if others else None)

    def _by_occurrence(self, connection: Connection, name: str) -> Stored[Appointment] | None:
        key, _, said = name.rpartition("/")
        if not key or not said:
            return None
        which = plain_occurrence(said)
        first = self.appointments.load(appointment_ref(self.rings, connection.id, key))
        if first is not None and first.value.occurrence == which:
            return first
        return self.appointments.load(occurrence_ref(self.rings, connection.id, key, which))
