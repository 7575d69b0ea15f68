"""Hours in which the SMS service sends nothing: few retries, and no storm afterwards."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import NotSent
from tests.world.visit import START
from tests.world.world import World

HOURS = 3
STORM = 1_000


@dataclass
class Outage:
    """The queue delivers within two seconds of the time, in any order; the timer fires as ever."""

    world: World
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    asleep: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)
    most: int = 0

    def last(self, hours: float) -> None:
        """In steps of a quarter of a minute."""
        for step in range(int(hours * 240)):
            self.world.clock.advance(seconds=15)
            if step % 4 == 3:
                self.world.run_agenda()
            self._collect()
            awake = [item for item in self.asleep if item[0] <= self.world.clock()]
            self.asleep = [item for item in self.asleep if item[0] > self.world.clock()]
            self.chance.shuffle(awake)
            for _, work in awake:
                self.world.send(work)
            self._collect()
            if len(self.world.service.posts) > STORM:
                pytest.fail(f"a storm of more than {STORM} requests")
            self.most = max(self.most, len(self.asleep))

    def _collect(self) -> None:
        for work, delay in self.world.take(SMS_OUTBOUND):
            late = timedelta(seconds=delay + self.chance.choice([0, 1, 2]))
            self.asleep.append((self.world.clock() + late, work))


def _outage(retry_after: int | None) -> Outage:
    world = World()
    world.apply()
    world.service.usual = NotSent(retry_after)
    outage = Outage(world)
    outage.last(HOURS)
    return outage


@pytest.mark.parametrize("retry_after", [None, -1, 0, 1, 30, 600, 86_400])
def test_hints_do_not_multiply(retry_after: int | None) -> None:
    """The agenda asks every two minutes, yet few hints of one text live at a time."""
    assert _outage(retry_after).most <= 3


@pytest.mark.parametrize("retry_after", [None, -1, 0, 1])
def test_a_service_that_says_at_once_is_not_taken_at_its_word_for_ever(
    retry_after: int | None,
) -> None:
    """Attempts get further apart however short its Retry-After: here at most one in two minutes."""
    assert len(_outage(retry_after).world.service.posts) <= HOURS * 30


@pytest.mark.parametrize("retry_after", [None, 0, 30, 600])
def test_after_the_outage_the_text_goes_within_minutes(retry_after: int | None) -> None:
    """Once, and nothing is left of the hints."""
    outage = _outage(retry_after)
    outage.world.service.usual = None
    outage.last(0.25)

    assert len(outage.world.service.executed) == 1
    assert TextState.ACCEPTED is outage.world.record().state
    assert outage.asleep == []
    assert outage.world.clock() < START
