"""Half an hour in which the SMS service does not answer, with 500 texts due."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import count

from shared_code.domain.text_message import TextState
from shared_code.flows.run_agenda import run_agenda
from shared_code.ports import SMS_OUTBOUND, NotSent, OutcomeUnknown, SendResult
from tests.memory.sending import MemoryOutages, MemorySlots, SharedOutage
from tests.unit.builders import NOW, siu
from tests.unit.flows.world import World

TEXTS = 500
REFUSED = NotSent(opened=False)
OUTAGE = timedelta(minutes=30)
UNKNOWN_AT_MOST = 33
"""Three in a row until nothing new is claimed, then one probe a minute."""


class Site:
    """500 booked visits, and queue and timer to the second."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world = World()
        self.world.slots, self.world.outages = MemorySlots(), MemoryOutages(SharedOutage())
        self._numbers = count()
        self._asleep: list[tuple[datetime, int, dict[str, str]]] = []
        for number in range(TEXTS):
            self.world.apply(siu(key=f"36{number:04}"))
        self._collect()

    def last(self, time: timedelta, answers: list[SendResult]) -> None:
        """Each hint when it is due, the timer every minute, and these answers at random."""
        end, clock = self.world.clock() + time, self.world.clock
        timer = clock().replace(second=0) + timedelta(minutes=1)
        while True:
            due = min([timer, *(item[0] for item in self._asleep[:1])])
            if due > end:
                break
            clock.now = max(clock.now, due)
            if due == timer:
                run_agenda(self.world.duties())
                timer += timedelta(minutes=1)
            else:
                self.world.service.usual = self.chance.choice(answers) if answers else None
                self.world.send(heapq.heappop(self._asleep)[2])
            self._collect()
        clock.now = end

    def states(self) -> Counter[TextState]:
        """How many texts are in which state."""
        return Counter(record.state for record in self.world.texts.rows.values())

    def _collect(self) -> None:
        for work, delay in self.world.take(SMS_OUTBOUND):
            due = self.world.clock() + timedelta(seconds=delay)
            heapq.heappush(self._asleep, (due, next(self._numbers), work))


def test_half_an_hour_without_the_service_loses_few_texts_and_doubles_none() -> None:
    """At most 33 are unknown, every other one is accepted, and no hint is left or was poison."""
    site = Site(7)
    site.last(OUTAGE, [OutcomeUnknown(), REFUSED])
    site.last(timedelta(minutes=30), [])
    states, world = site.states(), site.world
    tags = [post.tag for post in world.service.executed]

    assert states[TextState.UNKNOWN] <= UNKNOWN_AT_MOST
    assert states[TextState.ACCEPTED] + states[TextState.UNKNOWN] == TEXTS
    assert len(tags) == len(set(tags))
    assert world.letters.rows.values() == []
    assert world.clock() == NOW + timedelta(hours=1)


def test_500_texts_go_at_the_rate_of_the_number() -> None:
    """Without an outage: all of them within minutes, each once, by slots."""
    site = Site(7)
    site.last(timedelta(minutes=10), [])

    assert site.states() == {TextState.ACCEPTED: TEXTS}
    assert len(site.world.service.posts) == TEXTS
