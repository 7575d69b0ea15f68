"""What becomes of one text, decided from a snapshot without a world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.appointments.domain import Appointment, EventOrder, Status, Texting, Version
from shared_code.connections.domain import ConnectionStatus, Environment
from shared_code.errors import Reason
from shared_code.language.template_names import TemplateName
from shared_code.texting.domain import reasons
from shared_code.texting.domain.holds import BRAKE, CLAIMED, PAUSE, QUIET_HOURS
from shared_code.texting.domain.next_step import (
    Claim,
    Decline,
    Done,
    GiveUp,
    Repeat,
    Sendable,
    Wait,
    next_step,
)
from shared_code.texting.domain.text import (
    FINAL,
    Composed,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
)
from shared_code.texting.domain.text_snapshot import TextSnapshot
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.visit import KEY, PHONE, REF, START

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
VERSION = Version(2, "3fa9c1d2")
TEXT = TextRef(REF, VERSION, TextKind.CONFIRMATION, 0, START.date())
NOTICE = replace(TEXT, kind=TextKind.CANCELLATION)
REMINDER = replace(TEXT, kind=TextKind.REMINDER, offset=60)
RECIPIENT = "1-recipient"
MOVED = (START + DAY).date()
WORDS = Composed(TemplateName.SCHEDULED, True, RECIPIENT, "hash", 2)
OTHERS = replace(WORDS, recipient="1-somebody-else")
FRESH = TextRecord(TEXT)
CLAIM = FRESH.claimed("worker-1", NOW, WORDS)
READY = CLAIM.reset(NOW + MINUTE)
TAKEN = CLAIM.taken_over("worker-2", NOW + 31 * SECOND)
BOOKED = Appointment(
    ref=REF,
    key=KEY,
    status=Status.ACTIVE,
    version=VERSION,
    order=EventOrder(NOW - 10 * MINUTE, None, NOW - 10 * MINUTE),
    start=START,
    virtual=True,
    texting=Texting(phone=PHONE),
)


def snapshot(record: TextRecord | None = None, **changes: Any) -> TextSnapshot:
    """An approved connection's text about a booked visit, which nothing stands in the way of."""
    usual = TextSnapshot(
        before=record or FRESH,
        etag="etag" if record else "",
        appointment=BOOKED,
        connection=connection(),
        records=(record,) if record else (),
        recipient=RECIPIENT,
    )
    return replace(usual, **changes)


def sent(ref: TextRef, ago: timedelta = DAY, **changes: Any) -> TextRecord:
    """A text that was accepted for the same number."""
    claimed = TextRecord(ref, TextState.READY).claimed("worker-1", NOW - ago, WORDS)
    return replace(claimed.finished(TextState.ACCEPTED, NOW - ago), **changes)


def earlier(kind: TextKind = TextKind.CONFIRMATION, number: int = 1) -> TextRef:
    """A text of an earlier version."""
    return replace(TEXT, version=Version(1, f"{number:08x}"), kind=kind)


def sendable(step: object) -> Sendable:
    """The text of a step that may go."""
    assert isinstance(step, Claim | Repeat)
    return step.text


@pytest.mark.parametrize("state", sorted(FINAL))
def test_an_outcome_is_the_end(state: TextState) -> None:
    """Whatever else is true."""
    ended = CLAIM.finished(state, NOW)

    assert Done() == next_step(snapshot(ended), NOW + DAY)
    assert Done() == next_step(snapshot(ended, appointment=None, paused=True), NOW + DAY)


@pytest.mark.parametrize(
    ("record", "after", "expected"),
    [
        (CLAIM, 0, Wait(NOW + 30 * SECOND, CLAIMED)),
        (CLAIM, 29, Wait(NOW + 30 * SECOND, CLAIMED)),
        (CLAIM, 30, Repeat),
        (CLAIM, 239, Repeat),
        (CLAIM, 240, GiveUp()),
        (CLAIM, 10_000, GiveUp()),
        (TAKEN, 31, Wait(NOW + 61 * SECOND, CLAIMED)),
        (TAKEN, 61, Repeat),
        (TAKEN, 240, GiveUp()),
        (READY, 0, Wait(NOW + 60 * SECOND, "")),
        (READY, 59, Wait(NOW + 60 * SECOND, "")),
        (READY, 60, Claim),
        (READY, 10_000, Claim),
        (replace(READY, not_before=None), 0, Claim),
        (FRESH, 0, Claim),
        (None, 0, Claim),
    ],
)
def test_a_claim_belongs_to_its_worker_then_to_anybody_then_to_nobody(
    record: TextRecord | None, after: int, expected: object
) -> None:
    """30 seconds, then the same request for four minutes, then a person."""
    step = next_step(snapshot(record), NOW + after * SECOND)

    assert step == expected or type(step) is expected


@pytest.mark.parametrize("after", [30, 239])
def test_a_claim_that_may_not_be_sent_any_more_is_given_up(after: int) -> None:
    """It may have been sent; only a fresh claim of another worker is left alone."""
    cancelled = snapshot(CLAIM, appointment=None)

    assert isinstance(next_step(cancelled, NOW + 29 * SECOND), Wait)
    assert GiveUp() == next_step(cancelled, NOW + after * SECOND)


