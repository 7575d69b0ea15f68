"""What Epic sends during a soak, and what must come of it whatever happens on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from local.demo.machine import HOSPITAL, Machine
from local.simulators.epic import messages

_DUPLICATED = 0.1
_WINDOW = 60
"""Within so many messages the order is lost."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The end of one appointment: its key, and its start (None: cancelled)."""

    key: str
    start: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """Everything that is sent, in the order of sending, and what must come of it."""

    bodies: tuple[bytes, ...]
    expected: tuple[Expected, ...]


def make_course(machine: Machine, count: int, seed: int) -> Course:
    """About `count` messages; the same seed makes the same course but for the times."""
    chance = Random(seed)  # noqa: S311 - chance of a test
    bodies: list[bytes] = []
    expected: list[Expected] = []
    began = machine.now().astimezone(HOSPITAL) - timedelta(minutes=40)
    while len(bodies) < count / (1 + _DUPLICATED):
        number = len(expected)
        key = machine.new_key()
        phone = f"(608)555-01{number % 100:02d}"
        events = _events(chance)
        start: datetime | None = None
        for step, event in enumerate(events):
            wall = _start(machine, number, step)
            start = None if event == "S15" else wall
            created = began + timedelta(minutes=3 * step, seconds=number % 60)
            bodies.append(
                messages.schedule_message(
                    event,
                    key=key,
                    phone=phone,
                    start_local=wall.replace(tzinfo=None),
                    control_id=f"{number}{step}",
                    created=created,
                    processing="P",
                    patient_id=str(100000 + number),
                )
            )
        expected.append(Expected(key, start))
    return Course(_disordered(bodies, chance), tuple(expected))


def _events(chance: Random) -> tuple[str, ...]:
    events = ["S12"]
    if chance.random() < 0.5:
        events.append("S14")
    if chance.random() < 0.15:
        events.append("S15")
    return tuple(events)


def _start(machine: Machine, number: int, step: int) -> datetime:
    """Another minute for every appointment and step, between nine and five, some days ahead."""
    day = (machine.now().astimezone(HOSPITAL) + timedelta(days=3 + number // 240 + step)).date()
    minute = 2 * (number % 240)
    return datetime(day.year, day.month, day.day, 9, 0, tzinfo=HOSPITAL) + timedelta(minutes=minute)


def _disordered(bodies: Sequence[bytes], chance: Random) -> tuple[bytes, ...]:
    sent: list[bytes] = []
    for first in range(0, len(bodies), _WINDOW):
        window = list(bodies[first : first + _WINDOW])
        window += [body for body in window if chance.random() < _DUPLICATED]
        chance.shuffle(window)
        sent += window
    return tuple(sent)
