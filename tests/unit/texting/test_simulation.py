"""
20,000 steps of seeded stories (tests/unit/texting/simulation.py), 200,000 in `make soak`. A step is
a request to the door, a timer that fired or a message that was worked on.

Two modes. In *safety* the trouble never ends: what must never happen does not. In *liveness* it
ends: then everything comes to its end as well, and what is left is erased. A failure names its
seed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared_code.appointments.domain import Appointment, Status
from shared_code.texting.domain.plan import wanted_texts
from shared_code.texting.domain.reasons import ALREADY_TOLD
from shared_code.texting.domain.text import TextRef, TextState
from tests.support.figures import share
from tests.unit.texting.simulation import Jumps, Simulation, deliver
from tests.world.machine import Machine
from tests.world.world import SmsService

STEPS = 10_000
SAFETY, LIVENESS = range(share(14)), range(14, 14 + share(6))
"""Blocks of so many steps."""
DAYS = (2, 3, 10, 20, 35, 70, 130, 190, 200)
"""After the beginning: in each something is erased, or what was left of it."""
Failures = list[str]


def _play(block: int, story: Callable[[int], tuple[Simulation, Failures]]) -> Failures:
    """Seeds of the block's own until there were steps enough."""
    steps, seed, failures = 0, 1000 * block, Failures()
    while steps < STEPS:
        simulation, wrong = story(seed)
        failures += [f"seed {seed}: {what}" for what in wrong]
        steps, seed = steps + simulation.machine.steps, seed + 1
    return failures


@pytest.mark.parametrize("block", SAFETY)
def test_every_seed_is_safe_while_the_trouble_never_ends(block: int) -> None:
    """Nobody is texted twice, for a past version, after STOP or death, at night or too late."""
    assert _play(block, _endless) == []


@pytest.mark.parametrize("block", LIVENESS)
def test_every_seed_comes_to_its_end_when_the_trouble_ends(block: int) -> None:
    """The rows are as if nothing had happened, every text has an outcome, and all is erased."""
    assert _play(block, _ending) == []


def _endless(seed: int) -> tuple[Simulation, Failures]:
    simulation = Simulation(seed, Jumps(at_once=720, in_all=2880))
    simulation.trouble(240)
    return simulation, [*simulation.violations, *_dishonest(simulation)]


def _ending(seed: int) -> tuple[Simulation, Failures]:
    simulation = Simulation(seed, Jumps(at_once=10, in_all=25))
    late = simulation.trouble(25)
    simulation.calm()
    for body in late:
        deliver(body, simulation.machine)
    simulation.machine.wait(12)
    wrong, wanted = _wrong_rows(simulation), _wanted(simulation)
    simulation.release()
    simulation.machine.until(simulation.world.clock() + timedelta(hours=26))
    wrong += _unfinished(simulation, wanted)
    wrong += _dishonest(simulation)
    wrong += _left(simulation)
    return simulation, [*simulation.violations, *wrong]


def _dishonest(simulation: Simulation) -> Failures:
    """What the records say of what patients read."""
    tags = [post.tag for post in simulation.service.executed]
    wrong = [f"texted {tags.count(tag)} times" for tag in set(tags) if tags.count(tag) > 1]
    for record in simulation.world.texts.rows.values():
        if record.state is TextState.ACCEPTED and str(record.ref) not in tags:
            wrong.append("accepted, but never sent")
        if record.state is TextState.NOT_SENT and str(record.ref) in tags:
            wrong.append("not sent, but read")
    wrong += _untold(simulation)
    if simulation.world.dead_letter_store.rows.values():
        wrong.append("a dead letter")
    return wrong


def _untold(simulation: Simulation) -> Failures:
    """Who counts as told already, and was not."""
    posts = simulation.service.executed
    read = {(TextRef.parse(post.tag).subject, post.to, post.body.split()[2]) for post in posts}
    rows = {row.ref: row for row in simulation.world.appointments.rows.values()}
    wrong = []
    for record in simulation.world.texts.rows.values():
        row = rows.get(record.ref.subject)
        if record.reason == ALREADY_TOLD and row and row.version == record.ref.version:
            day = f"{row.start:%Y-%m-%d}"
            if row.texting.phone and (row.ref, row.texting.phone, day) not in read:
                wrong.append("already told, but never")
    return wrong


def _wanted(simulation: Simulation) -> list[TextRef]:
    world = simulation.world
    rows = world.appointments.rows.values()
    return [ref for row in rows for ref in wanted_texts(row, world.connection)]


def _unfinished(simulation: Simulation, wanted: list[TextRef]) -> Failures:
    world = simulation.world
    records = [world.texts.rows.get(ref) for ref in wanted]
    wrong = ["no outcome" for each in records if each is None or not each.value.is_final()]
    wrong += ["no end" for each in world.texts.rows.values() if not each.is_final()]
    for row in world.appointments.rows.values():
        if row.status is not Status.ACTIVE and row.texting.phone is not None:
            wrong.append("a phone of a visit that has ended")
        if row.version in {ref.version for ref in wanted} and row.texting.settled != row.version:
            wrong.append("not settled")
    return wrong


def _wrong_rows(simulation: Simulation) -> Failures:
    """Each visit as it is where its messages come in order and nothing fails."""
    calm = Machine(world=simulation.installation(SmsService()))
    wrong = []
    for key, messages in simulation.messages.items():
        for body in messages:
            deliver(body, calm)
            calm.work()
        found, right = _row(simulation.machine, key), _row(calm, key)
        if (found.status, found.start) != (right.status, right.start):
            wrong.append(f"{found.status} {found.start} for {right.status} {right.start}")
        if found.texting.deceased != right.texting.deceased:
            wrong.append("a death that was taken back, or the other way round")
        certain = found.status is Status.ACTIVE and simulation.phone_is_certain(key)
        if certain and found.texting.phone != right.texting.phone:
            wrong.append("another phone")
    return wrong


def _row(machine: Machine, key: str) -> Appointment:
    (found,) = (row for row in machine.world.appointments.rows.values() if row.key == key)
    return found


def _left(simulation: Simulation) -> Failures:
    """The phone when the grace of the last visit is over, and everything half a year later."""
    machine, world = simulation.machine, simulation.world
    for days in DAYS:
        machine.until(max(world.clock(), simulation.begin + timedelta(days=days)))
        if any(row.texting.phone for row in world.appointments.rows.values()) and days > 2:
            return ["a phone after the grace"]
    tables = {
        "agenda": world.agenda.rows.values(),
        "appointments": world.appointments.rows.values(),
        "texts": world.texts.rows.values(),
        "links": world.links.rows.values(),
        "problems": world.problem_store.rows.values(),
        "numberdays": world.number_days.rows.values(),
    }
    return [f"left {name}" for name, rows in tables.items() if rows]
