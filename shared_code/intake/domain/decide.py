"""
What a scheduling event changes: `decide(state, incoming, connection, ...) -> Decision`.

The rules of order and of versions live here; phone_retention.py says which number there is,
eligibility.py who may be texted, plan.py what a version asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code import wall_clock
from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import (
    REMEMBERED_EVENTS,
    Appointment,
    AppointmentRef,
    EventOrder,
    Status,
    Version,
)
from shared_code.connections.domain import Connection
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    BLOCKS,
    BOOKS,
    CANCELS,
    DELETED,
    NO_SHOW,
    START_UNREADABLE,
    ScheduleEvent,
)
from shared_code.texting.domain.eligibility import PHONE_IS_NOT_KEPT, problems_of, why_not_texted
from shared_code.texting.domain.phone_retention import phone_after
from shared_code.texting.domain.plan import agenda_of, is_withdrawn, wanted_texts
from shared_code.texting.domain.text import TextRef

CLOCK_TOLERANCE = timedelta(minutes=10)
"""A sender's clock may be ahead of ours by this much before arrival counts instead."""
_REMEMBERED_DAYS = 12


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
    problems: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class _Moment:
    """What a decision needs beside state and event."""

    connection: Connection
    now: datetime
    grace: timedelta


def decide(
    state: Appointment | None,
    incoming: Incoming,
    connection: Connection,
    now: datetime,
    grace: timedelta,
) -> Decision:
    """
    Repeated events change nothing. Older ones change nothing either, but that a booking and a
    cancellation are compared with each other alone, so that the end does not depend on the order
    of arrival. Everything else leads to a new row.
    """
    if incoming.event.trigger in BLOCKS:
        return Decision()
    if state is not None and incoming.event_hash in state.recent_events:
        return Decision()
    moment = _Moment(connection, now, grace)
    order = _order(incoming, connection)
    ties = incoming.event.trigger in CANCELS
    if state is None or order.is_after(state.order, ties=ties):
        after, remarks = _merged(state, incoming, order, moment)
    else:
        late = _with_status(state, incoming.event.trigger, order)
        if late.status is state.status:
            return _remembered(state, late, incoming)
        after, remarks = _late(state, late, incoming, moment), ()
    return _decision(state, after, remarks, moment)


def _decision(
    state: Appointment | None,
    after: Appointment,
    remarks: tuple[Reason, ...],
    moment: _Moment,
) -> Decision:
    connection, now, grace = moment.connection, moment.now, moment.grace
    problems = problems_of(remarks, after, over=after.is_over(now, grace))
    if state is not None and after.version == state.version:
        return Decision(after, problems=problems)
    texts = wanted_texts(after, connection)
    return Decision(after, agenda_of(after, connection, now, grace), texts, problems)


def _order(incoming: Incoming, connection: Connection) -> EventOrder:
    event, moment = incoming.event, incoming.arrival
    if event.created is not None:
        where = ZoneInfo(connection.epic_zone)
        created = wall_clock.resolve_near(event.created, where, incoming.arrival)
        moment = min(created, incoming.arrival + CLOCK_TOLERANCE)
    number = event.control_id
    control = int(number) if number.isascii() and number.isdigit() and len(number) < 20 else None
    return EventOrder(moment, control, incoming.arrival)


def _with_status(state: Appointment, trigger: str, order: EventOrder) -> Appointment:
    """The newer of the newest booking and the newest end decides; in a tie the end does."""
    booked, ended, ended_as = state.booked, state.ended, state.ended_as
    if trigger in BOOKS and (booked is None or order.is_after(booked, ties=False)):
        booked = order
    ends_as = _ends_as(trigger)
    if ends_as and (ended is None or order.is_after(ended, ties=trigger in CANCELS)):
        ended, ended_as = order, ends_as
    active = ended is None or (booked is not None and booked.is_after(ended, ties=False))
    status = Status.ACTIVE if active or ended_as is None else ended_as
    return replace(state, booked=booked, ended=ended, ended_as=ended_as, status=status)


def _ends_as(trigger: str) -> Status | None:
    if trigger in CANCELS:
        return Status.CANCELLED
    return Status.CLOSED if trigger in NO_SHOW else None


