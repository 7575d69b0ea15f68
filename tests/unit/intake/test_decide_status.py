"""What each trigger makes of an appointment, known or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.appointments.domain import Status
from shared_code.hl7.schedule_event import BLOCKS, SUPPORTED
from shared_code.intake.domain.decide import Decision
from tests.world.clock import NOW
from tests.world.events import applied, decided, incoming, wall
from tests.world.visit import KEY, OTHER_PHONE, PHONE, REF, START

LATER = NOW + timedelta(minutes=5)
LATEST = NOW + timedelta(minutes=10)
ACTIVE, CANCELLED, CLOSED = Status.ACTIVE, Status.CANCELLED, Status.CLOSED
CANCELLING = ("S15", "S16", "S17")
RESOURCES = ("S18", "S19", "S20", "S21", "S22")
OF_AN_UNKNOWN_KEY = {
    **dict.fromkeys(("S12", "S13", "S14", *RESOURCES), ACTIVE),
    **dict.fromkeys(CANCELLING, CANCELLED),
    "S26": CLOSED,
}
OF_AN_ACTIVE_ONE = OF_AN_UNKNOWN_KEY


def test_every_supported_event_is_in_the_tables_of_this_file() -> None:
    """So that a new one cannot be forgotten here."""
    assert set(OF_AN_UNKNOWN_KEY) == SUPPORTED - BLOCKS


@pytest.mark.parametrize(("trigger", "status"), OF_AN_UNKNOWN_KEY.items())
def test_every_event_of_an_unknown_key_creates_the_row(trigger: str, status: Status) -> None:
    """
    Cancel and no-show included, so that an older booking that comes later changes nothing but what
    the row remembers of it.
    """
    state = applied(None, incoming(trigger))

    assert (REF, KEY, status, 1) == (state.ref, state.key, state.status, state.version.counter)
    assert state.start == START
    late = decided(state, incoming("S12", NOW - timedelta(minutes=1), number=2))
    after = late.appointment or state
    assert (late.agenda, late.texts, late.problems) == ((), (), ())
    assert state == replace(after, booked=state.booked, recent_events=state.recent_events)


@pytest.mark.parametrize(("trigger", "status"), OF_AN_ACTIVE_ONE.items())
def test_an_active_appointment_takes_every_event(trigger: str, status: Status) -> None:
    """
    S13, S14 and S18 to S22 keep it active, S15 to S17 cancel it and keep the phone for the
    cancellation notice, S26 closes it and is silent. Only what is active reads a new phone.
    """
    new = incoming(trigger, LATER, number=2, phone=OTHER_PHONE)
    state = applied(applied(None, incoming()), new)

    assert status == state.status
    assert {ACTIVE: OTHER_PHONE, CANCELLED: PHONE, CLOSED: None}[status] == state.texting.phone


@pytest.mark.parametrize("trigger", sorted(BLOCKS))
def test_blocked_slots_change_nothing(trigger: str) -> None:
    """S23 and S24 belong to no patient."""
    assert Decision() == decided(None, incoming(trigger))
    assert Decision() == decided(applied(None, incoming()), incoming(trigger, LATER, number=2))


@pytest.mark.parametrize("cancel", CANCELLING)
@pytest.mark.parametrize("trigger", ["S14", *RESOURCES, *CANCELLING])
def test_a_cancelled_appointment_stays_cancelled(cancel: str, trigger: str) -> None:
    """A newer change is no new booking; it brings no phone and takes none from the notice."""
    cancelled = applied(applied(None, incoming()), incoming(cancel, LATER, number=2))
    for phone in (PHONE, None):  # before and after the cancellation text had its outcome
        before = cancelled.with_phone(phone)
        state = applied(before, incoming(trigger, LATEST, number=3, phone=OTHER_PHONE))

        assert (CANCELLED, phone, cancelled.version) == (
            state.status,
            state.texting.phone,
            state.version,
        )


def test_a_no_show_of_a_cancelled_appointment_does_not_make_it_active() -> None:
    """Only a newer S12 or S13 does; the version stays as well."""
    cancelled = applied(applied(None, incoming()), incoming("S15", LATER, number=2))
    after = applied(cancelled, incoming("S26", LATEST, number=3))

    assert after.status is not ACTIVE
    assert (cancelled.version, None) == (after.version, after.texting.phone)


@pytest.mark.parametrize("over", ["S15", "S26"])
@pytest.mark.parametrize("trigger", ["S12", "S13"])
def test_a_newer_booking_makes_it_active_again(over: str, trigger: str) -> None:
    """With a new version and the phone of the booking."""
    ended = applied(applied(None, incoming()), incoming(over, LATER, number=2))
    state = applied(ended, incoming(trigger, LATEST, number=3))

    assert (state.status, state.texting.phone, state.version.counter) == (ACTIVE, PHONE, 3)


@pytest.mark.parametrize("over", ["S15", "S26"])
@pytest.mark.parametrize("trigger", ["S12", "S13"])
def test_an_older_booking_leaves_it_as_it_is(over: str, trigger: str) -> None:
    """It was sent before the cancel, however late it comes."""
    ended = applied(None, incoming(over, LATER))
    late = incoming(trigger, NOW, number=2, arrival=LATEST)

    assert Decision() == decided(ended, late)


@pytest.mark.parametrize("trigger", ["S14", *RESOURCES])
def test_a_closed_appointment_is_not_reopened_by_a_change(trigger: str) -> None:
    """A no-show stays one until it is booked anew."""
    closed = applied(applied(None, incoming()), incoming("S26", LATER, number=2))

    assert applied(closed, incoming(trigger, LATEST, number=3)).status == CLOSED


@pytest.mark.parametrize("trigger", RESOURCES)
def test_a_resource_change_that_moves_the_start_counts_as_a_change(trigger: str) -> None:
    """S18 to S22 carry a whole appointment: the new start makes a new version."""
    booked = applied(None, incoming())
    moved = incoming(trigger, LATER, number=2, start=wall(START + timedelta(days=1)))
    state = applied(booked, moved)

    assert (START + timedelta(days=1), 2) == (state.start, state.version.counter)
