"""The outage circuit: its three states, and half an hour without the SMS service."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from local.memory.sending import MemoryOutages, SharedOutage
from shared_code.texting.domain.circuit import (
    BETWEEN_PROBES,
    CLOSED,
    TURN,
    Go,
    Outage,
    Wait,
    after,
    given_back,
    may_claim,
)

NOW = datetime(2026, 3, 8, 8, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HALF_AN_HOUR = timedelta(minutes=30)


def _failed(times: int) -> Outage:
    outage = CLOSED
    for _ in range(times):
        outage = after(outage, NOW, answered=False)
    return outage


def test_while_the_service_answers_everybody_goes_and_nothing_is_stored() -> None:
    """The outage to store is the one that is stored."""
    assert Go(CLOSED) == may_claim(CLOSED, NOW)
    assert after(CLOSED, NOW, answered=True) is CLOSED


@pytest.mark.parametrize(
    ("failures", "pause"), [(1, TURN), (2, TURN), (3, BETWEEN_PROBES), (9, BETWEEN_PROBES)]
)
def test_after_a_failure_one_text_at_a_time_goes_and_after_three_one_a_minute(
    failures: int, pause: timedelta
) -> None:
    """Who takes the turn makes all others wait for the next one."""
    outage, until = _failed(failures), NOW + pause

    assert Wait(until) == may_claim(outage, NOW)
    assert Wait(until) == may_claim(outage, until - SECOND)
    answer = may_claim(outage, until)
    assert isinstance(answer, Go)
    assert Wait(until + pause) == may_claim(answer.outage, until)


def test_the_row_of_failures_is_counted_from_its_first() -> None:
    """An open circuit does not change by more failures, so nothing has to be stored."""
    first = after(CLOSED, NOW, answered=False)
    third = after(after(first, NOW + SECOND, answered=False), NOW + 2 * SECOND, answered=False)

    assert Outage(3, NOW, NOW + 2 * SECOND + BETWEEN_PROBES) == third
    assert after(third, NOW + HALF_AN_HOUR, answered=False) is third


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_one_answer_closes(failures: int) -> None:
    """Also one that says no: the service is there."""
    assert after(_failed(failures), NOW, answered=True) == CLOSED


def test_a_turn_that_was_not_used_is_given_back() -> None:
    """Unless somebody changed the outage since."""
    answer = may_claim(_failed(3), NOW + BETWEEN_PROBES)
    assert isinstance(answer, Go)
    taken = answer.outage.next_probe
    assert taken is not None

    later = NOW + BETWEEN_PROBES + SECOND
    assert isinstance(may_claim(given_back(answer.outage, taken, later), later), Go)
    assert given_back(answer.outage, taken + SECOND, later) == answer.outage
    assert given_back(CLOSED, taken, later) is CLOSED


@dataclass
class _HalfAnHour:
    """
    Texts and workers on a clock of events. `fault`: how the service fails between NOW and half an
    hour later: 503 (at once), time-out (after eight seconds), refused (provably not sent).
    """

    fault: str
    workers: int
    chance: random.Random
    threads: int = 24
    unknown: list[datetime] = field(default_factory=list)
    accepted: int = 0
    asked: int = 0

    def run(self, starts: list[datetime]) -> None:
        shared, self._text, self._order = SharedOutage(), 0, count()
        self._outages = [MemoryOutages(shared, lambda: self._text) for _ in range(self.workers)]
        self._busy: Counter[int] = Counter()
        self._events: list[tuple[datetime, int, int, bool | None]] = []
        for text, start in enumerate(starts):
            self._later(start, text)
        while self._events:
            now, _, self._text, answered = heapq.heappop(self._events)
            worker = self._text % self.workers
            if answered is None:
                self._look(worker, now)
            else:
                self._end(worker, now, answered=answered)

    def _later(self, at: datetime, text: int, *, answered: bool | None = None) -> None:
        heapq.heappush(self._events, (at, next(self._order), text, answered))

    def _look(self, worker: int, now: datetime) -> None:
        self.asked += 1
        if self._busy[worker] >= self.threads:
            self._later(now + SECOND, self._text)
            return
        until = self._outages[worker].ask(now)
        if until is not None:
            self._later(until + self.chance.random() * 30 * SECOND, self._text)
            return
        self._busy[worker] += 1
        down = NOW <= now < NOW + HALF_AN_HOUR
        lasts = {"503": 0.05, "time-out": 8.0, "refused": 0.01}[self.fault] if down else 0.2
        self._later(now + lasts * SECOND, self._text, answered=not down)

    def _end(self, worker: int, now: datetime, *, answered: bool) -> None:
        self._busy[worker] -= 1
        self._outages[worker].tell(answered, now)
        if answered:
            self.accepted += 1
        elif self.fault == "refused":
            self._later(now + 30 * SECOND, self._text)
        else:
            self.unknown.append(now)


@pytest.mark.parametrize("fault", ["503", "time-out", "refused"])
@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("burst", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_half_an_hour_without_the_service_leaves_few_texts_unknown(
    fault: str, workers: int, burst: bool, seed: int
) -> None:
    """500 texts, all due when it begins or in the two minutes around: three a worker, one a minute.

    Every other one is accepted, and soon after the service is back.
    """
    chance = random.Random(seed)
    seconds = [0.0 if burst else chance.uniform(-60, 60) for _ in range(500)]
    world = _HalfAnHour(fault, workers, chance)

    world.run([NOW + second * SECOND for second in seconds])

    assert len(world.unknown) <= (0 if fault == "refused" else 30 + 3 * workers)
    assert world.accepted == 500 - len(world.unknown)
    assert world.asked < 500 * 60
