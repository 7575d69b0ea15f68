"""
Seeded stories with everything at once: duplicates, reordering, faults of storage and SMS service,
workers that die. Safety holds at every POST, liveness once the faults are over.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.appointment import Appointment, Status
from shared_code.domain.duties import wanted_texts
from shared_code.errors import NotStored
from shared_code.ports import NotSent, OutcomeUnknown, SendResult
from tests.unit.builders import ENABLED, GRACE, NOW, START, WALL, connection, siu
from tests.unit.flows.line import unavailable
from tests.unit.flows.machine import Crash, Machine
from tests.unit.flows.world import World

MINUTE = timedelta(minutes=1)
ANSWERS: tuple[SendResult, ...] = (NotSent(), NotSent(45), OutcomeUnknown(), OutcomeUnknown())
TRIGGERS = ("S12", "S13", "S14", "S14", "S18", "S15", "S17", "S26")
SOON = WALL.replace(day=1, hour=10, minute=30)
"""An hour and a half after NOW: the reminders fall into the faulty minutes and the quiet ones."""
ENDS = ("S15", "S17", "S26")
"""None of these reads a phone: whether a change before or behind them did depends on arrival."""
AGREED = connection(sms=replace(ENABLED, reminders=(80, 45)))
FAULTY_MINUTES, QUIET_MINUTES = 25, 45


class Simulation:
    """One seed: its messages, its faults, and what must hold meanwhile."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.machine = Machine(MINUTE * self.chance.choice([0, 1, 10]), World(AGREED))
        self.world = self.machine.world
        self.violations: list[str] = []
        self.messages = self._messages()

    def _messages(self) -> list[bytes]:
        """Distinct in MSH-7. Visits are on this day or the next ones, with reminders in between."""
        triggers = ["S12", *self.chance.choices(TRIGGERS, k=self.chance.randint(0, 4))]
        ended = not set(ENDS).isdisjoint(triggers)
        self.phone_is_certain = not ended or triggers[-1] in ("S12", "S13")
        return [
            siu(
                trigger,
                NOW - timedelta(hours=1) + number * MINUTE,
                control_id=str(number),
                start_local=SOON + timedelta(days=self.chance.randint(0, 2)),
                phone=self.chance.choice(["(608)555-0142", "(608)555-0143"]),
            )
            for number, trigger in enumerate(triggers)
        ]

    def play(self) -> None:
        """Faults for a while, then none."""
        line, late = self.world.line, list(self.messages)
        line.before, line.after = self._before, self._perhaps
        for message in self.messages:
            late += [message] * self.chance.choice([0, 0, 1, 2])
        self.chance.shuffle(late)
        for _ in range(FAULTY_MINUTES):
            self.world.service.answers = self.chance.choices(ANSWERS, k=self.chance.randint(0, 1))
            for message in late[: self.chance.randint(0, 2)]:
                self.machine.deliver(message)
                late.remove(message)
            self.machine.tick()
        line.before, line.after = self._safe, unavailable()
        self.world.service.answers = []
        for message in late:
            self.machine.deliver(message)
        for _ in range(QUIET_MINUTES):
            self.machine.tick()

    def _before(self, call: str) -> None:
        self._safe(call)
        self._perhaps(call)

    def _perhaps(self, call: str) -> None:
        if self.chance.random() < 0.03:
            error = self.chance.choice([Crash, NotStored])
            if not (call == "sender.send" and error is NotStored):
                raise error

    def _safe(self, call: str) -> None:
        """At every POST: it is claimed, and for the version that the row has."""
        if call != "sender.send":
            return
        claimed = {each.ref for each in self.world.texts.rows.values() if not each.is_final()}
        if {ref.version for ref in claimed} != {self.world.row().version}:
            old = {ref for ref in claimed if ref.version != self.world.row().version}
            self.violations += [str(ref) for ref in claimed if len(claimed) == len(old)]


@pytest.mark.parametrize("block", range(6))
def test_every_seed_is_safe_and_comes_to_its_end(block: int) -> None:
    """Nobody is texted twice or for a past version; what must be said is said; all is erased."""
    failures = []
    for seed in range(block * 25, block * 25 + 25):
        simulation = Simulation(seed)
        simulation.play()
        failures += [f"seed {seed}: {what}" for what in _wrong(simulation)]

    assert failures == []


def _wrong(simulation: Simulation) -> list[str]:
    world, row = simulation.world, simulation.world.row()
    wrong = [f"posted without claim {ref}" for ref in simulation.violations]
    tags = [post.tag for post in world.service.executed]
    wrong += [f"texted {tags.count(tag)} times: {tag}" for tag in set(tags) if tags.count(tag) > 1]
    calm = Machine(world=World(AGREED))
    for message in simulation.messages:
        calm.deliver(message)
        calm.work()
    right = calm.world.row()
    wrong += _wrong_row(row, right, phone=simulation.phone_is_certain)
    for ref in wanted_texts(row, world.connection):
        record = world.texts.load(ref)
        if record is None or not record.value.is_final():
            wrong.append("the text of the present version has no outcome")
        if row.settled != row.version:
            wrong.append("not settled")
    if world.letters.rows.values():
        wrong.append("a dead letter")
    wrong += _left(simulation)
    return wrong


def _wrong_row(row: Appointment, right: Appointment, *, phone: bool) -> list[str]:
    wrong = []
    if (row.status, row.start) != (right.status, right.start):
        wrong.append(f"{row.status} {row.start} instead of {right.status} {right.start}")
    if row.status is not Status.ACTIVE and row.phone is not None:
        wrong.append("a phone of a visit that has ended")
    if row.status is Status.ACTIVE and phone and row.phone != right.phone:
        wrong.append("another phone")
    return wrong


def _left(simulation: Simulation) -> list[str]:
    machine, world = simulation.machine, simulation.world
    for day in range(0, 201, 2):
        world.clock.now = START + GRACE + timedelta(days=day + 2, minutes=day)
        machine.tick()
        if any(row.phone for row in world.appointments.rows.values()):
            return ["a phone after the grace"]
    rows = (world.agenda.rows.values(), world.appointments.rows.values(), world.texts.rows.values())
    return ["something is left"] if any(map(bool, rows)) or world.links.rows.values() else []
