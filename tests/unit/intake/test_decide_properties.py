"""What holds of every decision, whatever comes in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.appointments.domain import REMEMBERED_EVENTS, RETIRE_PHONE, Appointment
from shared_code.connections.domain import Connection, ConsentRule, VirtualVisitRule
from shared_code.hl7.schedule_event import (
    BLOCKS,
    BOOKS,
    CANCELS,
    DELETED,
    NO_SHOW,
    PHONE_UNUSABLE,
    START_UNREADABLE,
    SUPPORTED,
)
from shared_code.intake.domain.decide import Decision, Incoming, decide
from shared_code.texting.domain.plan import REMINDER, SETTLE, is_withdrawn, wanted_texts
from shared_code.texting.domain.reasons import (
    BEFORE_SMS_ENABLED,
    CONSENT_MISSING,
    NOT_VIRTUAL,
    PATIENT_DECEASED,
    PHONE_MISSING,
    SMS_NOT_ENABLED,
    STATUS_DISAGREES,
    VIRTUAL_RULE_MISSING,
)
from shared_code.wall_clock import LocalTime
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.events import incoming, played, wall
from tests.world.visit import GRACE, OTHER_PHONE, PHONE, START

MINUTE = timedelta(minutes=1)
PHONE_MUST_GO = {
    SMS_NOT_ENABLED,
    BEFORE_SMS_ENABLED,
    VIRTUAL_RULE_MISSING,
    NOT_VIRTUAL,
    CONSENT_MISSING,
    PATIENT_DECEASED,
    PHONE_MISSING,
    PHONE_UNUSABLE,
}
STARTS = (
    wall(START),
    wall(START + timedelta(days=1)),
    wall(NOW - timedelta(minutes=30)),
    wall(NOW - timedelta(days=1)),
    LocalTime((START.replace(month=11, day=1, hour=1)).replace(tzinfo=None)),
    LocalTime((START.replace(month=3, day=14, year=2027, hour=2)).replace(tzinfo=None)),
    LocalTime(START.replace(tzinfo=None, year=2199, month=12, day=31)),
    LocalTime(START.replace(tzinfo=None, year=1900, month=1, day=1)),
)
CONNECTIONS = (
    connection(),
    connection(sms=None),
    connection(sms=replace(ENABLED, enabled_since=NOW + 20 * MINUTE)),
    connection(virtual_visits=None),
    connection(virtual_visits=VirtualVisitRule(every_visit=True)),
    connection(epic_zone="Australia/Lord_Howe"),
    connection(consent=ConsentRule("ZCO-1", frozenset({"Y"}))),
    connection(sms=replace(ENABLED, reminders=(1440, 120, 15))),
    connection(sms=replace(ENABLED, confirmations=False, reminders=(2880, 60))),
)
quickly = partial(settings, derandomize=True, database=None, deadline=None)


@st.composite
def _events(draw: st.DrawFn, triggers: list[str] | None = None) -> Incoming:
    """Anything that the reader could hand over; the same number is the same event."""
    at = NOW + MINUTE * draw(st.integers(-30, 60))
    arrival = draw(st.sampled_from([at, NOW, at + MINUTE, at - 30 * MINUTE]))
    created = draw(st.sampled_from([wall(at), LocalTime(at.replace(tzinfo=None)), None]))
    start = draw(st.sampled_from([None, DELETED, *STARTS]))
    phone = draw(st.sampled_from([None, DELETED, PHONE, OTHER_PHONE]))
    remarks = []
    if start is None and draw(st.booleans()):
        remarks.append(START_UNREADABLE)
    if phone is None and draw(st.booleans()):
        remarks.append(PHONE_UNUSABLE)
    return incoming(
        draw(st.sampled_from(triggers or sorted(SUPPORTED))),
        at,
        number=draw(st.integers(0, 1 << 128)),
        arrival=arrival,
        patient=draw(st.sampled_from([None, "1-patient", "1-another"])),
        created=created,
        control_id=draw(st.sampled_from(["", "1", "2", "A", "9" * 40])),
        consent=draw(st.sampled_from([None, "Y", "Y", "N", DELETED])),
        deceased=draw(st.sampled_from([None, None, None, False, True])),
        status_cancels=draw(st.sampled_from([None, False, False, True])),
        start=start,
        phone=phone,
        language=draw(st.sampled_from([None, "en", "es"])),
        visit_codes=draw(st.sampled_from([None, (), ("2950",), ("2950",), ("1001",)])),
        remarks=tuple(remarks),
    )


HISTORIES = st.lists(_events(), max_size=8)


def _is_cancellation_notice(
    before: Appointment | None, after: Appointment, agreed: Connection
) -> bool:
    """Whether the phone is that of before, kept for a text that is really wanted."""
    known = before is not None and before.texting.phone == after.texting.phone
    return known and is_withdrawn(after) and wanted_texts(after, agreed) != ()


def _states(
    events: list[Incoming], agreed: Connection
) -> list[tuple[Appointment | None, Incoming, Decision]]:
    state: Appointment | None = None
    seen: list[tuple[Appointment | None, Incoming, Decision]] = []
    for each in events:
        decision = decide(state, each, agreed, each.arrival, GRACE)
        seen.append((state, each, decision))
        state = decision.appointment or state
    return seen


@quickly(max_examples=250)
@given(events=HISTORIES, agreed=st.sampled_from(CONNECTIONS))
def test_decisions_keep_their_promises(events: list[Incoming], agreed: Connection) -> None:
    """Versions only grow, memory is bounded, no phone is kept in vain, duties match texts."""
    for state, new, decision in _states(events, agreed):
        assert decide(state, new, agreed, new.arrival, GRACE) == decision
        after = decision.appointment
        if after is None:
            assert Decision() == decision
            continue
        assert len(after.recent_events) <= REMEMBERED_EVENTS
        assert new.event_hash == after.recent_events[-1]
        over = after.is_over(new.arrival, GRACE)
        vain = over or after.texting.blocked in PHONE_MUST_GO
        assert (
            not vain or after.texting.phone is None or _is_cancellation_notice(state, after, agreed)
        )
        assert state is None or after.version.counter - state.version.counter in (0, 1)
        fresh = state is None or after.version != state.version
        duties = [row.duty for row in decision.agenda]
        texts = [SETTLE] if decision.texts else []
        said = [duty for duty in duties if duty != REMINDER]
        assert ([RETIRE_PHONE, *texts] if fresh else []) == said
        assert not (after.patient_conflict and (texts or REMINDER in duties))
        assert REMINDER not in duties or (
            after.texting.phone and not over and not after.texting.blocked
        )
        assert all(row.due >= new.arrival for row in decision.agenda)
        released = STATUS_DISAGREES in decision.settled
        assert (wanted_texts(after, agreed) if fresh or released else ()) == decision.texts
        assert after.texting.phone is None or not after.texting.deceased
        assert not after.texting.deceased or decision.texts == ()
        assert after.is_held() or not (state and state.is_held()) or released
        assert all(row.version == str(after.version) for row in decision.agenda)


@quickly(max_examples=150)
@given(events=HISTORIES, agreed=st.sampled_from(CONNECTIONS))
def test_an_event_applied_twice_is_an_event_applied_once(
    events: list[Incoming], agreed: Connection
) -> None:
    """Right away, and again after everything else."""
    seen = _states(events, agreed)
    final: Appointment | None = None
    for state, new, decision in seen:
        final = decision.appointment or state
        assert new.event.trigger in BLOCKS or final is not None
        assert Decision() == decide(final, new, agreed, new.arrival + MINUTE, GRACE)
    for _, new, _ in seen:
        assert Decision() == decide(final, new, agreed, new.arrival + 90 * MINUTE, GRACE)


def _relevant(state: Appointment, *, phone: bool) -> tuple[object, ...]:
    what = (state.status, state.start, state.virtual, state.patient_conflict)
    texting = (state.texting.deceased, state.texting.consent, state.is_held())
    phones = (state.texting.phone, state.texting.blocked) if phone else ()
    return (*what, *texting, *phones)


@quickly(max_examples=200)
@given(
    data=st.data(),
    triggers=st.lists(st.sampled_from(sorted(SUPPORTED - BLOCKS)), min_size=1, max_size=7),
)
def test_any_order_of_arrival_ends_like_the_right_one(
    data: st.DataObject, triggers: list[str]
) -> None:
    """
    Events that say everything, each made at another minute.

    Limit: of a visit that has ended no phone is read, so where a history holds an end and its
    newest event is no booking, the phone depends on what was known when.
    """
    ended = not (CANCELS | NO_SHOW).isdisjoint(triggers)
    arrival = NOW + timedelta(hours=1)
    events = [
        incoming(
            trigger,
            NOW + number * MINUTE,
            number=number,
            arrival=arrival,
            patient=data.draw(st.sampled_from(["1-patient", None])),
            start=wall(START + number * timedelta(days=1)),
            phone=data.draw(st.sampled_from([PHONE, OTHER_PHONE])),
            deceased=data.draw(st.sampled_from([False, False, True])),
            status_cancels=data.draw(st.booleans()),
            consent=data.draw(st.sampled_from(["Y", "N"])),
        )
        for number, trigger in enumerate(triggers)
    ]
    shuffled = data.draw(st.permutations(events))
    phone = not ended or triggers[-1] in BOOKS

    assert _relevant(played(*events), phone=phone) == _relevant(played(*shuffled), phone=phone)
