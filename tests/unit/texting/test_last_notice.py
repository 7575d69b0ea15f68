"""What a number was last told of a visit, and what it is told now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared_code.language.template_names import TemplateName
from shared_code.texting.domain import reasons
from shared_code.texting.domain.holds import CLAIMED
from shared_code.texting.domain.last_notice import last_notice
from shared_code.texting.domain.next_step import Claim, Decline, Wait, next_step
from shared_code.texting.domain.text import (
    DELIVERED,
    FAILED,
    TextKind,
    TextRecord,
    TextState,
)
from tests.unit.texting.test_next_step import FRESH, WORDS, earlier, sent, snapshot
from tests.world.clock import NOW
from tests.world.visit import START

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
A, B, C = START, START + DAY, START + 2 * DAY
SCHEDULED, CHANGED = TemplateName.SCHEDULED, TemplateName.CHANGED


def _told(
    start: datetime | None, state: TextState = TextState.ACCEPTED, delivery: str = ""
) -> TextRecord:
    words = replace(WORDS, start=start)
    return sent(earlier(), state=state, delivery=delivery, composed=words)


def _cancelled(state: TextState = TextState.ACCEPTED, delivery: str = "") -> TextRecord:
    return replace(_told(A, state, delivery), ref=earlier(TextKind.CANCELLATION))


UNKNOWN = TextState.UNKNOWN
TOLD: list[tuple[Sequence[TextRecord], datetime, TemplateName | None]] = [
    ([], A, SCHEDULED),
    ([_told(A)], A, None),
    ([_told(A, delivery=DELIVERED)], A, None),
    ([_told(A)], A + 59 * SECOND, None),
    ([_told(A)], A + 60 * SECOND, CHANGED),
    ([_told(A)], B, CHANGED),
    ([_told(A), _told(B)], A, CHANGED),
    ([_told(A), _told(B)], B, None),
    ([_told(A), _told(B), _told(A)], A, None),
    # a reminder tells the start as well
    ([_told(A), replace(_told(A), ref=earlier(TextKind.REMINDER))], A, None),
    # a record of an earlier release, of whose start the day alone was kept
    ([_told(None)], A, SCHEDULED),
    ([_told(None)], A + MINUTE, SCHEDULED),
    ([_told(None)], B, CHANGED),
    ([_told(A), _told(None)], A, SCHEDULED),
    ([_told(A), _told(None)], B, CHANGED),
    ([_told(None), _told(B)], A, CHANGED),
    ([_told(None), _told(B, UNKNOWN)], A, SCHEDULED),
    ([_told(None), _told(B, UNKNOWN)], C, CHANGED),
    ([_told(None, delivery=FAILED)], B, SCHEDULED),
    ([replace(_told(None), ref=earlier(TextKind.REMINDER))], A, SCHEDULED),
    ([_told(None), _told(A)], A, None),
    # what failed to arrive was never sent
    ([_told(A, delivery=FAILED)], A, SCHEDULED),
    ([_told(A, delivery=FAILED)], B, SCHEDULED),
    ([_told(A), _told(B, delivery=FAILED)], B, CHANGED),
    ([_told(A), _told(B, delivery=FAILED)], A, None),
    # what may have arrived
    ([_told(A, UNKNOWN)], A, SCHEDULED),
    ([_told(A, UNKNOWN)], B, CHANGED),
    ([_told(A), _told(B, UNKNOWN)], B, SCHEDULED),
    ([_told(A), _told(B, UNKNOWN)], A, SCHEDULED),
    ([_told(A), _told(B, UNKNOWN)], C, CHANGED),
    ([_told(A), _told(A, UNKNOWN)], A, None),
    ([_told(B, UNKNOWN), _told(A)], A, None),
    ([replace(_told(A), state=UNKNOWN, in_doubt=True)], A, SCHEDULED),
    # cancellation notices
    ([_told(A), _cancelled()], A, SCHEDULED),
    ([_told(A), _cancelled()], B, SCHEDULED),
    ([_told(A), _cancelled(delivery=FAILED)], A, SCHEDULED),
    ([_told(A), _cancelled(UNKNOWN)], A, SCHEDULED),
    ([_told(A), _cancelled(UNKNOWN)], B, CHANGED),
    ([_told(A), _cancelled(), _told(B)], B, None),
    ([_told(A), _cancelled(), _told(B, UNKNOWN)], B, SCHEDULED),
    ([_told(A), _cancelled(), _told(B)], A, CHANGED),
]


@pytest.mark.parametrize(("notified", "start", "expected"), TOLD)
def test_what_is_said_follows_from_what_was_told_last(
    notified: Sequence[TextRecord], start: datetime, expected: TemplateName | None
) -> None:
    """Nothing to who knows it; *changed* only where nobody can have heard this start last."""
    last = last_notice(notified)

    assert expected == (None if last.knows(start) else last.template(start))


def test_who_knows_the_start_is_not_told_again() -> None:
    """Neither now nor later: the text has its outcome."""
    assert Decline(reasons.ALREADY_TOLD) == next_step(snapshot(records=[_told(A)]), NOW)
    assert Decline(reasons.ALREADY_TOLD) == next_step(
        snapshot(records=[_told(A)], paused=True), NOW
    )


@pytest.mark.parametrize("kind", [TextKind.REMINDER, TextKind.CANCELLATION])
def test_only_a_confirmation_can_be_old_news(kind: TextKind) -> None:
    """A reminder repeats the start on purpose."""
    told = replace(_told(A), ref=earlier())
    step = next_step(
        snapshot(before=TextRecord(replace(FRESH.ref, kind=kind)), records=[told]), NOW
    )

    assert step != Decline(reasons.ALREADY_TOLD)


def test_who_was_told_on_another_number_is_told_on_this_one() -> None:
    """A number that was never told hears *scheduled*."""
    elsewhere = replace(_told(A), composed=replace(WORDS, start=A, recipient="1-x"))
    step = next_step(snapshot(records=[elsewhere]), NOW)

    assert isinstance(step, Claim)
    assert (step.text.template, step.text.first) == (SCHEDULED, True)


def test_a_text_that_failed_to_arrive_told_nobody_how_to_stop() -> None:
    """The next one does."""
    step = next_step(snapshot(records=[_told(B, delivery=FAILED)]), NOW)

    assert isinstance(step, Claim)
    assert (step.text.template, step.text.first) == (SCHEDULED, True)


def test_a_person_may_send_it_again_all_the_same() -> None:
    """A reminder has told the start meanwhile; the person knows better."""
    told = replace(_told(A), ref=earlier(TextKind.REMINDER))
    before = FRESH.claimed("worker-1", NOW - DAY, replace(WORDS, start=A))
    again = before.finished(UNKNOWN, NOW - DAY).sent_again()

    assert isinstance(next_step(snapshot(again, records=[again, told]), NOW), Claim)


@pytest.mark.parametrize(("after", "expected"), [(0, Wait), (29, Wait), (30, Claim)])
def test_a_start_that_is_just_being_told_is_waited_for(after: int, expected: type) -> None:
    """Another version's request is on the wire: its outcome decides."""
    words = replace(WORDS, start=A)
    on_the_wire = TextRecord(earlier()).claimed("worker-2", NOW, words)
    step = next_step(snapshot(records=[on_the_wire]), NOW + after * SECOND)

    assert type(step) is expected
    if isinstance(step, Wait):
        assert Wait(NOW + 30 * SECOND, CLAIMED) == step


def test_another_start_that_is_just_being_told_is_not_waited_for() -> None:
    """Whatever becomes of it, this one has changed."""
    words = replace(WORDS, start=B)
    on_the_wire = TextRecord(earlier()).claimed("worker-2", NOW, words)
    step = next_step(snapshot(records=[on_the_wire]), NOW)

    assert isinstance(step, Claim)
    assert step.text.template == CHANGED


def test_a_request_that_may_be_repeated_is_not_judged_again() -> None:
    """Its words were said, perhaps: the same request is made once more, whatever else was told."""
    claim = FRESH.claimed("worker-1", NOW, replace(WORDS, start=A))
    told = replace(_told(A), ref=earlier(TextKind.REMINDER))
    step = next_step(snapshot(claim, records=[claim, told]), NOW + MINUTE)

    assert type(step).__name__ == "Repeat"
