"""Half an hour in which the SMS service does not answer, or answers *later*, with 500 texts due."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest

from local.memory.sending import MemoryCircuitBreaker, MemoryRateWindow, SharedCircuit
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import NotSent, OutcomeUnknown, OutgoingText, SendResult
from tests.world.clock import NOW
from tests.world.messages import siu
from tests.world.world import SmsService, World

TEXTS, FEWER = 500, 150
OUTAGE = timedelta(minutes=30)
UNKNOWN_AT_MOST = 33
"""Three in a row open the circuit, then there is one probe a minute."""
TRIES_AT_MOST = 12
"""Attempts of one text in half an hour: more would be a storm of our own making."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure: what the adapter returns, and whether the patient still got the text."""

    answer: SendResult
    executed: bool = False


TROUBLES: Mapping[str, Trouble] = {
    "503": Trouble(OutcomeUnknown()),
    "time_out": Trouble(OutcomeUnknown(), executed=True),
    "refused": Trouble(NotSent(opened=False)),
    "429": Trouble(NotSent()),
    "429_in_a_minute": Trouble(NotSent(60)),
}


class Troubled(SmsService):
    """A service that answers with one of its failures during trouble, else accepts."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.troubles: tuple[Trouble, ...] = ()

    def send(self, text: OutgoingText) -> SendResult:
        """Handle one POST."""
        if not self.troubles:
            return super().send(text)
        trouble = self.chance.choice(self.troubles)
        if trouble.executed:
            self.answers = [trouble.answer]
            return super().send(text)
        self.posts.append(text)
        return trouble.answer


class Site:
    """A number of booked visits, with queue and timer to the second."""

    def __init__(self, seed: int, texts: int = TEXTS) -> None:
        self.service = Troubled(seed)
        self.world = World(service=self.service)
        self.world.rate = MemoryRateWindow()
        self.world.circuit = MemoryCircuitBreaker(SharedCircuit())
        self._numbers = count()
        self._asleep: list[tuple[datetime, int, dict[str, str]]] = []
        for number in range(texts):
            phone = f"(608)555-{1000 + number}"  # one number gets few confirmations a day
            self.world.apply(siu(key=f"36{number:04}", phone=phone))
        self._collect()

    def last(self, time: timedelta, *troubles: Trouble) -> None:
        """Run for that time: each hint when it is due, the timer every minute, random failures."""
        self.service.troubles = troubles
        end, clock = self.world.clock() + time, self.world.clock
        timer = clock().replace(second=0) + timedelta(minutes=1)
        while True:
            due = min([timer, *(item[0] for item in self._asleep[:1])])
            if due > end:
                break
            clock.now = max(clock.now, due)
            if due == timer:
                self.world.run_agenda()
                timer += timedelta(minutes=1)
            else:
                self.world.send(heapq.heappop(self._asleep)[2])
            self._collect()
        clock.now = end

    def states(self) -> Counter[TextState]:
        """Return how many texts are in each state."""
        return Counter(record.state for record in self.world.texts.rows.values())

    def left(self) -> list[str]:
        """Return delayed hints, and texts that ended as poison."""
        letters = [letter.code for letter in self.world.dead_letter_store.rows.values()]
        return [*letters, *(item[2]["text"] for item in self._asleep)]

    def _collect(self) -> None:
        for work, delay in self.world.take(SMS_OUTBOUND):
            due = self.world.clock() + timedelta(seconds=delay)
            heapq.heappush(self._asleep, (due, next(self._numbers), work))


@pytest.mark.parametrize(
    ("names", "texts", "unknown_at_most"),
    [
        (("503", "time_out", "refused"), TEXTS, UNKNOWN_AT_MOST),
        (("503",), FEWER, UNKNOWN_AT_MOST),
        (("time_out",), FEWER, UNKNOWN_AT_MOST),
        (("refused",), FEWER, 0),
        (("429",), FEWER, 0),
        (("429_in_a_minute",), FEWER, 0),
    ],
)
def test_half_an_hour_without_the_service_loses_few_texts_and_doubles_none(
    names: tuple[str, ...], texts: int, unknown_at_most: int
) -> None:
    """
    At most 33 are unknown, every other one is accepted, and no hint is left over or became poison.
    """
    site = Site(7, texts)
    site.last(OUTAGE, *(TROUBLES[name] for name in names))
    tries = Counter(post.tag for post in site.world.service.posts)
    site.last(timedelta(minutes=30))
    states = site.states()
    read = [post.tag for post in site.world.service.executed]

    assert states[TextState.UNKNOWN] <= unknown_at_most
    assert states[TextState.ACCEPTED] + states[TextState.UNKNOWN] == texts
    assert len(read) == len(set(read)) >= states[TextState.ACCEPTED]
    assert max(tries.values()) <= TRIES_AT_MOST
    assert site.left() == []
    assert site.world.clock() == NOW + timedelta(hours=1)


def test_a_service_that_is_busy_as_well_as_silent_doubles_none() -> None:
    """Each *later* is an answer and closes the circuit, so more texts are on the wire."""
    site = Site(7, FEWER)
    site.last(OUTAGE, *TROUBLES.values())
    site.last(timedelta(minutes=30))
    states = site.states()
    read = [post.tag for post in site.world.service.executed]

    assert states[TextState.ACCEPTED] + states[TextState.UNKNOWN] == FEWER
    assert len(read) == len(set(read))
    assert site.left() == []


def test_500_texts_go_at_the_rate_of_the_number() -> None:
    """Without an outage: all of them within minutes, each once, by slots."""
    site = Site(7)
    site.last(timedelta(minutes=10))

    assert site.states() == {TextState.ACCEPTED: TEXTS}
    assert len(site.world.service.posts) == TEXTS
