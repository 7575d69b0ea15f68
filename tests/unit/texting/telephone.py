"""What a patient's phone shows, after messages that came in minutes apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.world.clock import NOW
from tests.world.machine import Machine
from tests.world.messages import siu
from tests.world.world import World

MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=minutes)


def said(machine: Machine) -> list[str]:
    """What the texts said, in their order: the first word of each."""
    return [post.body.split()[0] for post in machine.world.service.executed]


def starts(machine: Machine) -> list[str]:
    """Which start each text named, as `dd HH:MM` in UTC."""
    return [post.body.split("-")[2][:8] for post in machine.world.service.executed]


def phones(machine: Machine) -> list[str]:
    """To which number each text went."""
    return [post.to for post in machine.world.service.executed]


def sent_at(machine: Machine) -> list[str]:
    """When each text went, as `dd HH:MM` in UTC."""
    return [f"{post.first_sent:%d %H:%M}" for post in machine.world.service.executed]


def outcomes(machine: Machine) -> list[tuple[str, str]]:
    """Kind and reason (or state) of every text."""
    records = machine.world.texts.rows.values()
    return [(each.ref.kind.value, str(each.reason or each.state)) for each in records]


def run(machine: Machine, minutes: int) -> None:
    """The timer and the queues go on for so long."""
    for _ in range(minutes):
        machine.tick()


def told(bodies: Iterable[bytes], apart: int = 5, world: World | None = None) -> Machine:
    """The messages came so many minutes apart, and all that they asked for is done."""
    machine = Machine(world=world or World())
    for body in bodies:
        machine.deliver(body)
        machine.work()
        run(machine, apart)
    run(machine, 5)
    return machine


def moved(minutes: float, **changes: object) -> bytes:
    """An S14 made so many minutes after NOW."""
    return siu("S14", at(minutes), **changes)
