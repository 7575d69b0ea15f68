"""Accept the patient whom the newest message named as the one whose visit it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared_code import logs
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import Appointment
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.errors import Refused
from shared_code.intake.domain.accept import accept_patient
from shared_code.operating.domain import Actor
from shared_code.operating.errors import OTHER_PATIENT_UNKNOWN, PATIENT_NOT_CHANGED
from shared_code.operating.flows.find_appointment import FindAppointment
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Audit, AuditEntry, Owner
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT, Queues
from shared_code.security import keys
from shared_code.security.keys import Rings
from shared_code.texting.domain import attention
from shared_code.texting.domain.reasons import PATIENT_CHANGED
from shared_code.texting.domain.text import TextRef, is_urgent


@dataclass(frozen=True, slots=True)
class AcceptPatient:
    """
    For a person who knows that the visit was given to another patient, or that the patient has
    other identifiers now. As intake does it: agenda, row, hints.
    """

    find: FindAppointment
    appointments: Appointments
    agenda: Agenda
    queues: Queues
    problems: Problems
    audit: Audit
    rings: Rings
    grace: timedelta
    clock: Clock

    def named(self, connection: Connection, name: str, actor: Actor) -> Appointment:
        """
        Audited. Returns the appointment as it is then. Raises Refused with APPOINTMENT_UNKNOWN,
        OCCURRENCE_NEEDED, PATIENT_NOT_CHANGED or OTHER_PATIENT_UNKNOWN; NotStored; Conflict if
        somebody else was first.
        """
        stored = self.find.named(connection, name)
        state, now = stored.value, self.clock()
        if not state.patient_conflict:
            self._settle(state, connection)  # whoever did it may have died before this
            raise Refused(PATIENT_NOT_CHANGED)
        if not state.other_patients:
            raise Refused(OTHER_PATIENT_UNKNOWN)
        subject = str(state.ref)
        hashed = keys.keyed_hash(self.rings.hash, "accept", subject, str(state.version))
        tag = hashed.partition("-")[2][:8]
        decision = accept_patient(state, connection, tag, now, self.grace)
        after = decision.appointment or state
        self.audit.record(AuditEntry(connection.tenant, "accept-patient", subject, now, actor))
        owner = Owner(connection.tenant, connection.id)
        for reason in decision.problems:
            each = attention.of(reason.code).each
            self.problems.report(reason.code, subject, now, owner, each=each)
        self.agenda.add(decision.agenda)
        self.appointments.replace(after, stored.etag)
        for ref in decision.texts:
            self._hint(ref, after)
        self._settle(after, connection)
        return after

    def _hint(self, ref: TextRef, appointment: Appointment) -> None:
        start = appointment.start
        urgent = start is not None and is_urgent(ref, start, self.clock())
        work = {"text": str(ref), "correlation": logs.correlation()}
        self.queues.send(SMS_URGENT if urgent else SMS_OUTBOUND, work)

    def _settle(self, appointment: Appointment, connection: Connection) -> None:
        owner = Owner(connection.tenant, connection.id)
        self.problems.settle(PATIENT_CHANGED.code, str(appointment.ref), owner, self.clock())
