"""
Erase everything of one appointment: what was texted, its links, its visit, and its row last.

While the rest goes the row says that nothing more is to be made of it (ERASED): a worker that holds
a hint, a claim or an agenda row of it erases what it would have written. Until the row is gone a
repetition finds all that is left, so a crash loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared_code.appointments.domain import Appointment, AppointmentRef, Version, csn_of, is_gone
from shared_code.appointments.ports import Appointments
from shared_code.attendance.ports import Attendees
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Conflict
from shared_code.links.flows import PatientLinks
from shared_code.operating.flows.erase_problems import EraseProblems
from shared_code.rows import Stored
from shared_code.security.keys import Rings
from shared_code.texting.domain.number_day import NumberKey
from shared_code.texting.domain.text import TextRecord
from shared_code.texting.ports import NumberDays, Texts
from shared_code.visits.domain.visit import VisitRef
from shared_code.visits.flows.refs import visit_ref
from shared_code.visits.ports import Visits

_TRIES = 8
_DAYS_OF_A_NUMBER = range(-4, 4)
"""Around today (UTC), in every zone: a number's day is made for today or tomorrow, and kept two."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """An appointment to erase. `shares_visit`: another one that takes place has the same visit."""

    stored: Stored[Appointment]
    connection: Connection
    shares_visit: bool = False

    @property
    def ref(self) -> AppointmentRef:
        """Which one it is."""
        return self.stored.value.ref


@dataclass(frozen=True, slots=True)
class EraseAppointment:
    """Erases appointments, and numbers' days. Everything here may raise NotStored."""

    appointments: Appointments
    texts: Texts
    links: PatientLinks
    visits: Visits
    attendees: Attendees
    number_days: NumberDays
    problems: EraseProblems
    rings: Rings
    clock: Clock

    def whole(self, doomed: Doomed) -> None:
        """
        Erase it and what belongs to it. A message that is applied at the same time is erased too.
        Raises Conflict when others change it again and again.
        """
        found: Stored[Appointment] | None = doomed.stored
        for _ in range(_TRIES):
            try:
                marked = self._marked(found) if found else None
                self._traces(marked.value if marked else doomed.stored.value, doomed)
                if marked is not None:
                    self._row(marked)
            except Conflict:
                found = self.appointments.load(doomed.ref)
                continue
            return
        raise Conflict

    def texts_alone(self, records: Sequence[TextRecord], connection: Connection) -> None:
        """Erase texts of appointments that are no more, and what belongs to them."""
        for record in records:
            subject = record.ref.subject
            self._links(subject, {record.ref.version})
            self.problems.about(connection.tenant, [str(subject)])
            self.texts.remove(record.ref)

    def number(self, recipient: str, connections: Iterable[Connection]) -> None:
        """Erase what the number with that keyed hash got in a day."""
        today = self.clock().date()
        for connection in connections:
            for days in _DAYS_OF_A_NUMBER:
                day = today + timedelta(days=days)
                self.number_days.forget(NumberKey(connection.id, day, recipient))

    def _marked(self, stored: Stored[Appointment]) -> Stored[Appointment] | None:
        """The row that says ERASED; None if it is gone. Raises Conflict."""
        if is_gone(stored.value):
            return stored
        self.appointments.replace(stored.value.erased(), stored.etag)
        found = self.appointments.load(stored.value.ref)
        if found is not None and not is_gone(found.value):
            raise Conflict
        return found

    def _traces(self, appointment: Appointment, doomed: Doomed) -> None:
        """Erase all but the row; the texts last, because they name the numbers."""
        ref, connection = appointment.ref, doomed.connection
        records = self._texts(appointment)
        self._links(ref, {record.ref.version for record in records} | _versions(appointment))
        for recipient in self._recipients(appointment, records, connection):
            self.number(recipient, [connection])
        visit = self._visit(appointment, connection)
        self.problems.about(connection.tenant, [str(each) for each in (ref, visit) if each])
        if visit is not None and not doomed.shares_visit:
            self.attendees.remove(visit)
            self.visits.remove(visit)
        for record in records:
            self.texts.remove(record.ref)

    def _row(self, marked: Stored[Appointment]) -> None:
        """Erase its names, then the row. Raises Conflict."""
        appointment = marked.value
        if appointment.csn is not None:
            self.appointments.unname(appointment.ref, appointment.csn)
        if appointment.occurrence is not None:
            self.appointments.delist(appointment.ref, appointment.key)
        self.appointments.remove(appointment.ref, marked.etag)

    def _texts(self, appointment: Appointment) -> list[TextRecord]:
        days = appointment.texting.text_days(appointment.start)
        return [record for day in days for record in self.texts.of(appointment.ref, day)]

    def _links(self, subject: AppointmentRef, versions: Iterable[Version]) -> None:
        for version in versions:
            self.links.forget(subject, version)

    def _recipients(
        self, appointment: Appointment, records: Sequence[TextRecord], connection: Connection
    ) -> set[str]:
        """The keyed hashes of all numbers that were or would be texted about it."""
        phone = appointment.texting.phone
        told = {record.composed.recipient for record in records if record.composed}
        return told | ({recipient_hash(self.rings, connection.tenant, phone)} if phone else set())

    def _visit(self, appointment: Appointment, connection: Connection) -> VisitRef | None:
        csn = csn_of(appointment, connection.fields)
        return visit_ref(self.rings, connection.id, csn) if csn else None


def _versions(appointment: Appointment) -> set[Version]:
    """
    The versions that may have had a link without a text: the current one, and whatever the events
    that are remembered can have made.
    """
    tags = {event.partition("-")[2][:8] for event in appointment.recent_events}

    def older() -> Iterator[Version]:
        for counter in range(1, appointment.version.counter + 1):
            yield from (Version(counter, tag) for tag in tags)

    return {appointment.version, *older()}