def _remembered(state: Appointment, late: Appointment, incoming: Incoming) -> Decision:
    """
    An older booking of an active visit, or an older end of one that has ended, changes nothing
    now, but it still counts against what comes even later.
    """
    active = late.status is Status.ACTIVE
    counts = late.booked != state.booked if active else late.ended != state.ended
    if not counts:
        return Decision()
    return Decision(replace(late, recent_events=_remember(state, incoming)))


def _late(
    state: Appointment, late: Appointment, incoming: Incoming, moment: _Moment
) -> Appointment:
    """An older event that still decides whether the visit takes place, and nothing else."""
    event = incoming.event
    phone = _phone(state, late, event, moment)
    remembered = replace(
        late,
        recent_events=_remember(state, incoming),
        texting=replace(state.texting, phone=phone, notified_dates=_notified_dates(state)),
    )
    return _finished(state, remembered, event, incoming, moment)


def _merged(
    state: Appointment | None, incoming: Incoming, order: EventOrder, moment: _Moment
) -> tuple[Appointment, tuple[Reason, ...]]:
    event = incoming.event
    start, remarks = _start(state, incoming, moment.connection)
    first = Appointment(incoming.ref, event.key, Status.ACTIVE, Version(0, _tag(incoming)), order)
    before = _with_status(state or first, event.trigger, order)
    merged = replace(
        before,
        order=order,
        start=start,
        department=event.department or before.department,
        language=event.language or before.language,
        virtual=_virtual(before, event, moment.connection),
        patient=before.patient or incoming.patient,
        patient_conflict=_conflict(before, incoming.patient),
        recent_events=_remember(before, incoming),
        texting=replace(
            before.texting,
            minor=before.texting.minor if event.minor is None else event.minor,
            notified_dates=_notified_dates(state) if state else (),
        ),
    )
    merged = merged.with_phone(_phone(state, merged, event, moment))
    return _finished(state, merged, event, incoming, moment), (*remarks, *event.remarks)


def _finished(
    state: Appointment | None,
    merged: Appointment,
    event: ScheduleEvent,
    incoming: Incoming,
    moment: _Moment,
) -> Appointment:
    """With the reason why it is not texted, and with a new version if there is a new one."""
    blocked = why_not_texted(merged, event, moment.connection, moment.now)
    if is_withdrawn(merged):
        forget = not wanted_texts(merged, moment.connection)
    else:
        forget = blocked in PHONE_IS_NOT_KEPT
    phone = None if forget else merged.texting.phone
    merged = replace(merged, texting=replace(merged.texting, blocked=blocked, phone=phone))
    if state is None:
        return replace(merged, version=Version(1, _tag(incoming)))
    over = merged.is_over(moment.now, moment.grace)
    stays_over = over and state.is_over(moment.now, moment.grace)
    if stays_over or _versioned(merged) == _versioned(state):
        return merged
    return replace(merged, version=Version(state.version.counter + 1, _tag(incoming)))


def _start(
    state: Appointment | None, incoming: Incoming, connection: Connection
) -> tuple[datetime | None, tuple[Reason, ...]]:
    said = incoming.event.start
    if said is None:
        unreadable = START_UNREADABLE in incoming.event.remarks
        return (None if unreadable or state is None else state.start), ()
    if said is DELETED:
        return None, ()
    instant = wall_clock.resolve(said, ZoneInfo(connection.epic_zone))
    return instant.utc, instant.remarks


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


def _phone(
    state: Appointment | None, merged: Appointment, event: ScheduleEvent, moment: _Moment
) -> str | None:
    return phone_after(state, merged, event, moment.connection, moment.now, moment.grace)


def _versioned(appointment: Appointment) -> tuple[object, ...]:
    return (
        appointment.start,
        appointment.texting.phone,
        appointment.patient_conflict,
        appointment.status,
        appointment.virtual,
    )


def _remember(before: Appointment, incoming: Incoming) -> tuple[str, ...]:
    return (*before.recent_events, incoming.event_hash)[-REMEMBERED_EVENTS:]


def _notified_dates(state: Appointment) -> tuple[date, ...]:
    """The days under which texts of the versions so far may stand."""
    starts = (state.start.date(),) if state.start else ()
    days = (*state.texting.notified_dates, *starts)
    return tuple(dict.fromkeys(days))[-_REMEMBERED_DAYS:]


def _tag(incoming: Incoming) -> str:
    return incoming.event_hash.partition("-")[2][:8]