def _unlike(**changes: Any) -> Callable[[], TextSnapshot]:
    return lambda: snapshot(appointment=replace(BOOKED, **changes))


def _agreed(**changes: Any) -> Callable[[], TextSnapshot]:
    return lambda: snapshot(connection=connection(**changes))


def _notice(*records: TextRecord, **changes: Any) -> TextSnapshot:
    cancelled = replace(BOOKED, status=Status.CANCELLED)
    usual: dict[str, Any] = {
        "before": TextRecord(NOTICE),
        "appointment": cancelled,
        "records": records,
    }
    return snapshot(**usual | changes)


def _reminder(*records: TextRecord, **changes: Any) -> TextSnapshot:
    sms = replace(ENABLED, reminders=(60, 15))
    usual: dict[str, Any] = {
        "before": TextRecord(REMINDER),
        "connection": connection(sms=sms),
        "records": records,
    }
    return snapshot(**usual | changes)


def _held_by_the_brake(arrived: timedelta) -> TextSnapshot:
    held = FRESH.held(NOW, BRAKE)
    order = replace(BOOKED.order, arrival=NOW - arrived)
    discarded = NOW - 10 * MINUTE
    return snapshot(held, appointment=replace(BOOKED, order=order), discarded=discarded)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: snapshot(appointment=None), reasons.SUPERSEDED),
        (_unlike(version=Version(3, "3fa9c1d2")), reasons.SUPERSEDED),
        (_unlike(status=Status.CANCELLED), reasons.SUPERSEDED),
        (_unlike(virtual=False), reasons.SUPERSEDED),
        (lambda: snapshot(before=TextRecord(NOTICE)), reasons.SUPERSEDED),
        (_unlike(texting=Texting(PHONE, blocked=reasons.CONSENT_MISSING)), reasons.CONSENT_MISSING),
        (_notice, reasons.NEVER_NOTIFIED),
        (lambda: _notice(sent(replace(NOTICE, version=earlier().version))), reasons.NEVER_NOTIFIED),
        (
            lambda: _notice(
                sent(earlier()), before=TextRecord(replace(NOTICE, day=(START + DAY).date()))
            ),
            reasons.SUPERSEDED,
        ),
        (lambda: _held_by_the_brake(11 * MINUTE), reasons.DISCARDED),
        (lambda: _held_by_the_brake(10 * MINUTE), reasons.DISCARDED),
        (_agreed(sms=replace(ENABLED, enabled_since=NOW)), reasons.BEFORE_SMS_ENABLED),
        (_unlike(start=None), reasons.DEADLINE_PASSED),
        (_unlike(start=NOW), reasons.DEADLINE_PASSED),
        (
            lambda: _reminder(appointment=replace(BOOKED, start=NOW + 15 * MINUTE)),
            reasons.MISSED,
        ),
        (
            lambda: _reminder(
                appointment=replace(BOOKED, order=EventOrder(NOW, None, NOW - 119 * SECOND))
            ),
            reasons.SUPERSEDED,
        ),
        (lambda: _reminder(FRESH.held(NOW, QUIET_HOURS)), reasons.SUPERSEDED),
        (
            lambda: snapshot(records=[sent(earlier(number=n), n * MINUTE) for n in range(1, 7)]),
            reasons.TOO_MANY_TEXTS,
        ),
        (_unlike(texting=Texting()), reasons.PHONE_MISSING),
        (
            _agreed(environment=Environment.TEST, allow_list=frozenset({"1-x"})),
            reasons.NOT_ON_ALLOW_LIST,
        ),
        (lambda: snapshot(stops=frozenset({"link"})), reasons.OPTED_OUT),
        (lambda: snapshot(service_stop=True), reasons.OPTED_OUT),
        (lambda: snapshot(stops=frozenset({"link"}), service_stop=False), reasons.OPTED_OUT),
    ],
)
def test_a_text_is_declined_for_a_reason(made: Callable[[], TextSnapshot], reason: Reason) -> None:
    """The first one that holds, whether or not anything else holds the text."""
    assert Decline(reason) == next_step(made(), NOW)
    assert Decline(reason) == next_step(replace(made(), paused=True), NOW)


@pytest.mark.parametrize(
    "made",
    [
        lambda: _held_by_the_brake(9 * MINUTE),
        lambda: _notice(sent(earlier())),
        lambda: _notice(
            sent(replace(NOTICE, version=earlier().version), state=TextState.UNKNOWN),
            sent(earlier(), 2 * DAY),
        ),
        lambda: _reminder(sent(TEXT, MINUTE)),
        lambda: _reminder(appointment=replace(BOOKED, start=NOW + 16 * MINUTE)),
        lambda: snapshot(records=[sent(earlier(number=n), DAY) for n in range(1, 7)]),
        lambda: snapshot(records=[sent(earlier(number=n), n * MINUTE) for n in range(1, 6)]),
        lambda: snapshot(stops=frozenset({ENABLED.from_number}), service_stop=False),
        _agreed(environment=Environment.TEST, allow_list=frozenset({RECIPIENT})),
    ],
)
def test_what_no_reason_stops_is_claimed(made: Callable[[], TextSnapshot]) -> None:
    """The nearest neighbours of what is declined."""
    assert isinstance(next_step(made(), NOW), Claim)


