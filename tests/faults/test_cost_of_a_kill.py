"""
What a killed worker costs: some minutes, measured to the minute, and never the text.

A worker dies once, before or after any of its calls, and its message stays hidden for ten minutes,
as on the host. Once an appointment is committed, no text waits for that message: the agenda finds
the remaining work. Before that, only the message holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from shared_code.texting.domain.text import TextKind, TextRef, TextState
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.machine import MINUTE, Crash, CrashPoint, Machine
from tests.world.messages import siu
from tests.world.visit import WALL

HIDDEN = 10 * MINUTE
COSTS = 3 * MINUTE
"""The most once the text is on the agenda, which checks it after two minutes, rounded up."""
COSTS_BEFORE_COMMIT = HIDDEN
SOON = WALL.replace(day=1, hour=10, minute=0)
"""An hour after NOW, with a reminder after half of it."""
COMMITS = ("appointments.insert", "appointments.replace")


@dataclass(frozen=True, slots=True)
class Story:
    """A text and what leads to it: a booking, that many quiet minutes, a message."""

    kind: TextKind
    version: int
    quiet: int
    message: bytes = b""


def _message(trigger: str, quiet: int, **said: str) -> bytes:
    return siu(trigger, NOW + quiet * MINUTE, start_local=SOON, **said)


STORIES = {
    "confirmation": Story(TextKind.CONFIRMATION, 1, 0, _message("S12", 0)),
    "change": Story(TextKind.CONFIRMATION, 2, 5, siu("S14", NOW + 5 * MINUTE, start_local=WALL)),
    "cancellation": Story(TextKind.CANCELLATION, 2, 5, _message("S15", 5)),
    "no longer virtual": Story(
        TextKind.NO_LONGER_VIRTUAL, 2, 5, _message("S14", 5, visit_code="1001")
    ),
    "reminder": Story(TextKind.REMINDER, 1, 27),
}


@dataclass
class Play:
    """One story with one kill."""

    crash: CrashPoint
    second: int = 1
    """The second of every minute in which the timer fires: with 1 a row is due just after it."""
    machine: Machine = field(default_factory=lambda: Machine(HIDDEN))
    posted: dict[tuple[TextKind, int], datetime] = field(default_factory=dict)
    """When each text first reached the service."""
    committed_at: int = 0
    """The number of the call that committed the message, 0 if there was none."""
    posted_at: int = 0
    """The number of the call that posted the text."""

    def run(self, story: Story) -> Play:
        """Play the quiet part, the message, and what follows from it."""
        world, machine = self.machine.world, self.machine
        world.configure(connection(sms=replace(ENABLED, reminders=(30,))))
        world.clock.advance(seconds=self.second)
        world.line.after = self._after
        if story.quiet:
            machine.deliver(_message("S12", 0))
            machine.wait(story.quiet)
        world.line.before = self._before
        if story.message:
            machine.deliver(story.message)
            machine.work()
        machine.wait(14)
        return self

    def _before(self, call: str) -> None:
        self.crash.before_call(call)
        if call in COMMITS and not self.committed_at:
            self.committed_at = self.crash.calls
        if call == "sender.send" and not self.posted_at:
            self.posted_at = self.crash.calls

    def _after(self, call: str) -> None:
        if call == "sender.send":
            ref = TextRef.parse(self.machine.world.service.posts[-1].tag)
            self.posted.setdefault((ref.kind, ref.version.counter), self.machine.world.clock())
        self.crash.after_call(call)


def _late(play: Play, calm: Play, story: Story) -> timedelta | None:
    """Return how much later the text was sent than without the kill; None if it never was."""
    text = (story.kind, story.version)
    return play.posted[text] - calm.posted[text] if text in play.posted else None


def _allowed(crash: CrashPoint, calm: Play, story: Story) -> timedelta:
    last = calm.committed_at if crash.after else calm.committed_at + 1
    return COSTS_BEFORE_COMMIT if story.message and crash.number < last else COSTS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", STORIES)
def test_a_kill_costs_three_minutes_once_the_agenda_knows(name: str, *, after: bool) -> None:
    """A kill at every call of the story: late by minutes, and in the end sent once and accepted."""
    story = STORIES[name]
    calm = Play(CrashPoint(0, after=False)).run(story)
    failures, costs = [], set[timedelta]()
    for number in range(1, calm.crash.calls + 1):
        crash = CrashPoint(number, after, Crash)
        play = Play(crash).run(story)
        late, world = _late(play, calm, story), play.machine.world
        where = f"{number} {crash.died_at}"
        if late is None or late > _allowed(crash, calm, story):
            failures.append(f"{where}: late by {late}")
        if {each.state for each in world.texts.rows.values()} != {TextState.ACCEPTED}:
            failures.append(f"{where}: not accepted")
        if len(world.service.executed) != len(calm.machine.world.service.executed):
            failures.append(f"{where}: {len(world.service.executed)} texts")
        costs.add(late or timedelta(0))

    assert failures == []
    assert timedelta(0) < max(costs)


@pytest.mark.parametrize(("second", "minutes"), [(0, 1), (1, 2), (59, 1)])
@pytest.mark.parametrize("name", STORIES)
def test_a_kill_before_the_post_costs_two_minutes_and_never_the_text(
    name: str, second: int, minutes: int
) -> None:
    """The worker dies after its claim: another one posts when the check of the claim is due."""
    story = STORIES[name]
    calm = Play(CrashPoint(0, after=False), second).run(story)
    play = Play(CrashPoint(calm.posted_at, after=False), second).run(story)

    assert play.crash.died_at == "sender.send"
    assert _late(play, calm, story) == minutes * MINUTE
    assert len(play.machine.world.service.executed) == len(calm.machine.world.service.executed)
