"""
What a scheduling event changes: `decide(state, incoming, connection, ...) -> Decision`.

The rules of order, status and versions live here; of texting's domain, phone_retention.py says
which phone is kept, eligibility.py who may be texted, plan.py what a version asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code import wall_clock
from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import (
    Appointment,
    AppointmentRef,
    EventOrder,
    Fact,
    Status,
    Texting,
    Version,
    to_the_minute,
)
from shared_code.connections.domain import Connection
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    BLOCKS,
    BOOKS,
    CANCELS,
    DELETED,
    NO_SHOW,
    START_UNREADABLE,
    ScheduleEvent,
)
from shared_code.intake.domain.last_word import facts_of, hear, left_of, refuses_number
from shared_code.intake.domain.patients import is_about, name_patient
from shared_code.texting.domain.eligibility import problems_of, settled_by
from shared_code.texting.domain.phone_retention import decide_texting
from shared_code.texting.domain.plan import agenda_of, wanted_texts
from shared_code.texting.domain.reasons import CONSENT_MISSING, STATUS_DISAGREES
from shared_code.texting.domain.text import TextRef
from shared_code.visits.domain.plan import plan_preparation
from shared_code.wall_clock import LocalTime

CLOCK_TOLERANCE = timedelta(minutes=10)
"""A sender's clock may be ahead of ours by this much before arrival counts instead."""
_ENDS_AS = dict.fromkeys(CANCELS, Status.CANCELLED) | dict.fromkeys(NO_SHOW, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Incoming:
    """
    An event with everything that needs a key or a clock worked out already; `number` is the keyed
    hash of its phone.
    """

    event: ScheduleEvent
    ref: AppointmentRef
    event_hash: str
    patients: tuple[str, ...]
    arrival: datetime
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """
    The row to write (None: nothing changes) and what must be on the agenda before it.

    `texts` are hints to send after the row is committed: of a new version, or of one that was held
    until now. `problems` are reported before it;
    `settled` are those that no longer hold of this appointment.
    """

    appointment: Appointment | None = None
    agenda: tuple[AgendaRow, ...] = ()
    texts: tuple[TextRef, ...] = ()
    problems: tuple[Reason, ...] = ()
    settled: tuple[Reason, ...] = ()


def decide(
    state: Appointment | None,
    incoming: Incoming,
    connection: Connection,
    now: datetime,
    grace: timedelta,
) -> Decision:
    """
    Repeated events change nothing. Of older ones counts what no newer one has said; a booking and
    a cancellation are compared with each other alone. So the end does not depend on the order of
    arrival. Everything else leads to a new row.
    """
    event, event_hash = hear(incoming.event, connection), incoming.event_hash
    if event.trigger in BLOCKS or (state is not None and event_hash in state.recent_events):
        return Decision()
    order = _order_event(incoming, connection)
    before = _found(state, incoming, order)
    newer = state is None or order.is_after(state.order, ties=event.trigger in CANCELS)
    if newer:
        before = name_patient(before, incoming.patients, order)
        before = replace(before, order=order, processing_id=event.processing_id)
    else:
        about = is_about(before, incoming.patients)
        number = incoming.number if about else None
        event = left_of(event, before, order, connection, number, about_person=about)
    left = replace(incoming, event=event)
    after, remarks = _merge(_decide_status(before, event.trigger, order), left, connection)
    after = replace(after, said=_said(after, event, order, now, grace))
    if not newer and _says_nothing_new(before, after):
        return _remember_late(state or before, after, event_hash)
    if not newer and refuses_number(event):
        before = before.with_phone(None)
    texting = decide_texting(before, after, event, connection, now, grace)
    unkept = _unkept(before, texting, event, incoming.number)
    after = replace(after.remembering(event_hash), texting=texting, unkept_number=unkept)
    after = _renew_version(state, after, event_hash, now, grace)
    problems = problems_of(remarks, before, after, connection, now, grace)
    return _planned(state, before, after, problems, connection, now, grace)


def _planned(
    state: Appointment | None,
    before: Appointment,
    after: Appointment,
    problems: tuple[Reason, ...],
    connection: Connection,
    now: datetime,
    grace: timedelta,
) -> Decision:
    """The row with what it asks for."""
    settled = settled_by(state or before, after, problems)
    visit = plan_preparation(after, connection, now)
    if after.version == before.version:
        visit = visit if _prepared_anew(before, after) else ()
        waiting = wanted_texts(after, connection) if STATUS_DISAGREES in settled else ()
        return Decision(after, visit, waiting, problems, settled)
    agenda = agenda_of(after, connection, now, grace) + visit
    return Decision(after, agenda, wanted_texts(after, connection), problems, settled)


def _found(state: Appointment | None, incoming: Incoming, order: EventOrder) -> Appointment:
    """The row that the event finds, or a new one; the event may say which of a series it is."""
    key, which = incoming.event.key, incoming.event.occurrence
    found = state or Appointment(incoming.ref, key, Status.ACTIVE, Version(0, ""), order)
    return replace(found, occurrence=found.occurrence or which)


def _order_event(incoming: Incoming, connection: Connection) -> EventOrder:
    """Where the event stands; MSH-7 is read on the connection's Epic clock, nearest to arrival."""
    event, moment = incoming.event, incoming.arrival
    timed = event.created is not None
    if event.created is not None:
        where = ZoneInfo(connection.epic_zone)
        created = wall_clock.resolve_near(event.created, where, incoming.arrival)
        moment = min(created, incoming.arrival + CLOCK_TOLERANCE)
    number = event.control_id
    control = int(number) if number.isascii() and number.isdigit() and len(number) < 20 else None
    return EventOrder(moment, control, incoming.arrival, timed)


def _decide_status(before: Appointment, trigger: str, order: EventOrder) -> Appointment:
    """The newer of the newest booking and the newest end decides; in a tie the end does."""
    booked, ended, ended_as = before.booked, before.ended, before.ended_as
    if trigger in BOOKS and (booked is None or order.is_after(booked, ties=False)):
        booked = order
    ends_as = _ENDS_AS.get(trigger)
    if ends_as and (ended is None or order.is_after(ended, ties=trigger in CANCELS)):
        ended, ended_as = order, ends_as
    active = ended is None or (booked is not None and booked.is_after(ended, ties=False))
    status = Status.ACTIVE if active or ended_as is None else ended_as
    return replace(before, booked=booked, ended=ended, ended_as=ended_as, status=status)


def _said(
    after: Appointment, event: ScheduleEvent, order: EventOrder, now: datetime, grace: timedelta
) -> Mapping[Fact, EventOrder]:
    """Who had the last word on what. Of a visit that is over no number is read, but its refusal."""
    facts = facts_of(event)
    if isinstance(event.phone, str) and after.is_over(now, grace):
        facts -= {Fact.PHONE}
    outlived = {fact for fact, last in after.said.items() if last.is_after(order, ties=False)}
    return {**after.said, **dict.fromkeys(facts - outlived, order)}


def _unkept(
    before: Appointment, texting: Texting, event: ScheduleEvent, number: str | None
) -> str | None:
    """
    The hash of the newest number if it is not kept because nobody knows yet whether it may be: a
    late message may say that it may, and name it again.
    """
    if isinstance(event.phone, str):
        unknown = (texting.blocked, texting.consent) == (CONSENT_MISSING, None)
        unknown = unknown or (texting.blocked, texting.minor) == (BIRTH_DATE_UNREADABLE, None)
        return number if unknown else None
    return None if refuses_number(event) else before.unkept_number


def _says_nothing_new(before: Appointment, after: Appointment) -> bool:
    """Whether a late event leaves everything as it is, but for what counts against later ones."""
    word = before.said.get(Fact.PHONE) == after.said.get(Fact.PHONE)
    return word and after == replace(
        before,
        booked=after.booked,
        ended=after.ended,
        ended_as=after.ended_as,
        said=after.said,
    )


def _remember_late(before: Appointment, after: Appointment, event_hash: str) -> Decision:
    """
    An older end, an older booking of an active visit, and what is known already change nothing now,
    but they still count against what comes even later.
    """
    counts = after.ended != before.ended or after.said != before.said
    counts = counts or (after.status is Status.ACTIVE and after.booked != before.booked)
    counts = counts or after.occurrence != before.occurrence
    return Decision(after.remembering(event_hash) if counts else None)


def _merge(
    before: Appointment, incoming: Incoming, connection: Connection
) -> tuple[Appointment, tuple[Reason, ...]]:
    """The row with everything that the event says of it but its phone; what it leaves out stays."""
    event = incoming.event
    department = event.department or before.department
    start, remarks = _start(before, incoming, connection.start_zone(department))
    minutes = before.minutes if event.minutes is None else event.minutes
    after = replace(
        before,
        start=start,
        department=department,
        language=event.language or before.language,
        virtual=_virtual(before, event, connection),
        texting=_texting(before, event, connection),
        csn=event.csn or before.csn,
        minutes=None if minutes is DELETED else minutes,
    )
    return after, (*remarks, *event.remarks)


def _texting(row: Appointment, event: ScheduleEvent, connection: Connection) -> Texting:
    """What the event says for texts alone, but the phone; what it leaves out stays."""
    before, rule = row.texting, connection.consent
    consent = before.consent
    if rule is not None and event.consent is not None:
        consent = event.consent in rule.allowed
    elif rule is not None and consent is None and before.phone and before.blocked is None:
        # a release that did not remember consent kept a number only where it was given
        consent = True if Fact.CONSENT in row.said else None
    disagrees = before.status_disagrees if event.status_cancels is None else event.status_cancels
    known = None if BIRTH_DATE_UNREADABLE in event.remarks else before.minor
    return replace(
        before,
        minor=known if event.minor is None else event.minor,
        deceased=before.deceased if event.deceased is None else event.deceased,
        consent=consent,
        status_disagrees=disagrees,
    )


def _start(
    before: Appointment, incoming: Incoming, zone: str
) -> tuple[datetime | None, tuple[Reason, ...]]:
    """
    The start (UTC) that counts now, and what is remarkable about it: what cannot be read or was
    deleted is none, what is not said stays.
    """
    said = incoming.event.start
    if said is None:
        unreadable = START_UNREADABLE in incoming.event.remarks
        return (None if unreadable else before.start), ()
    if said is DELETED:
        return None, ()
    instant = wall_clock.resolve(said, ZoneInfo(zone))
    if wall_clock.START_OFFSET_DIFFERS in instant.remarks and _is_senders_clock(said, incoming):
        return instant.utc, ()
    return instant.utc, instant.remarks


def _is_senders_clock(said: LocalTime, incoming: Incoming) -> bool:
    """
    Whether the message itself was made on a clock with this offset: MSH-7 has it as well and is
    the time of arrival. Where local times are only marked with it, MSH-7 is hours away.
    """
    created = incoming.event.created
    if created is None or created.offset is None or created.offset != said.offset:
        return False
    made = wall_clock.resolve_near(created, ZoneInfo("UTC"), incoming.arrival)
    return abs(made - incoming.arrival) <= CLOCK_TOLERANCE


def _virtual(before: Appointment, event: ScheduleEvent, connection: Connection) -> bool | None:
    """Whether it is a virtual visit; None where that cannot be told."""
    rule = connection.virtual_visits
    if rule is None:
        return None
    if rule.every_visit:
        return True
    return before.virtual if event.visit_codes is None else rule.matches(event.visit_codes)


def _renew_version(
    state: Appointment | None, after: Appointment, event_hash: str, now: datetime, grace: timedelta
) -> Appointment:
    """
    The row under its next version if it is new or if what texts say or depend on has changed. None
    is made while a visit stays over, nor for another CSN or duration: texts say neither.
    """
    if state is not None:
        stays_over = state.is_over(now, grace) and after.is_over(now, grace)
        if stays_over or _versioned(state) == _versioned(after):
            return after
    tag = event_hash.partition("-")[2][:8]
    texting = replace(after.texting, moved=state is not None and _moved(state, after))
    return replace(after, version=Version(after.version.counter + 1, tag), texting=texting)


def _moved(before: Appointment, after: Appointment) -> bool:
    """Whether the start is another one than patients may know."""
    if before.start is None or after.start is None:
        return False
    return to_the_minute(before.start) != to_the_minute(after.start)


def _prepared_anew(before: Appointment, after: Appointment) -> bool:
    """Whether another visit, or one of another length, is to be prepared; texts say neither."""
    return (before.csn, before.minutes) != (after.csn, after.minutes)


def _versioned(appointment: Appointment) -> tuple[object, ...]:
    phone, conflict = appointment.texting.phone, appointment.patient_conflict
    return appointment.start, phone, conflict, appointment.status, appointment.virtual
