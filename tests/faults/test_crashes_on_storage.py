"""
The stories of test_crash_points.py on a storage account: some of their crash points, by a seed.

The real tables with their ETags are used, including rate, circuit and counts, which the
installation in memory leaves out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator

import pytest

from local import processes
from local.azurite import emulator
from shared_code.errors import NotStored
from tests.faults import endings, stories
from tests.faults.stored import SharedAccount, StoredWorld
from tests.faults.stories import ONE_TEXT, SEVERAL_EVENTS, TWO_TEXTS, Story
from tests.world.machine import MINUTE, Crash, CrashPoint, Machine

POINTS = 6
"""Crash points of each of nine stories."""
DAYS = (0, 1, 8, 32, 64, 181, 200)
"""Days after the grace period: on each of them something is erased."""


@pytest.fixture(scope="module")
def account() -> Iterator[SharedAccount]:
    """Start an emulator only for these stories: they leave hundreds of tables."""
    storage = emulator.start(processes.node(), None)
    shared = SharedAccount(storage.connection_string)
    yield shared
    shared.close()
    storage.stop()


def _machine(account: SharedAccount, minutes: int = 0) -> Machine:
    account.installation += 1
    return Machine(minutes * MINUTE, StoredWorld(account=account), skips=True)


def _crashes(calls: int, chance: random.Random) -> Iterator[tuple[CrashPoint, int]]:
    for number in sorted(chance.sample(range(1, calls + 1), POINTS)):
        error = chance.choice([Crash, NotStored])
        yield CrashPoint(number, chance.random() < 0.5, error), chance.choice([0, 10])


def _failures(
    story: Story,
    account: SharedAccount,
    wrong: Callable[[Machine], Iterable[str]],
) -> list[str]:
    calls, chance = stories.calls(story, _machine(account)), random.Random(story.__name__)
    failures = []
    for crash, minutes in _crashes(calls, chance):
        machine = stories.play(story, crash, _machine(account, minutes))
        found = [*wrong(machine), *endings.left(machine, DAYS)]
        where = f"{crash.error.__name__} at {crash.number} {crash.died_at}, {minutes} minutes"
        failures += [f"{where}: {what}" for what in found]
    return failures


@pytest.mark.parametrize("story", ONE_TEXT)
def test_one_text_is_sent_once_and_nothing_is_left(story: Story, account: SharedAccount) -> None:
    """Accepted and settled; in the end every table is empty."""
    assert _failures(story, account, endings.one_text) == []


@pytest.mark.parametrize("story", SEVERAL_EVENTS)
def test_a_longer_story_ends_like_the_story(story: Story, account: SharedAccount) -> None:
    """The result is the same as without a crash; no version is texted twice."""
    measure = endings.end(stories.play(story, CrashPoint(0, after=False), _machine(account)))

    assert _failures(story, account, lambda machine: endings.like(measure, machine)) == []


@pytest.mark.parametrize(("story", "said"), TWO_TEXTS)
def test_a_cancellation_notice_or_a_reminder_is_said_once(
    story: Story, said: list[str], account: SharedAccount
) -> None:
    """It is sent after the first text, never instead of it."""
    assert _failures(story, account, lambda machine: endings.two_texts(machine, said)) == []
