"""
Events in every order of arrival, a minute apart, end as the oracle says.

These may depend on the order of arrival: the number of texts; whether a cancellation notice is
sent, and which (only to those whose last text said something else, and not after a no-show has
erased the phone); and the phone of a visit that takes place because a booking arrived late: changes
received while the visit seemed to be over were not read for PID-13.
"""

from __future__ import annotations

import random
from itertools import combinations, permutations

import pytest

from tests.faults.judgement import utc, wrong
from tests.unit.texting.oracle import EVENTS, HARD_EVENTS, truth
from tests.unit.texting.telephone import run, told
from tests.world.machine import Machine


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_order_of_arrival_ends_in_the_same_truth(count: int) -> None:
    """Start, status, kind and the last text; each text at most once, and all have an outcome."""
    failures = []
    for made in combinations(EVENTS, count):
        right = truth(made)
        for arrival in permutations(range(count)):
            machine = told([made[number].body(number) for number in arrival], apart=1)
            names = [f"{made[number].trigger}@{number}" for number in arrival]
            failures += [f"{names}: {what}" for what in wrong(machine, right, made)]

    assert failures == []


def test_longer_histories_with_repeats_end_in_the_same_truth() -> None:
    """Seeded: up to six events made in any order, some of them twice, some minutes apart."""
    failures = []
    for seed in range(150):
        chance = random.Random(seed)
        made = chance.choices(HARD_EVENTS, k=chance.randint(3, 6))
        arrival = [*range(len(made)), *chance.choices(range(len(made)), k=2)]
        chance.shuffle(arrival)
        machine = Machine()
        for number in arrival:
            machine.deliver(made[number].body(number))
            machine.work()
            run(machine, chance.choice([0, 0, 1, 3]))
        run(machine, 6)
        right, row = truth(made), machine.world.row()
        found = (row.status, row.start, row.virtual, row.texting.deceased, row.is_held())
        if found != (right.status, utc(right.start), right.virtual, right.dead, right.held):
            failures.append(f"seed {seed}: {found}")
        if right.dead and row.texting.phone is not None:
            failures.append(f"seed {seed}: the phone of a patient who is dead")
        tags = [post.tag for post in machine.world.service.executed]
        if len(tags) != len(set(tags)):
            failures.append(f"seed {seed}: a text twice")

    assert failures == []
