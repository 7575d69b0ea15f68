"""
A queued HL7 message becomes an appointment: read, decide, agenda, row under its ETag, hints.

Doing it twice changes nothing: the row remembers the hashes of its last events, agenda rows and
problems have deterministic names, and a hint that is lost is sent again by `settle`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared_code import logs
from shared_code.domain.appointment import Appointment, AppointmentRef
from shared_code.domain.connection import Connection
from shared_code.domain.schedule import Decision, Incoming, decide
from shared_code.domain.schedule_event import ScheduleEvent
from shared_code.domain.text_message import TextKind, TextRef, is_urgent
from shared_code.errors import Conflict, ErrorCode, NotStored, Refused
from shared_code.flows import patience, sealed_message
from shared_code.flows.bury import Graveyard, bury_work
from shared_code.flows.problems import raise_problem
from shared_code.flows.sealed_message import QueuedMessage
from shared_code.hl7 import framing
from shared_code.hl7.siu import read_schedule_event
from shared_code.ports import HL7_INBOUND, SMS_OUTBOUND, SMS_URGENT, Appointments, Stored
from shared_code.security import keys
from shared_code.security.keys import Rings

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Scheduling:
    """What applying needs beside the graveyard's ports."""

    appointments: Appointments
    yard: Graveyard
    rings: Rings
    grace: timedelta
    confirmation_delay: timedelta


def apply_work(work: Mapping[str, str], scheduling: Scheduling) -> None:
    """Applies one queued message; transient trouble puts it back, a broken one is buried."""
    yard = scheduling.yard
    with logs.bound(correlation=work.get("correlation", "")):
        try:
            _apply_or_bury(work, scheduling)
            sealed_message.retire(work, yard.agenda, yard.clock())
        except (NotStored, Conflict) as error:
            logs.warn("schedule.again", code=error.code)
            patience.try_again(yard.queues, HL7_INBOUND, work)


def _apply_or_bury(work: Mapping[str, str], scheduling: Scheduling) -> None:
    yard = scheduling.yard
    try:
        message = sealed_message.unpack(work, scheduling.rings.payload, yard.payloads)
        _apply(message, scheduling)
    except Refused as error:
        bury_work(work, HL7_INBOUND, error.code, yard)


def _apply(message: QueuedMessage, scheduling: Scheduling) -> None:
    connection = scheduling.yard.connections.find(message.connection)
    if connection is None:
        raise Refused(ErrorCode.CONNECTION_UNKNOWN)
    text = framing.decode(message.content, message.charset or None)
    event = read_schedule_event(text, connection)
    incoming = _incoming(event, message, connection, scheduling.rings)
    decision = _commit(incoming, connection, scheduling)
    for ref in decision.texts:
        # a correction may follow a booking; nobody waits to hear that a visit is cancelled
        waits = ref.kind is TextKind.CONFIRMATION
        delay = int(scheduling.confirmation_delay.total_seconds()) if waits else 0
        work = {"text": str(ref), "correlation": message.correlation}
        scheduling.yard.queues.send(_queue(ref, decision, scheduling), work, delay)


def _queue(ref: TextRef, decision: Decision, scheduling: Scheduling) -> str:
    start = decision.appointment.start if decision.appointment else None
    urgent = start is not None and is_urgent(ref, start, scheduling.yard.clock())
    return SMS_URGENT if urgent else SMS_OUTBOUND


def _incoming(
    event: ScheduleEvent, message: QueuedMessage, connection: Connection, rings: Rings
) -> Incoming:
    ring, tenant = rings.hash, connection.tenant
    row = keys.keyed_hash(ring, "appointment", connection.id, event.key)
    content = message.content.decode("latin-1")
    patient = event.patient_id
    return Incoming(
        event=event,
        ref=AppointmentRef(connection.id, row),
        event_hash=keys.keyed_hash(ring, "event", connection.id, content),
        patient=keys.keyed_hash(ring, "patient", tenant, patient) if patient else None,
        arrival=message.arrival,
    )


def _commit(incoming: Incoming, connection: Connection, scheduling: Scheduling) -> Decision:
    """Decides again from the newest row as often as somebody else was first."""
    for _ in range(_TRIES):
        stored = scheduling.appointments.load(incoming.ref)
        now = scheduling.yard.clock()
        state = stored.value if stored else None
        decision = decide(state, incoming, connection, now, scheduling.grace)
        _log(incoming, decision, stored)
        if decision.appointment is None:
            return decision
        _record_problems(decision, incoming, connection, scheduling)
        scheduling.yard.agenda.add(decision.agenda)
        try:
            if stored is None:
                scheduling.appointments.insert(decision.appointment)
            else:
                scheduling.appointments.replace(decision.appointment, stored.etag)
        except Conflict:
            continue
        return decision
    raise Conflict


def _record_problems(
    decision: Decision, incoming: Incoming, connection: Connection, scheduling: Scheduling
) -> None:
    """Before the row: once the row knows the event, nobody would tell of them any more."""
    yard = scheduling.yard
    for code in decision.problems:
        subject = f"{incoming.ref}~{incoming.event_hash}"
        raise_problem(
            code,
            subject,
            incoming.arrival,
            tenant=connection.tenant,
            connection=connection.id,
            agenda=yard.agenda,
            problems=yard.problems,
        )
        logs.warn("schedule.problem", code=code, row=incoming.ref.row)


def _log(incoming: Incoming, decision: Decision, stored: Stored[Appointment] | None) -> None:
    after = decision.appointment
    logs.event(
        "schedule.applied" if after else "schedule.unchanged",
        connection=incoming.ref.connection,
        row=incoming.ref.row,
        trigger=incoming.event.trigger,
        version=str(after.version) if after else str(stored.value.version) if stored else "",
        state=after.status if after else "",
        code=after.blocked if after else "",
    )
