"""
What an operator can do by command, here and in Azure alike.

Answers hold no phone, name or text; every action that changes something is audited.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared_code import logs
from shared_code.domain.appointment import Appointment, AppointmentRef
from shared_code.domain.connection import Connection
from shared_code.domain.duties import agenda_of
from shared_code.domain.text_message import TextRecord
from shared_code.errors import TABLE, Conflict, ConnectorError, ErrorCode, NotStored, Refused
from shared_code.flows import bury
from shared_code.flows.bury import Graveyard
from shared_code.flows.problems import UNASSIGNED
from shared_code.flows.text_gates import BRAKE, DISCARDED, PAUSE, RELEASED
from shared_code.ports import Appointments, AuditEntry, Switch, Switches, Texts
from shared_code.security import keys
from shared_code.security.keys import Rings

Answer = dict[str, object]
Arguments = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Operator:
    """What the actions need."""

    yard: Graveyard
    appointments: Appointments
    texts: Texts
    switches: Switches
    rings: Rings
    grace: timedelta


def operate(action: str, body: bytes, operator: Operator) -> tuple[int, Answer]:
    """The HTTP status and the JSON to answer with; never raises for what a caller sent."""
    try:
        answer = _ACTIONS.get(action, _unknown)(_arguments(body), operator)
    except (Refused, NotStored, Conflict) as error:
        logs.warn("operation.refused", code=error.code)
        return _status(error), {"code": error.code, "message": TABLE[error.code].sentence}
    logs.event("operation.done", action=action)
    return 200, answer


def _arguments(body: bytes) -> Arguments:
    try:
        arguments = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused(ErrorCode.REQUEST_MALFORMED) from None
    if not isinstance(arguments, dict):
        raise Refused(ErrorCode.REQUEST_MALFORMED)
    return arguments


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise Refused(ErrorCode.REQUEST_MALFORMED)
    return value


def _connection(arguments: Arguments, operator: Operator) -> Connection:
    connection = operator.yard.connections.find(_text(arguments, "connection"))
    if connection is None:
        raise Refused(ErrorCode.CONNECTION_UNKNOWN)
    return connection


def _list_dead_letters(arguments: Arguments, operator: Operator) -> Answer:
    letters = [
        {
            "letter": letter.id,
            "connection": letter.connection,
            "queue": letter.queue,
            "code": letter.code,
            "at": letter.at.isoformat(),
        }
        for letter in operator.yard.dead_letters.list()
    ]
    return {"deadLetters": letters}


def _replay(arguments: Arguments, operator: Operator) -> Answer:
    letter = _text(arguments, "letter")
    bury.replay(letter, operator.yard)
    return {"replayed": letter}


def _pause(arguments: Arguments, operator: Operator) -> Answer:
    """Without a connection, the whole installation."""
    name = _pause_name(arguments, operator)
    operator.switches.set(Switch(name, "operator", operator.yard.clock()))
    _audit("pause", name, operator)
    return {"paused": name}


def _resume(arguments: Arguments, operator: Operator) -> Answer:
    name = _pause_name(arguments, operator)
    operator.switches.clear(name)
    _audit("resume", name, operator)
    return {"resumed": name}


def _pause_name(arguments: Arguments, operator: Operator) -> str:
    if "connection" not in arguments:
        return PAUSE
    return f"{PAUSE}~{_connection(arguments, operator).id}"


def _release(arguments: Arguments, operator: Operator) -> Answer:
    """What the storm brake holds goes on its way."""
    connection = _connection(arguments, operator)
    _let_go(RELEASED, connection, operator)
    _audit("release", connection.id, operator)
    return {"released": connection.id}


def _discard(arguments: Arguments, operator: Operator) -> Answer:
    """What the storm brake holds by now is never sent; what comes later is."""
    connection = _connection(arguments, operator)
    _let_go(DISCARDED, connection, operator)
    _audit("discard", connection.id, operator)
    return {"discarded": connection.id}


def _let_go(how: str, connection: Connection, operator: Operator) -> None:
    """Notes when, for what comes after, and takes the brake off."""
    name = f"{how}~{connection.id}"
    operator.switches.clear(name)
    operator.switches.set(Switch(name, "operator", operator.yard.clock()))
    operator.switches.clear(f"{BRAKE}~{connection.id}")


def _history(arguments: Arguments, operator: Operator) -> Answer:
    """What became of one appointment, found by its key (a CSN)."""
    connection = _connection(arguments, operator)
    key = _text(arguments, "appointment")
    row = keys.keyed_hash(operator.rings.hash, "appointment", connection.id, key)
    stored = operator.appointments.load(AppointmentRef(connection.id, row))
    if stored is None:
        raise Refused(ErrorCode.APPOINTMENT_UNKNOWN)
    appointment = stored.value
    days = {*appointment.told_days, *([appointment.start.date()] if appointment.start else [])}
    records = [r for day in sorted(days) for r in operator.texts.of(appointment.ref, day)]
    return {"appointment": _described(appointment), "texts": [_told(r) for r in records]}


def _described(appointment: Appointment) -> Answer:
    return {
        "row": appointment.ref.row,
        "status": appointment.status,
        "version": str(appointment.version),
        "start": appointment.start.isoformat() if appointment.start else None,
        "virtual": appointment.virtual,
        "phoneKept": appointment.phone is not None,
        "blocked": appointment.blocked,
        "events": len(appointment.recent_events),
    }


def _told(record: TextRecord) -> Answer:
    return {
        "kind": record.ref.kind,
        "version": str(record.ref.version),
        "minutesBefore": record.ref.offset,
        "state": record.state,
        "reason": record.reason,
        "heldBy": record.held_by or None,
        "delivery": record.delivery or "not_reported",
        "firstSent": record.first_sent.isoformat() if record.first_sent else None,
        "segments": record.segments,
    }


def _recompute(arguments: Arguments, operator: Operator) -> Answer:
    """
    Writes the agenda of a connection's appointments again, for instance after its reminders were
    changed. Rows that are there already stay as they are.
    """
    connection, now, count = _connection(arguments, operator), operator.yard.clock(), 0
    for ref in operator.appointments.of(connection.id):
        stored = operator.appointments.load(ref)
        if stored is not None and not stored.value.is_over(now, operator.grace):
            rows = agenda_of(stored.value, connection, now, operator.grace)
            operator.yard.agenda.add(rows)
            count += 1
    _audit("recompute", connection.id, operator)
    return {"recomputed": count}


def _audit(action: str, subject: str, operator: Operator) -> None:
    yard = operator.yard
    connection = yard.connections.find(subject.rpartition("~")[2])
    tenant = connection.tenant if connection else UNASSIGNED
    yard.audit.record(AuditEntry(tenant, action, subject, yard.clock()))


def _unknown(arguments: Arguments, operator: Operator) -> Answer:
    raise Refused(ErrorCode.ACTION_UNKNOWN)


_ACTIONS: Mapping[str, Callable[[Arguments, Operator], Answer]] = {
    "dead-letters": _list_dead_letters,
    "replay": _replay,
    "pause": _pause,
    "resume": _resume,
    "release": _release,
    "discard": _discard,
    "history": _history,
    "recompute": _recompute,
}


def _status(error: ConnectorError) -> int:
    """A letter that cannot be read is there, but cannot be replayed: 409."""
    return TABLE[error.code].status or 409
