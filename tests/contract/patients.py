"""Two patients of whom there is something everywhere, and what of each is stored where."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import RETIRE_ROW, AppointmentRef, Status, Texting, Version
from shared_code.appointments.refs import appointment_ref, csn_hash, patient_hashes
from shared_code.connections.domain import Connection, FieldPaths
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Code
from shared_code.hl7.schedule_event import PatientId
from shared_code.links.domain import digest_of
from shared_code.operating.domain import OPERATOR
from shared_code.oversight.flows.dead_letters import ATTEMPTS_EXHAUSTED
from shared_code.oversight.ports import Owner
from shared_code.queues import SMS_EVENTS, SMS_OUTBOUND
from shared_code.security import keys
from shared_code.settings import Settings
from shared_code.texting.domain.number_day import NumberKey
from shared_code.texting.domain.reasons import PHONE_MISSING, REPLY_UNCLEAR
from shared_code.texting.domain.text import TextRecord, TextRef
from shared_code.visits.domain.visit import VisitRef
from shared_code.visits.flows.refs import visit_ref
from shared_code.wiring.ports import Ports
from shared_code.wiring.services import Services
from tests.contract import examples
from tests.contract.ports import configure
from tests.world.connection import VISITS, connection
from tests.world.messages import siu


@dataclass(frozen=True)
class Hospital:
    """One tenant with two connections. Ids of connections may begin with one another."""

    ports: Ports
    settings: Settings
    name: str

    @cached_property
    def services(self) -> Services:
        """The stories."""
        return Services(self.settings, self.ports, "worker-1")

    @cached_property
    def connections(self) -> tuple[Connection, Connection]:
        """The first one's key is not its CSN."""
        fields = FieldPaths(csn="ZCS-1.1")
        tenant = f"t-{self.name}"
        first = connection(id=self.name, tenant=tenant, fields=fields, visits=VISITS)
        second = connection(id=f"{self.name}-ab", tenant=tenant, visits=VISITS)
        for each in (first, second):
            configure(self.ports, each)
        return first, second

    def letters(self) -> list[str]:
        """The ids of the tenant's dead letters."""
        letters = self.ports.dead_letter_store.list()
        return [each.id for each in letters if each.tenant == self.connections[0].tenant]

    def ask(self, **arguments: str) -> tuple[int, dict[str, object]]:
        """Ask for the command, as an operator does."""
        body = json.dumps({"connection": self.name, **arguments}).encode()
        status, answer = self.services.operating.json_door.run("erase-patient", body, OPERATOR)
        return status, dict(answer)


