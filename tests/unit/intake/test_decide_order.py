"""Repeated and older events, ties, and what a row remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from shared_code.appointments.domain import REMEMBERED_EVENTS, Status
from shared_code.intake.domain.decide import Decision
from tests.world.clock import NOW
from tests.world.events import applied, decided, incoming, played, wall
from tests.world.visit import START

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("trigger", ["S12", "S14", "S15", "S26"])
def test_a_repeated_event_changes_nothing(trigger: str) -> None:
    """However late it is repeated, and even where a tie would win."""
    state = applied(None, incoming(trigger))

    assert Decision() == decided(state, incoming(trigger))
    assert Decision() == decided(state, incoming(trigger, arrival=NOW + timedelta(days=2)))


def test_an_event_is_known_while_it_is_among_the_last_twenty() -> None:
    """Repeats of every remembered event change nothing; the row remembers no more."""
    events = [incoming("S14", NOW + n * MINUTE, number=n) for n in range(25)]
    state = played(*events)

    assert tuple(each.event_hash for each in events[-20:]) == state.recent_events
    assert len(state.recent_events) == REMEMBERED_EVENTS
    assert all(Decision() == decided(state, each) for each in events)


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S18"])
def test_an_older_event_that_says_nothing_new_changes_nothing(trigger: str) -> None:
    """Not even the memory of the row, wherever in time it arrives."""
    state = applied(None, incoming("S12"))
    older = incoming(trigger, NOW - MINUTE, number=2, arrival=NOW + timedelta(hours=1))

    assert Decision() == decided(state, older)


@pytest.mark.parametrize("trigger", ["S15", "S16", "S17", "S26"])
def test_of_an_older_end_only_the_memory_stays(trigger: str) -> None:
    """Nothing is texted, reported or put on the agenda."""
    state = applied(None, incoming("S12"))
    decision = decided(
        state, incoming(trigger, NOW - MINUTE, number=2, arrival=NOW + timedelta(hours=1))
    )
    after = decision.appointment

    assert after is not None
    assert decision == Decision(after)
    assert state == replace(
        after,
        ended=None,
        ended_as=None,
        said=state.said,
        recent_events=state.recent_events,
    )


@pytest.mark.parametrize(
    ("known", "new", "status"),
    [
        ("S12", "S15", Status.CANCELLED),
        ("S15", "S12", Status.CANCELLED),
        ("S15", "S14", Status.CANCELLED),
        ("S14", "S17", Status.CANCELLED),
        ("S26", "S16", Status.CANCELLED),
    ],
)
def test_a_cancel_wins_a_tie(known: str, new: str, status: Status) -> None:
    """Whichever of the two was read first."""
    state = played(incoming(known), incoming(new, number=2))

    assert status == state.status


def test_between_two_changes_of_one_moment_the_first_read_stays() -> None:
    """Nothing tells them apart, and a flip-flop would text for nothing."""
    state = applied(None, incoming())

    assert Decision() == decided(state, incoming("S14", number=2, start=wall(START + MINUTE)))


def test_in_one_second_the_control_id_decides() -> None:
    """Epic numbers its messages."""
    second = incoming("S14", number=2, control_id="1000242", start=wall(START + MINUTE))
    first = incoming("S12", number=1, control_id="1000241")

    assert played(first, second).start == START + MINUTE
    assert played(second, first).start == START + MINUTE


def test_the_order_of_the_row_never_goes_back() -> None:
    """Each event that changed the row was newer than the one before."""
    minutes = [0, 5, 3, 9, 9, 2, 12]
    events = [incoming("S14", NOW + m * MINUTE, number=n) for n, m in enumerate(minutes)]
    states = [played(*events[: n + 1]) for n in range(len(events))]

    assert all(not one.order.is_after(other.order, ties=False) for one, other in pairwise(states))
    assert states[-1].order.moment == 12 * MINUTE + NOW
