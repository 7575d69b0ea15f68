"""The life of a claim: who may post, repeat, must wait or gives up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.appointments.domain import Version
from shared_code.errors import Reason
from shared_code.language.template_names import TemplateName
from shared_code.texting.domain import claims
from shared_code.texting.domain.claims import Plan, Step, plan
from shared_code.texting.domain.reasons import SUPERSEDED
from shared_code.texting.domain.text import (
    FINAL,
    Composed,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
)
from tests.world.clock import NOW
from tests.world.visit import REF, START

TEXT = TextRef(REF, Version(1, "3fa9c1d2"), TextKind.CONFIRMATION, 0, START.date())
SECOND = timedelta(seconds=1)
OBSTACLE = SUPERSEDED
WORDS = Composed(TemplateName.SCHEDULED, True, "1-recipient", "hash", 2)
CLAIMED = claims.claim(None, TEXT, "worker-1", NOW, WORDS)
READY = claims.reset(CLAIMED, NOW + 60 * SECOND)
TAKEN = claims.take_over(CLAIMED, "worker-2", NOW + 31 * SECOND)


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("obstacle", [None, OBSTACLE])
def test_an_outcome_is_the_end(state: TextState, obstacle: Reason | None) -> None:
    """Whatever else is true."""
    ended = claims.finish(CLAIMED, state, NOW)

    assert Plan(Step.NOTHING) == plan(ended, obstacle, NOW + timedelta(days=1))


@pytest.mark.parametrize("record", [None, TextRecord(TEXT, TextState.READY)])
def test_what_nobody_claimed_is_claimed_or_declined(record: TextRecord | None) -> None:
    """An obstacle is the reason why it was not sent."""
    assert Plan(Step.CLAIM) == plan(record, None, NOW)
    assert Plan(Step.DECLINE) == plan(record, OBSTACLE, NOW)


@pytest.mark.parametrize(
    ("record", "obstacle", "after", "expected"),
    [
        (CLAIMED, None, 0, Plan(Step.WAIT, 30 * SECOND)),
        (CLAIMED, None, 29, Plan(Step.WAIT, SECOND)),
        (CLAIMED, OBSTACLE, 29, Plan(Step.WAIT, SECOND)),
        (CLAIMED, None, 30, Plan(Step.REPEAT)),
        (CLAIMED, None, 239, Plan(Step.REPEAT)),
        (CLAIMED, None, 240, Plan(Step.GIVE_UP)),
        (CLAIMED, None, 10_000, Plan(Step.GIVE_UP)),
        (CLAIMED, OBSTACLE, 30, Plan(Step.GIVE_UP)),
        (CLAIMED, OBSTACLE, 239, Plan(Step.GIVE_UP)),
        (TAKEN, None, 31, Plan(Step.WAIT, 30 * SECOND)),
        (TAKEN, None, 61, Plan(Step.REPEAT)),
        (TAKEN, None, 240, Plan(Step.GIVE_UP)),
        (READY, None, 0, Plan(Step.WAIT, 60 * SECOND)),
        (READY, None, 59, Plan(Step.WAIT, SECOND)),
        (READY, None, 60, Plan(Step.CLAIM)),
        (READY, None, 10_000, Plan(Step.CLAIM)),
        (READY, OBSTACLE, 0, Plan(Step.DECLINE)),
        (READY, OBSTACLE, 60, Plan(Step.DECLINE)),
        (replace(READY, not_before=None), None, 0, Plan(Step.CLAIM)),
    ],
)
def test_a_claim_belongs_to_its_maker_then_to_anybody_then_to_nobody(
    record: TextRecord, obstacle: Reason | None, after: int, expected: Plan
) -> None:
    """30 seconds, then the same request for four minutes, then a person."""
    assert expected == plan(record, obstacle, NOW + after * SECOND)


@pytest.mark.parametrize("before", [None, READY])
def test_what_is_held_is_not_asked_about_before_its_time(before: TextRecord | None) -> None:
    """Whether or not it was ever claimed; an obstacle ends it at once."""
    waiting = claims.held(before, TEXT, NOW + 60 * SECOND, "quiet_hours")

    assert Plan(Step.WAIT, 20 * SECOND) == plan(waiting, None, NOW + 40 * SECOND)
    assert Plan(Step.CLAIM) == plan(waiting, None, NOW + 60 * SECOND)
    assert Plan(Step.DECLINE) == plan(waiting, OBSTACLE, NOW)


def test_only_a_slot_is_remembered_and_only_while_it_lasts() -> None:
    """Another hold keeps it; the claim uses it up."""
    begins = NOW + 10 * SECOND
    booked = claims.held(None, TEXT, begins, claims.SLOT)
    paused = claims.held(booked, TEXT, NOW + 90 * SECOND, "pause")
    claimed = claims.claim(booked, TEXT, "worker-1", begins, WORDS)

    assert [claims.has_slot(booked, NOW + n * SECOND) for n in (9, 10, 15, 16)] == [
        False,
        True,
        True,
        False,
    ]
    assert (paused.slot, paused.not_before) == (begins, NOW + 90 * SECOND)
    assert (claimed.slot, claimed.not_before, claimed.held_by) == (None, None, "")


def test_a_claim_is_a_request_to_the_second() -> None:
    """That is all an HTTP date can say; the time of the claim is kept exactly."""
    now = NOW.replace(microsecond=987_654)
    made = claims.claim(None, TEXT, "worker-1", now, WORDS)

    assert (NOW, now, "worker-1", WORDS) == (
        made.first_sent,
        made.claimed_at,
        made.claimed_by,
        made.composed,
    )


def test_taking_over_repeats_the_same_request() -> None:
    """Only the worker and the count differ."""
    assert (CLAIMED.first_sent, CLAIMED.resets, CLAIMED.composed) == (
        TAKEN.first_sent,
        TAKEN.resets,
        TAKEN.composed,
    )
    assert (TAKEN.claimed_by, TAKEN.repeats) == ("worker-2", 1)


def test_a_reset_text_becomes_a_new_request() -> None:
    """Another count and another first_sent, so that the service sees something new."""
    again = claims.claim(READY, TEXT, "worker-2", NOW + 60 * SECOND, WORDS)

    assert (READY.state, again.state) == (TextState.READY, TextState.CLAIMED)
    assert (again.resets, again.first_sent) == (1, NOW + 60 * SECOND)


@st.composite
def _records(draw: st.DrawFn) -> TextRecord:
    """Records as they can lie in the table, times up to an hour before now."""
    first = draw(st.none() | st.integers(0, 3600))
    return TextRecord(
        ref=TEXT,
        state=draw(st.sampled_from(list(TextState))),
        repeats=draw(st.integers(0, 3)),
        first_sent=None if first is None else NOW - first * SECOND,
        claimed_at=None if first is None else NOW - draw(st.integers(0, first)) * SECOND,
        not_before=draw(st.none() | st.integers(-600, 600).map(lambda s: NOW + s * SECOND)),
    )


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(record=_records(), obstacle=st.sampled_from([None, OBSTACLE]))
def test_no_plan_can_text_twice(record: TextRecord, obstacle: Reason | None) -> None:
    """Never after an outcome, for a fresh claim, beside an obstacle or out of the window."""
    step = plan(record, obstacle, NOW).step
    posts = step in (Step.CLAIM, Step.REPEAT)
    claimed = record.state is TextState.CLAIMED and record.claimed_at is not None

    assert record.is_final() == (step is Step.NOTHING)
    assert not (posts and obstacle)
    if claimed and record.claimed_at and record.first_sent:
        assert step is not Step.CLAIM
        assert step is not Step.DECLINE
        assert (NOW - record.claimed_at < 30 * SECOND) == (step is Step.WAIT)
        assert not (step is Step.REPEAT and NOW - record.first_sent >= timedelta(minutes=4))
    if step is Step.REPEAT:
        assert claimed


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(record=_records(), obstacle=st.sampled_from([None, OBSTACLE]))
def test_waiting_ends(record: TextRecord, obstacle: Reason | None) -> None:
    """Whoever comes back when told need not wait again."""
    first = plan(record, obstacle, NOW)

    if first.step is Step.WAIT:
        assert timedelta(0) < first.wait
        assert Step.WAIT is not plan(record, obstacle, NOW + first.wait).step
