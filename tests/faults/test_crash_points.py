"""
A worker may die before or after any call that it makes, and the result is the same.

The story is played once to count its port calls, then once more for each of them, before and after.
A queue delivers at least once: only the work in progress returns. Calls of the HL7 endpoint are
crash points too: a sender without an answer sends again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from shared_code.errors import NotStored
from shared_code.language.template_names import TemplateName
from tests.faults import endings, stories
from tests.faults.stories import ONE_TEXT, SEVERAL_EVENTS, TWO_TEXTS, Story
from tests.support.figures import WHOLE
from tests.world.machine import MINUTE, Crash, CrashPoint, Machine
from tests.world.visit import GRACE, START

troubles = pytest.mark.parametrize("error", [Crash, NotStored])
either = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
redelivered = pytest.mark.parametrize("minutes", [0, 10], ids=["at_once", "late"])


def _failures(
    story: Story,
    minutes: int,
    points: Iterable[CrashPoint],
    wrong: Callable[[Machine], Iterable[str]],
) -> list[str]:
    failures = []
    for crash in points:
        machine = stories.play(story, crash, Machine(minutes * MINUTE))
        found = [*wrong(machine), *endings.left(machine)]
        failures += [f"{crash.number} {crash.died_at}: {what}" for what in found]
    return failures


def _points(story: Story, error: type[BaseException], *, after: bool) -> list[CrashPoint]:
    numbers = range(1, stories.calls(story, Machine()) + 1)
    return [CrashPoint(number, after, error) for number in numbers]


@troubles
@either
@redelivered
@pytest.mark.parametrize("story", ONE_TEXT)
def test_a_crash_at_any_call_changes_nothing_in_the_end(
    story: Story, minutes: int, error: type[BaseException], *, after: bool
) -> None:
    """One text, accepted and settled; no phone after the grace; in the end nothing is left."""
    points = _points(story, error, after=after)

    assert _failures(story, minutes, points, endings.one_text) == []


@troubles
@either
@redelivered
@pytest.mark.parametrize("story", SEVERAL_EVENTS)
def test_a_crash_in_a_longer_story_ends_like_the_story(
    story: Story, minutes: int, error: type[BaseException], *, after: bool
) -> None:
    """
    The same row, the same problems of the message, no version texted twice. Together these tests
    know every call; in `make test` each of them plays every second one.
    """
    measure = endings.end(stories.play(story, CrashPoint(0, after=False), Machine()))
    points = _points(story, error, after=after)
    if not WHOLE:
        points = points[(minutes > 0) ^ after ^ (error is NotStored) :: 2]

    assert _failures(story, minutes, points, lambda m: endings.like(measure, m)) == []


@either
@pytest.mark.parametrize(("story", "said"), TWO_TEXTS)
def test_a_crash_costs_minutes_and_never_a_second_text(
    story: Story, said: list[TemplateName], *, after: bool
) -> None:
    """Cancellation notices and reminders go out once, and the phone of a notice goes with it."""
    points = _points(story, Crash, after=after)

    assert _failures(story, 10, points, lambda m: endings.two_texts(m, said)) == []


@either
def test_no_phone_is_left_after_the_grace(*, after: bool) -> None:
    """Wherever the agenda's worker dies while it erases."""
    for number in range(1, 12):
        machine = Machine()
        stories.booked(machine)
        for _ in range(6):
            machine.tick()
        crash = CrashPoint(number, after=after)
        machine.world.line.before, machine.world.line.after = crash.before_call, crash.after_call
        machine.world.clock.now = START + GRACE
        for _ in range(3):
            machine.tick()

        assert [row.texting.phone for row in machine.world.appointments.rows.values()] == [None]


def test_the_story_without_a_crash_is_the_measure() -> None:
    """It sends one text without a crash and has enough calls to die at."""
    crash = CrashPoint(0, after=False)
    machine = stories.play(stories.booked, crash, Machine())

    assert (crash.died_at, len(machine.world.service.executed)) == ("", 1)
    assert stories.calls(stories.booked, Machine()) > 30
