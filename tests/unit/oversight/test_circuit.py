"""The circuit breaker: its three states, and half an hour without the SMS service."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from local.memory.sending import MemoryCircuitBreaker, SharedCircuit
from shared_code.oversight.domain.circuit import CLOSED, HALF_OPEN_PAUSE, OPEN_PAUSE, Circuit

NOW = datetime(2026, 3, 8, 8, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HALF_AN_HOUR = timedelta(minutes=30)


def _failed(times: int) -> Circuit:
    circuit = CLOSED
    for _ in range(times):
        circuit = circuit.recorded(False, NOW)
    return circuit


def test_while_closed_every_request_may_be_made_and_nothing_is_stored() -> None:
    """The circuit to store is the one that is stored."""
    assert CLOSED.waits_until(NOW) is None
    assert CLOSED.acquired(NOW) is CLOSED
    assert CLOSED.recorded(True, NOW) is CLOSED
    assert CLOSED.released(CLOSED, NOW) is CLOSED


@pytest.mark.parametrize(
    ("failures", "pause"),
    [(1, HALF_OPEN_PAUSE), (2, HALF_OPEN_PAUSE), (3, OPEN_PAUSE), (9, OPEN_PAUSE)],
)
def test_half_open_lets_one_request_at_a_time_through_and_open_one_a_minute(
    failures: int, pause: timedelta
) -> None:
    """Whoever acquires it makes all others wait for the next one."""
    circuit, until = _failed(failures), NOW + pause

    assert until == circuit.waits_until(NOW)
    assert until == circuit.waits_until(until - SECOND)
    assert circuit.acquired(until - SECOND) is circuit
    assert circuit.waits_until(until) is None
    assert until + pause == circuit.acquired(until).waits_until(until)


def test_failures_in_a_row_are_counted_from_the_first() -> None:
    """An open circuit does not change by more failures, so nothing has to be stored."""
    first = CLOSED.recorded(False, NOW)
    third = first.recorded(False, NOW + SECOND).recorded(False, NOW + 2 * SECOND)

    assert Circuit(3, NOW, NOW + 2 * SECOND + OPEN_PAUSE) == third
    assert third.recorded(False, NOW + HALF_AN_HOUR) is third


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_one_answer_closes(failures: int) -> None:
    """Also a refusal: the service is there."""
    assert _failed(failures).recorded(True, NOW) == CLOSED


def test_after_a_released_request_the_next_one_may_be_made_at_once() -> None:
    """Unless somebody changed the circuit since."""
    acquired = _failed(3).acquired(NOW + OPEN_PAUSE)
    later = NOW + OPEN_PAUSE + SECOND
    changed = acquired.acquired(NOW + 2 * OPEN_PAUSE)

    assert acquired.released(acquired, later).waits_until(later) is None
    assert changed.released(acquired, later) is changed
    assert CLOSED.released(acquired, later) is CLOSED


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
        shared, self._text, self._order = SharedCircuit(), 0, count()
        self._circuits = [
            MemoryCircuitBreaker(shared, lambda: self._text) for _ in range(self.workers)
        ]
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
        until = self._circuits[worker].acquire(now)
        if until is not None:
            self._later(until + self.chance.random() * 30 * SECOND, self._text)
            return
        self._busy[worker] += 1
        down = NOW <= now < NOW + HALF_AN_HOUR
        lasts = {"503": 0.05, "time-out": 8.0, "refused": 0.01}[self.fault] if down else 0.2
        self._later(now + lasts * SECOND, self._text, answered=not down)

    def _end(self, worker: int, now: datetime, *, answered: bool) -> None:
        self._busy[worker] -= 1
        self._circuits[worker].record(answered, now)
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
