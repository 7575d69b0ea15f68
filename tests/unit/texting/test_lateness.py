"""When a text could go, what counts as late, and which text is an orphan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.agenda.domain import Duty
from shared_code.appointments.domain import Appointment, EventOrder, Status, Version
from shared_code.connections.domain import Connection
from shared_code.texting.domain.plan import CLAIM_CHECK, REMINDER, SEND, SETTLE, could_go_at
from shared_code.texting.domain.text import TextKind, TextRecord, TextRef, TextState
from shared_code.texting.flows.counting import seconds_late
from shared_code.texting.flows.duties import is_orphan
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.events import applied, incoming
from tests.world.visit import REF, START

DELAY = timedelta(seconds=30)
TEXT = TextRef(REF, Version(1, "3fa9c1d2"), TextKind.CONFIRMATION, 0, START.date())
READY = TextRecord(TEXT, TextState.READY)
CLAIMED = replace(READY, state=TextState.CLAIMED, claimed_at=NOW, first_sent=NOW)
PAUSED = replace(READY, held_by="pause", not_before=NOW)
REMINDING = connection(sms=replace(ENABLED, reminders=(60, 1440)))


def _could_go(
    appointment: Appointment,
    kind: TextKind = TextKind.CONFIRMATION,
    offset: int = 0,
    where: Connection = REMINDING,
) -> datetime:
    ref = TextRef(appointment.ref, appointment.version, kind, offset, START.date())
    return could_go_at(ref, appointment, where, DELAY)


def test_a_confirmation_could_go_when_corrections_had_their_time() -> None:
    """The newest event's arrival and the delay; when it was made does not matter."""
    booked = applied(None, incoming(arrival=NOW + timedelta(minutes=3)))

    assert _could_go(booked) == NOW + timedelta(minutes=3) + DELAY


def test_an_older_event_that_comes_last_makes_its_text_possible_only_then() -> None:
    """A cancellation: before it arrived nobody could know, and then it waits for no corrections."""
    booked = applied(None, incoming("S12", number=1))
    arrival = NOW + timedelta(hours=2)
    ended = EventOrder(NOW - timedelta(minutes=1), None, arrival)
    cancelled = replace(booked, ended=ended, ended_as=Status.CANCELLED)

    assert _could_go(cancelled, TextKind.CANCELLATION) == arrival


def test_what_comes_at_night_could_go_in_the_morning() -> None:
    """Eight o'clock on the patient's wall clock: 03:00 in Chicago is 08:00 UTC in June."""
    booked = applied(None, incoming(arrival=datetime(2026, 6, 2, 8, tzinfo=UTC)))

    assert _could_go(booked) == datetime(2026, 6, 2, 13, tzinfo=UTC)


def test_a_reminder_could_go_at_its_moment() -> None:
    """Not when its visit was booked, and without the delay for corrections."""
    booked = applied(None, incoming())

    assert _could_go(booked, TextKind.REMINDER, 60) == START - timedelta(hours=1)


def test_a_reminder_whose_moment_had_passed_could_go_within_a_minute() -> None:
    """Where no confirmation is sent the nearest one goes at once, by the agenda's next run."""
    arrival = START - timedelta(hours=3)
    booked = applied(None, incoming(arrival=arrival))

    assert _could_go(booked, TextKind.REMINDER, 1440) == arrival + timedelta(minutes=1)


def test_without_a_start_there_is_no_night() -> None:
    """No such text is sent; the answer is still a time."""
    booked = replace(applied(None, incoming()), start=None)

    assert _could_go(booked) == NOW + DELAY


@pytest.mark.parametrize(("seconds", "late"), [(-5, 0), (0, 0), (60, 0), (60.4, 60), (61, 61)])
def test_a_minute_is_still_punctual(seconds: float, late: int) -> None:
    """Late is what was accepted more than sixty seconds after it could go."""
    assert seconds_late(NOW, NOW + timedelta(seconds=seconds)) == late


@pytest.mark.parametrize("duty", [SETTLE, CLAIM_CHECK])
def test_a_claim_that_nobody_touches_is_found_by_its_check_alone(duty: Duty) -> None:
    """Both duties look at it in the same minutes; it is one orphan."""
    later = NOW + timedelta(minutes=1)

    assert is_orphan(CLAIMED, duty, later) is (duty == CLAIM_CHECK)


@pytest.mark.parametrize("record", [None, READY, PAUSED])
@pytest.mark.parametrize("duty", [SETTLE, CLAIM_CHECK, SEND, REMINDER])
def test_a_text_that_nobody_began_is_found_by_settle_alone(
    record: TextRecord | None, duty: Duty
) -> None:
    """`send` and a reminder bring the first hint themselves."""
    later = NOW + timedelta(minutes=1)

    assert is_orphan(record, duty, later) is (duty == SETTLE)


@pytest.mark.parametrize(("record", "duty"), [(PAUSED, SETTLE), (CLAIMED, CLAIM_CHECK)])
def test_a_hint_that_may_be_on_its_way_is_no_orphan(record: TextRecord, duty: Duty) -> None:
    """It comes back thirty seconds after a claim, and when its hold ends."""
    assert not is_orphan(record, duty, NOW + timedelta(seconds=40))
    assert is_orphan(record, duty, NOW + timedelta(seconds=59))