@pytest.mark.parametrize(
    ("made", "until", "why"),
    [
        (
            _agreed(status=ConnectionStatus.PENDING_APPROVAL),
            NOW + 2 * MINUTE,
            "connection_not_approved",
        ),
        (lambda: snapshot(paused=True, braked=True), NOW + 2 * MINUTE, PAUSE),
        (lambda: snapshot(braked=True), NOW + 2 * MINUTE, BRAKE),
        (lambda: snapshot(FRESH.held(NOW + SECOND, "slot"), paused=True), NOW + SECOND, "slot"),
    ],
)
def test_a_hold_lets_a_text_wait(
    made: Callable[[], TextSnapshot], until: datetime, why: str
) -> None:
    """Nothing is claimed meanwhile, and what is held is not asked about before its time."""
    assert Wait(until, why) == next_step(made(), NOW)


def test_reminders_are_not_braked() -> None:
    """They were foreseen; a storm is made of other texts."""
    assert isinstance(next_step(_reminder(braked=True), NOW), Claim)


def test_nobody_is_texted_at_night() -> None:
    """A text at 21:30 waits for 08:00 on the patient's wall clock."""
    night = NOW.replace(hour=2, minute=30) + DAY  # 21:30 in Chicago
    later = replace(BOOKED, start=START + 9 * DAY)

    assert Wait(night.replace(hour=13, minute=0), QUIET_HOURS) == next_step(
        snapshot(appointment=later), night
    )


@pytest.mark.parametrize(
    ("records", "template", "first"),
    [
        ((), TemplateName.SCHEDULED, True),
        (
            (sent(earlier(), composed=replace(WORDS, start=START + DAY)),),
            TemplateName.CHANGED,
            False,
        ),
        ((sent(earlier(TextKind.CANCELLATION)),), TemplateName.SCHEDULED, False),
        (
            (sent(earlier(), composed=replace(WORDS, recipient="1-x")),),
            TemplateName.SCHEDULED,
            True,
        ),
        ((sent(earlier(), state=TextState.NOT_SENT),), TemplateName.SCHEDULED, True),
    ],
)
def test_what_a_text_says_follows_from_what_the_number_was_sent(
    records: tuple[TextRecord, ...], template: TemplateName, first: bool
) -> None:
    """The first text to a number says how to stop; a change is told only to who was notified."""
    text = sendable(next_step(snapshot(records=records), NOW))

    assert (template, first) == (text.template, text.first)


def test_a_repeat_says_what_the_claim_said() -> None:
    """Whatever would be said now."""
    step = next_step(snapshot(CLAIM, records=(CLAIM, sent(earlier()))), NOW + MINUTE)

    assert isinstance(step, Repeat)
    assert (step.text.template, step.text.first) == (TemplateName.SCHEDULED, True)


@st.composite
def _records(draw: st.DrawFn) -> TextRecord:
    """Records as they can lie in the table, times up to an hour before now."""
    state = draw(st.sampled_from(list(TextState)))
    claimed = state is TextState.CLAIMED or draw(st.booleans())
    first = draw(st.integers(0, 3600))
    return TextRecord(
        ref=TEXT,
        state=state,
        repeats=draw(st.integers(0, 3)),
        first_sent=NOW - first * SECOND if claimed else None,
        claimed_at=NOW - draw(st.integers(0, first)) * SECOND if claimed else None,
        not_before=draw(st.none() | st.integers(-600, 600).map(lambda s: NOW + s * SECOND)),
    )


def _given(record: TextRecord, suppressed: bool) -> TextSnapshot:
    return snapshot(record, stops=frozenset({"link"} if suppressed else ()))


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(record=_records(), suppressed=st.booleans())
def test_no_step_can_text_twice(record: TextRecord, suppressed: bool) -> None:
    """Never after an outcome, for a fresh claim, beside a reason or out of the window."""
    step = next_step(_given(record, suppressed), NOW)

    assert record.is_final() == isinstance(step, Done)
    assert not (isinstance(step, Claim | Repeat) and suppressed)
    if record.state is TextState.CLAIMED:
        fresh = NOW - (record.claimed_at or NOW) < 30 * SECOND
        assert isinstance(step, Wait | Repeat | GiveUp)
        assert fresh == isinstance(step, Wait)
    if isinstance(step, Repeat):
        assert record.state is TextState.CLAIMED
        assert NOW - record.request_time() < 4 * MINUTE


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(record=_records(), suppressed=st.booleans())
def test_waiting_ends(record: TextRecord, suppressed: bool) -> None:
    """Whoever comes back when told need not wait again."""
    first = next_step(_given(record, suppressed), NOW)

    if isinstance(first, Wait):
        assert first.until > NOW
        assert not isinstance(next_step(_given(record, suppressed), first.until), Wait)
