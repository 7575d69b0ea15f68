"""
An operator looks at one appointment's texts, at the problems, and sends what nobody can tell of.

Answers hold no phone, name or word of a text: a text is named by keyed hashes.
"""

from __future__ import annotations

from shared_code import logs
from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.errors import REQUEST_MALFORMED, Refused
from shared_code.operating.errors import (
    APPOINTMENT_UNKNOWN,
    SUPERSEDED,
    TEXT_HAS_OUTCOME,
    TEXT_UNKNOWN,
)
from shared_code.operating.flows.request import (
    Answer,
    Arguments,
    Operator,
    audit,
    connection_of,
    text_of,
)
from shared_code.queues import SMS_URGENT
from shared_code.security import keys
from shared_code.texting.domain.plan import SEND, agenda_of
from shared_code.texting.domain.text import TextRecord, TextRef, TextState
from shared_code.texting.flows.send import BY_AGENDA


def history(arguments: Arguments, operator: Operator) -> Answer:
    """What became of one appointment, found by its key (a CSN)."""
    connection = connection_of(arguments, operator)
    key = text_of(arguments, "appointment")
    row = keys.keyed_hash(operator.rings.hash, "appointment", connection.id, key)
    stored = operator.appointments.load(AppointmentRef(connection.id, row))
    if stored is None:
        raise Refused(APPOINTMENT_UNKNOWN)
    appointment = stored.value
    days = appointment.text_days()
    records = [record for day in days for record in operator.texts.of(appointment.ref, day)]
    return {"appointment": _described(appointment), "texts": [_told(r) for r in records]}


def _described(appointment: Appointment) -> Answer:
    return {
        "row": appointment.ref.row,
        "status": appointment.status,
        "version": str(appointment.version),
        "start": appointment.start.isoformat() if appointment.start else None,
        "virtual": appointment.virtual,
        "phoneKept": appointment.phone is not None,
        "blocked": appointment.blocked.code if appointment.blocked else None,
        "events": len(appointment.recent_events),
    }


def _told(record: TextRecord) -> Answer:
    return {
        "text": str(record.ref),
        "kind": record.ref.kind,
        "version": str(record.ref.version),
        "minutesBefore": record.ref.offset,
        "state": record.state,
        "reason": record.reason.code if record.reason else None,
        "heldBy": record.held_by or None,
        "delivery": record.delivery or "not_reported",
        "firstSent": record.first_sent.isoformat() if record.first_sent else None,
        "segments": record.composed.segments if record.composed else 0,
    }


def recompute(arguments: Arguments, operator: Operator) -> Answer:
    """
    Writes the agenda of a connection's appointments again, for instance after its reminders were
    changed. Rows that are there already stay as they are.
    """
    connection, now, count = connection_of(arguments, operator), operator.clock(), 0
    audit("recompute", connection.id, connection.id, operator)
    for ref in operator.appointments.of(connection.id):
        stored = operator.appointments.load(ref)
        if stored is not None and not stored.value.is_over(now, operator.grace):
            rows = agenda_of(stored.value, connection, now, operator.grace)
            operator.agenda.add(rows)
            count += 1
    return {"recomputed": count}


def problems(arguments: Arguments, operator: Operator) -> Answer:
    """What somebody should look at, the newest first; nothing says whose appointment it is."""
    found = [
        {
            "problem": problem.id,
            "connection": problem.connection,
            "code": problem.code,
            "subject": problem.subject,
            "at": problem.at.isoformat(),
        }
        for problem in operator.problems.store.list()
    ]
    return {"problems": found}


def send_again(arguments: Arguments, operator: Operator) -> Answer:
    """
    A person has found out that a text whose outcome is unknown did not arrive, or takes the risk
    that it did. It is a new request then, asked the same questions as every other text; what is
    known of the old one is not forgotten.
    """
    try:
        ref = TextRef.parse(text_of(arguments, "text"))
    except ValueError:
        raise Refused(REQUEST_MALFORMED) from None
    stored = operator.texts.load(ref)
    if stored is None:
        raise Refused(TEXT_UNKNOWN)
    if stored.value.state is not TextState.UNKNOWN:
        raise Refused(TEXT_HAS_OUTCOME)
    appointment = operator.appointments.load(ref.subject)
    if appointment is None or appointment.value.version != ref.version:
        raise Refused(SUPERSEDED)
    now = operator.clock()
    operator.agenda.add([AgendaRow(now, SEND, str(ref), str(ref.version))])
    audit("send-again", str(ref), ref.subject.connection, operator)
    operator.texts.replace(stored.value.sent_again(), stored.etag)
    operator.queues.send(
        SMS_URGENT, {"text": str(ref), "by": BY_AGENDA, "correlation": logs.correlation()}
    )
    return {"sendingAgain": str(ref)}
