"""
What a scheduling event changes: `decide(state, incoming, connection, ...) -> Decision`.

The rules of order, of versions and of who may be texted live here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code.domain import wall_clock
from shared_code.domain.agenda import LOOK_AGAIN, AgendaRow, Duty
from shared_code.domain.appointment import (
    REMEMBERED_EVENTS,
    Appointment,
    AppointmentRef,
    EventOrder,
    Status,
    Version,
)
from shared_code.domain.connection import Connection
from shared_code.domain.schedule_event import (
    BLOCKS,
    BOOKS,
    CANCELS,
    DELETED,
    NO_SHOW,
    ScheduleEvent,
)
from shared_code.domain.text_message import TextKind, TextRef
from shared_code.errors import ErrorCode

CLOCK_TOLERANCE = timedelta(minutes=10)
"""A sender's clock may be ahead of ours by this much before arrival counts instead."""
WITHOUT_START = timedelta(hours=24)
"""How long a phone is kept when no start time is known."""

_PHONE_IS_NOT_KEPT = frozenset(
    {
        ErrorCode.SMS_NOT_ENABLED,
        ErrorCode.BEFORE_SMS_ENABLED,
        ErrorCode.VIRTUAL_RULE_MISSING,
        ErrorCode.NOT_VIRTUAL,
        ErrorCode.PROCESSING_ID_NOT_ALLOWED,
        ErrorCode.PATIENT_CHANGED,
    }
)
_SOMEBODY_SHOULD_LOOK = frozenset(
    {
        ErrorCode.START_MISSING,
        ErrorCode.START_UNREADABLE,
        ErrorCode.PHONE_MISSING,
        ErrorCode.PHONE_UNUSABLE,
        ErrorCode.PATIENT_CHANGED,
        ErrorCode.VIRTUAL_RULE_MISSING,
    }
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event with everything that needs a key or a clock worked out already."""

    event: ScheduleEvent
    ref: AppointmentRef
    event_hash: str
    patient: str | None
    arrival: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """
    The row to write (None: nothing changes) and what must be on the agenda before it.

    `texts` are hints to send after the row is committed.
    """

    appointment: Appointment | None = None
    agenda: tuple[AgendaRow, ...] = ()
    texts: tuple[TextRef, ...] = ()
    problems: tuple[ErrorCode, ...] = ()


def decide(
    state: Appointment | None,
    incoming: Incoming,
    connection: Connection,
    now: datetime,
    grace: timedelta,
) -> Decision:
    """Older and repeated events change nothing; everything else leads to a new row."""
    if incoming.event.trigger in BLOCKS:
        return Decision()
    order = _order(incoming, connection)
    if state is not None:
        if incoming.event_hash in state.recent_events:
            return Decision()
        cancels = incoming.event.trigger in CANCELS
        if not order.is_after(state.order, ties=cancels):
            return Decision()
    start, remarks = _start(state, incoming, connection)
    after = _after(state, incoming, connection, order, start, now, grace)
    problems = _problems(remarks + incoming.event.remarks, after, now, grace)
    if state is not None and after.version == state.version:
        return Decision(after, problems=problems)
    texts = wanted_texts(after, connection)
    return Decision(after, _agenda(after, texts, now, grace), texts, problems)


def wanted_texts(appointment: Appointment, connection: Connection) -> tuple[TextRef, ...]:
    """The texts that the current version asks for, whether or not they were sent already."""
    if appointment.blocked or appointment.status is not Status.ACTIVE or not appointment.start:
        return ()
    if connection.sms is None or not connection.sms.confirmations:
        return ()
    day = appointment.start.date()
    return (TextRef(appointment.ref, appointment.version, TextKind.CONFIRMATION, 0, day),)


def _order(incoming: Incoming, connection: Connection) -> EventOrder:
    event, moment = incoming.event, incoming.arrival
    if event.created is not None:
        where = ZoneInfo(connection.epic_zone)
        created = wall_clock.resolve_near(event.created, where, incoming.arrival)
        moment = min(created, incoming.arrival + CLOCK_TOLERANCE)
    number = event.control_id
    control = int(number) if number.isascii() and number.isdigit() and len(number) < 20 else None
    return EventOrder(moment, control, incoming.arrival)


def _start(
    state: Appointment | None, incoming: Incoming, connection: Connection
) -> tuple[datetime | None, tuple[ErrorCode, ...]]:
    said = incoming.event.start
    if said is None:
        unreadable = ErrorCode.START_UNREADABLE in incoming.event.remarks
        return (None if unreadable or state is None else state.start), ()
    if said is DELETED:
        return None, ()
    instant = wall_clock.resolve(said, ZoneInfo(connection.epic_zone))
    return instant.utc, instant.remarks


def _after(
    state: Appointment | None,
    incoming: Incoming,
    connection: Connection,
    order: EventOrder,
    start: datetime | None,
    now: datetime,
    grace: timedelta,
) -> Appointment:
    event, tag = incoming.event, incoming.event_hash.partition("-")[2][:8]
    first = Appointment(incoming.ref, event.key, Status.ACTIVE, Version(0, tag), order)
    before = state or first
    merged = replace(
        before,
        status=_status(state, event.trigger),
        order=order,
        start=start,
        department=event.department or before.department,
        language=event.language or before.language,
        virtual=_virtual(before, event, connection),
        patient=before.patient or incoming.patient,
        patient_conflict=_conflict(before, incoming.patient),
        recent_events=(*before.recent_events, incoming.event_hash)[-REMEMBERED_EVENTS:],
    )
    over = merged.is_over(now, grace)
    phone = None if over else _phone(before, event)
    blocked = _blocked(replace(merged, phone=phone), event, connection, now)
    merged = replace(
        merged, blocked=blocked, phone=None if blocked in _PHONE_IS_NOT_KEPT else phone
    )
    stays_over = state is not None and over and state.is_over(now, grace)
    if state is not None and (stays_over or _versioned(merged) == _versioned(state)):
        return merged
    return replace(merged, version=Version(before.version.counter + 1, tag))


def _status(state: Appointment | None, trigger: str) -> Status:
    if trigger in CANCELS:
        return Status.CANCELLED
    if trigger in NO_SHOW:
        return Status.CLOSED
    if state is None or trigger in BOOKS:
        return Status.ACTIVE
    return state.status


def _virtual(before: Appointment, event: ScheduleEvent, connection: Connection) -> bool | None:
    rule = connection.virtual_visits
    if rule is None:
        return None
    if rule.every_visit:
        return True
    return before.virtual if event.visit_codes is None else rule.matches(event.visit_codes)


def _conflict(before: Appointment, patient: str | None) -> bool:
    if patient is None or before.patient is None:
        return before.patient_conflict
    return patient != before.patient


def _phone(before: Appointment, event: ScheduleEvent) -> str | None:
    if event.phone is DELETED or ErrorCode.PHONE_UNUSABLE in event.remarks:
        return None
    return before.phone if event.phone is None else event.phone


def _blocked(
    after: Appointment, event: ScheduleEvent, connection: Connection, now: datetime
) -> ErrorCode | None:
    """Why this appointment is not texted; the first reason that holds."""
    unusable = ErrorCode.PHONE_UNUSABLE in event.remarks
    unreadable = ErrorCode.START_UNREADABLE in event.remarks
    sms, code = connection.sms, ErrorCode
    reasons = (
        (sms is None, code.SMS_NOT_ENABLED),
        (sms is not None and after.order.moment < sms.enabled_since, code.BEFORE_SMS_ENABLED),
        (after.virtual is None and connection.virtual_visits is None, code.VIRTUAL_RULE_MISSING),
        (not after.virtual, code.NOT_VIRTUAL),
        (event.processing_id not in connection.processing_ids, code.PROCESSING_ID_NOT_ALLOWED),
        (after.patient_conflict, code.PATIENT_CHANGED),
        (after.start is None, code.START_UNREADABLE if unreadable else code.START_MISSING),
        (after.start is not None and after.start <= now, code.VISIT_IN_PAST),
        (after.phone is None, code.PHONE_UNUSABLE if unusable else code.PHONE_MISSING),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _versioned(appointment: Appointment) -> tuple[object, ...]:
    return (
        appointment.start,
        appointment.phone,
        appointment.patient_conflict,
        appointment.status,
        appointment.virtual,
    )


def _agenda(
    after: Appointment, texts: tuple[TextRef, ...], now: datetime, grace: timedelta
) -> tuple[AgendaRow, ...]:
    subject, version = str(after.ref), str(after.version)
    if after.is_over(now, grace):
        retire = now + LOOK_AGAIN
    else:
        retire = after.start + grace if after.start else now + WITHOUT_START
    rows = [AgendaRow(retire, Duty.RETIRE_PHONE, subject, version)]
    if texts:
        rows.append(AgendaRow(now + LOOK_AGAIN, Duty.SETTLE, subject, version))
    return tuple(rows)


def _problems(
    remarks: tuple[ErrorCode, ...], after: Appointment, now: datetime, grace: timedelta
) -> tuple[ErrorCode, ...]:
    if after.virtual is False or after.is_over(now, grace):
        return ()
    blocked = (after.blocked,) if after.blocked in _SOMEBODY_SHOULD_LOOK and after.blocked else ()
    return tuple(dict.fromkeys((*remarks, *blocked)))