@dataclass(frozen=True)
class Patient:
    """A canary: a number, an identifier, and an appointment in each connection."""

    hospital: Hospital
    number: int

    @property
    def phone(self) -> str:
        """E.164."""
        return f"+1608555{1420 + self.number}"

    @property
    def mrn(self) -> str:
        """The hospital's number of the patient."""
        return f"MRN{self.number}{self.hospital.name}"

    def key(self, which: int = 0) -> str:
        """The key of the appointment in one of the connections."""
        return f"KEY{self.number}{which}{self.hospital.name}"

    def csn(self, which: int = 0) -> str:
        """Its CSN, which is the key in the second connection."""
        return f"CSN{self.number}{self.hospital.name}" if which == 0 else self.key(1)

    def ref(self, which: int = 0) -> AppointmentRef:
        """The appointment in one of the connections."""
        known = self.hospital.connections[which]
        return appointment_ref(self.hospital.ports.rings, known.id, self.key(which))

    @property
    def gone(self) -> AppointmentRef:
        """An appointment whose row is gone while its text is still kept."""
        rings, name = self.hospital.ports.rings, self.hospital.name
        return appointment_ref(rings, name, f"KEY{self.number}X{self.hospital.name}")

    def visit(self, which: int = 0) -> VisitRef:
        """The visit of the appointment."""
        known = self.hospital.connections[which]
        return visit_ref(self.hospital.ports.rings, known.id, self.csn(which))

    @property
    def recipient(self) -> str:
        """The keyed hash of the number."""
        hospital = self.hospital
        tenant = hospital.connections[0].tenant
        return recipient_hash(hospital.ports.rings, tenant, self.phone)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The keyed hashes of the identifier."""
        hospital = self.hospital
        tenant = hospital.connections[0].tenant
        return patient_hashes(hospital.ports.rings, tenant, [PatientId(self.mrn, "EPI")])

    def text(self, ref: AppointmentRef) -> TextRecord:
        """An accepted text of the appointment."""
        made = examples.text(ref.connection)
        composed = replace(made.composed, recipient=self.recipient) if made.composed else None
        text_ref = TextRef(ref, Version(2, "3fa9c1d2"), made.ref.kind, 0, made.ref.day)
        return replace(examples.changed(made), ref=text_ref, composed=composed)

    def traces(self) -> Iterator[str]:
        """Everything by which the patient could be found: in clear, hashed, or by its place."""
        hospital = self.hospital
        yield from (self.phone, self.phone.removeprefix("+1"), self.mrn, self.recipient)
        yield from (each for one in self.fingerprints for each in one.split("~"))
        for which, known in enumerate(hospital.connections):
            yield from (self.key(which), self.csn(which))
            yield from (self.ref(which).row, self.visit(which).row)
            yield csn_hash(hospital.ports.rings, known.id, self.csn(which))
        yield from (link[2:] for link in self.links())

    def links(self) -> Iterator[str]:
        """The digests of the patient's links."""
        links = self.hospital.services.links.patient_links
        for ref in (self.ref(0), self.ref(1), self.gone):
            yield digest_of(links.token_of(ref, Version(2, "3fa9c1d2")))

    def live(self) -> str:
        """
        Write something about the patient into every table and container. Return the id of the dead
        letter that only the number leads to.
        """
        ports = self.hospital.ports
        for which, known in enumerate(self.hospital.connections):
            self._appointment(which, known)
            self._letters(which, known)
        ports.texts.insert(self.text(self.gone))
        tenant = self.hospital.connections[0].tenant
        ports.opt_outs.add(tenant, self.recipient, "+18005550100")
        problems = self.hospital.services.oversight.problems
        owner = Owner(tenant, self.hospital.name)
        problems.report(REPLY_UNCLEAR.code, self.recipient, ports.clock(), owner, each=True)
        event = json.dumps({"data": {"from": self.phone, "to": "+18005550100"}})
        return self.hospital.services.oversight.dead_letters.keep_unreadable(event, SMS_EVENTS)

    def _appointment(self, which: int, known: Connection) -> None:
        ports, ref = self.hospital.ports, self.ref(which)
        appointment = replace(
            examples.appointment(known.id),
            ref=ref,
            key=self.key(which),
            csn=self.csn(which) if which == 0 else None,
            status=Status.ACTIVE,
            version=Version(2, "3fa9c1d2"),
            patients=self.fingerprints,
            other_patients=(),
            patient_conflict=False,
            occurrence="2" if which == 1 else None,
            texting=Texting(phone=self.phone, notified_dates=(examples.text_ref("x").day,)),
        )
        if which == 0:
            ports.appointments.name(ref, self.csn(which))
        else:
            ports.appointments.enlist(ref, self.key(which))
        ports.appointments.insert(appointment)
        subject = str(ref)
        ports.agenda.add([AgendaRow(examples.MOMENT, RETIRE_ROW, subject, "2-3fa9c1d2")])
        record = self.text(ref)
        ports.texts.insert(record)
        self.hospital.services.links.patient_links.make(appointment, self.recipient)
        key = NumberKey(known.id, ports.clock().date(), self.recipient)
        ports.number_days.insert(key, examples.number_day())
        visit = replace(examples.visit(known.id), ref=self.visit(which))
        ports.visits.insert(visit)
        ports.attendees.record(replace(examples.attendee(known.id), visit=self.visit(which)))
        name = f"{known.id} {self.number}"
        page = replace(examples.session(known.id, name), visit=visit.ref, appointment=ref)
        ports.sessions.insert(page)
        problems, owner = self.hospital.services.oversight.problems, Owner(known.tenant, known.id)
        problems.report(PHONE_MISSING.code, subject, ports.clock(), owner)
        problems.report(Code("patient_deceased"), subject, ports.clock(), owner, each=True)
        problems.report(Code("carrier_refused"), str(record.ref), ports.clock(), owner)

    def _letters(self, which: int, known: Connection) -> None:
        ports, services = self.hospital.ports, self.hospital.services
        later = ports.clock() + timedelta(days=3)
        message = siu(
            key=self.key(which),
            phone=self.phone,
            patient_id=self.mrn,
            start_local=later.replace(tzinfo=None),
        )
        sealed = keys.seal(ports.rings.payload, message, f"hl7|{known.id}")
        work = {
            "connection": known.id,
            "arrival": ports.clock().isoformat(),
            "sealed": base64.b64encode(sealed).decode(),
        }
        services.intake.dead_messages.keep(work, ATTEMPTS_EXHAUSTED.code)
        hint, owner = {"text": str(self.text(self.ref(which)).ref)}, Owner(known.tenant, known.id)
        services.oversight.dead_letters.keep(hint, SMS_OUTBOUND, ATTEMPTS_EXHAUSTED.code, owner)
