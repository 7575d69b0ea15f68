"""
Events in every order of arrival, a minute apart, end in what the oracle says.

What depends on arrival, and may: how many texts there are; whether a cancel is told (only to whom
something was told before, and not once a no-show dropped the phone); and the phone of a visit that
takes place because of a booking that came late: what was changed while it seemed to be over had
no PID-13 read.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations, permutations
from zoneinfo import ZoneInfo

import pytest

from shared_code.domain.appointment import Status
from tests.unit.builders import ZONE
from tests.unit.flows.machine import Machine
from tests.unit.flows.oracle import EVENTS, Said, Truth, truth
from tests.unit.flows.telephone import run, said, told


def _utc(start: datetime) -> datetime:
    return start.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def _wrong(machine: Machine, right: Truth, events: Sequence[Said]) -> list[str]:
    world, row, heard = machine.world, machine.world.row(), said(machine)
    executed = world.service.executed
    found = (row.status, row.start, row.virtual, row.patient_conflict)
    wrong = []
    if found != (right.status, _utc(right.start), right.virtual, False):
        wrong.append(f"{found}")
    if len({post.tag for post in executed}) != len(executed):
        wrong.append("a text twice")
    if not all(record.is_final() for record in world.texts.rows.values()):
        wrong.append("a text without outcome")
    if right.status is Status.ACTIVE and right.virtual:
        last = executed[-1] if executed else None
        if last is None or str(row.start) not in last.body or last.to != row.phone:
            wrong.append(f"the right time is not what was said last: {heard}")
    elif row.phone is not None:
        wrong.append("the phone is still there")
    if heard and "S26" not in {each.trigger for each in events}:
        goodbye = _goodbye(right)
        wrong += [f"{heard} without {goodbye}"] if goodbye not in (heard[-1], "") else []
    return wrong


def _goodbye(right: Truth) -> str:
    if right.status is Status.ACTIVE:
        return "" if right.virtual else "farewell"
    return "cancelled" if right.status is Status.CANCELLED else ""


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_order_of_arrival_ends_in_the_same_truth(count: int) -> None:
    """Start, status, kind and the last text; each text at most once, and all have an outcome."""
    failures = []
    for made in combinations(EVENTS, count):
        right = truth(made)
        for arrival in permutations(range(count)):
            machine = told([made[number].body(number) for number in arrival], apart=1)
            names = [f"{made[number].trigger}@{number}" for number in arrival]
            failures += [f"{names}: {what}" for what in _wrong(machine, right, made)]

    assert failures == []


def test_longer_histories_with_repeats_end_in_the_same_truth() -> None:
    """Seeded: up to six events made in any order, some of them twice, some minutes apart."""
    failures = []
    for seed in range(150):
        chance = random.Random(seed)
        made = chance.choices(EVENTS, k=chance.randint(3, 6))
        arrival = [*range(len(made)), *chance.choices(range(len(made)), k=2)]
        chance.shuffle(arrival)
        machine = Machine()
        for number in arrival:
            machine.deliver(made[number].body(number))
            machine.work()
            run(machine, chance.choice([0, 0, 1, 3]))
        run(machine, 6)
        right, row = truth(made), machine.world.row()
        found = (row.status, row.start, row.virtual)
        if found != (right.status, _utc(right.start), right.virtual):
            failures.append(f"seed {seed}: {found}")
        tags = [post.tag for post in machine.world.service.executed]
        if len(tags) != len(set(tags)):
            failures.append(f"seed {seed}: a text twice")

    assert failures == []
