"""
Erase everything of a patient at once, because the patient or the law asks for it.

By appointment: that one and all of the tenant that share an identifier of its patient. By number:
all whose kept phone it is, or whose texts went to it. What stays, and why: docs/data-map.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from shared_code import logs
from shared_code.appointments.domain import (
    Appointment,
    AppointmentRef,
    csn_of,
    is_gone,
    same_patient,
    takes_place,
)
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Refused
from shared_code.operating.domain import Actor
from shared_code.operating.errors import PATIENT_IN_DOUBT
from shared_code.operating.flows.erase_appointment import Doomed, EraseAppointment
from shared_code.operating.flows.erase_letters import EraseLetters, Patient
from shared_code.operating.flows.erase_problems import EraseProblems
from shared_code.operating.flows.find_appointment import FindAppointment
from shared_code.oversight.ports import Audit, AuditEntry
from shared_code.security.keys import Rings
from shared_code.texting.domain.text import TextRecord
from shared_code.texting.ports import Texts

ACTION = "erase-patient"
BUDGET = timedelta(seconds=15)
"""A call begins no further appointment after this time: the next call goes on."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many appointments were erased, and whether there are more."""

    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class ErasePatient:
    """
    Each verb is audited first and can be repeated: what was erased stays so, and what is left is
    found again. Raises NotStored, and Conflict when others change an appointment again and again.
    """

    find: FindAppointment
    connections: Connections
    appointments: Appointments
    texts: Texts
    erase: EraseAppointment
    letters: EraseLetters
    problems: EraseProblems
    audit: Audit
    rings: Rings
    clock: Clock

    def of_appointment(self, connection: Connection, name: str, actor: Actor) -> Erased:
        """
        Erase the appointment's patient; the named one goes last, because a repetition finds the
        others by it. Raises Refused with APPOINTMENT_UNKNOWN, OCCURRENCE_NEEDED, or
        PATIENT_IN_DOUBT where two patients are named.
        """
        named = self.find.named(connection, name).value
        if named.patient_conflict and not is_gone(named):
            raise Refused(PATIENT_IN_DOUBT)
        tenant, until = connection.tenant, self._begin(connection.tenant, str(named.ref), actor)

        def wanted(each: Appointment) -> bool:
            ids = (*each.patients, *each.other_patients)
            return each.ref == named.ref or same_patient(named.patients, ids)

        doomed = sorted(self._search(tenant, wanted), key=lambda each: each.ref == named.ref)
        self.letters.about(_patient(tenant, doomed, named.patients))
        return self._logged(self._all(doomed, until))

    def of_number(self, connection: Connection, number: str, actor: Actor) -> Erased:
        """Erase everything of the number (E.164) in the connection's tenant."""
        tenant, recipient = connection.tenant, self._recipient(connection, number)
        until = self._begin(tenant, recipient, actor)
        told = [
            record
            for each in self._connections_of(tenant)
            for record in self.texts.to(each.id, recipient)
        ]
        subjects = {record.ref.subject for record in told}

        def wanted(each: Appointment) -> bool:
            return each.texting.phone == number or each.ref in subjects

        doomed = self._search(tenant, wanted)
        self.letters.about(_patient(tenant, doomed, (), number))
        erased = self._all(doomed, until)
        if not erased.more:
            known = {each.ref for each in doomed}
            left = [record for record in told if record.ref.subject not in known]
            erased = self._texts_alone(left, erased, until)
        if not erased.more:
            self.erase.number(recipient, self._connections_of(tenant))
            self.problems.about(tenant, [recipient])
        return self._logged(erased)

    def _recipient(self, connection: Connection, number: str) -> str:
        return recipient_hash(self.rings, connection.tenant, number)

    def _begin(self, tenant: str, subject: str, actor: Actor) -> datetime:
        now = self.clock()
        self.audit.record(AuditEntry(tenant, ACTION, subject, now, actor))
        return now + BUDGET

    def _connections_of(self, tenant: str) -> list[Connection]:
        return [each for each in self.connections.all() if each.tenant == tenant]

    def _search(self, tenant: str, wanted: Callable[[Appointment], bool]) -> list[Doomed]:
        """All that are wanted, and those that an interrupted call has begun to erase."""
        doomed: list[Doomed] = []
        for connection in self._connections_of(tenant):
            found, others = [], set[str | None]()
            for stored in self.appointments.all_of(connection.id):
                if wanted(stored.value) or is_gone(stored.value):
                    found.append(stored)
                elif takes_place(stored):
                    others.add(csn_of(stored.value, connection.fields))
            doomed += [
                Doomed(stored, connection, csn_of(stored.value, connection.fields) in others)
                for stored in found
            ]
        return doomed

    def _all(self, doomed: Sequence[Doomed], until: datetime) -> Erased:
        for number, each in enumerate(doomed):
            if number and self.clock() >= until:
                return Erased(number, more=True)
            self.erase.whole(each)
        return Erased(len(doomed), more=False)

    def _texts_alone(
        self, records: Sequence[TextRecord], before: Erased, until: datetime
    ) -> Erased:
        """Erase texts whose appointments are gone; each of these counts as one."""
        connections, count = {each.id: each for each in self.connections.all()}, before.count
        ordered = sorted(records, key=_subject)
        for number, (_, group) in enumerate(groupby(ordered, key=_subject)):
            if number + before.count and self.clock() >= until:
                return Erased(count, more=True)
            some = list(group)
            self.erase.texts_alone(some, connections[some[0].ref.subject.connection])
            count += 1
        return Erased(count, more=False)

    def _logged(self, erased: Erased) -> Erased:
        logs.event("patient.erased", count=erased.count, state="more" if erased.more else "done")
        return erased


def _subject(record: TextRecord) -> str:
    return str(record.ref.subject)


def _patient(
    tenant: str, doomed: Iterable[Doomed], patients: tuple[str, ...], number: str = ""
) -> Patient:
    refs, keys = set[AppointmentRef](), set[tuple[str, str]]()
    for each in doomed:
        appointment = each.stored.value
        refs.add(each.ref)
        names = (appointment.key, csn_of(appointment, each.connection.fields))
        keys |= {(each.connection.id, name) for name in names if name}
    return Patient(tenant, frozenset(refs), frozenset(keys), patients, number)
