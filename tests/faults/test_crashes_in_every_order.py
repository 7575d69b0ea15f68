"""
Events in every order of arrival, and a worker that dies at one of its calls: the result is the
same.

Every order of one or two events and some of those of three; for each, calls chosen by its seed at
which the worker dies or storage fails, before or after the call takes effect. The work in progress
returns, at once or after ten minutes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, permutations

import pytest

from shared_code.errors import NotStored
from tests.faults.judgement import wrong
from tests.unit.texting.oracle import EVENTS, Said, truth
from tests.unit.texting.telephone import run
from tests.world.machine import Crash, CrashPoint, Machine

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Order:
    """Events in the order of creation, and the order in which they arrive."""

    made: Sequence[Said]
    arrival: Sequence[int]

    def __str__(self) -> str:
        return " ".join(f"{self.made[number].trigger}@{number}" for number in self.arrival)

    def played(self, crash: CrashPoint, invisible: timedelta = timedelta(0)) -> Machine:
        """Play the events a minute apart with that one crash, then do everything that is due."""
        machine = Machine(invisible)
        line = machine.world.line
        line.before, line.after = crash.before_call, crash.after_call
        for number in self.arrival:
            machine.deliver(self.made[number].body(number))
            machine.work()
            run(machine, 1)
        run(machine, 6)
        if crash.died_at and invisible:
            run(machine, 10)
        return machine

    def calls(self) -> int:
        """Return how many calls there are without a crash."""
        return len(self.played(CrashPoint(0, after=False)).world.line.calls)


def _orders(count: int) -> Iterator[Order]:
    for made in combinations(EVENTS, count):
        for arrival in permutations(range(count)):
            yield Order(made, arrival)


def _crashes(calls: int, times: int, chance: random.Random) -> Iterator[tuple[CrashPoint, int]]:
    """Return that many crash points, each with the minutes until the work returns."""
    for number in sorted(chance.sample(range(1, calls + 1), min(times, calls))):
        error = chance.choice([Crash, NotStored])
        crash = CrashPoint(number, chance.random() < 0.5, error)
        yield crash, chance.choice([0, 10])


def _failures(order: Order, times: int, seed: int) -> Iterator[str]:
    chance, right = random.Random(seed), truth(order.made)
    for crash, minutes in _crashes(order.calls(), times, chance):
        machine = order.played(crash, minutes * MINUTE)
        where = f"seed {seed}: {order}, {crash.error.__name__} at {crash.number} {crash.died_at}"
        found = wrong(machine, right, order.made)
        if machine.world.dead_letter_store.rows.values():
            found.append("a dead letter")
        yield from (f"{where}, {minutes} minutes: {what}" for what in found)


@pytest.mark.parametrize(("count", "times"), [(1, 40), (2, 12), (3, 1)])
def test_a_crash_in_any_order_of_events_ends_in_the_same_truth(count: int, times: int) -> None:
    """Start, status, kind and the last text; each text at most once, and all have an outcome."""
    failures = [
        failure
        for seed, order in enumerate(_orders(count))
        for failure in _failures(order, times, seed)
    ]

    assert failures == []
