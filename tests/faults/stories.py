"""Stories of one appointment, told to a machine whose worker may die at any call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from shared_code.language.template_names import TemplateName
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.machine import MINUTE, CrashPoint, Machine
from tests.world.messages import siu
from tests.world.visit import WALL

LARGE = b"NTE|1||" + b"x" * 30_000 + b"\r"

Story = Callable[[Machine], None]


def booked(machine: Machine) -> None:
    """One booking."""
    machine.deliver(siu())


def booked_twice(machine: Machine) -> None:
    """The sender repeats its message."""
    machine.deliver(siu())
    machine.work()
    machine.deliver(siu())


def booked_by_a_large_message(machine: Machine) -> None:
    """Too large for the queue."""
    machine.deliver(siu() + LARGE)


def booked_and_moved(machine: Machine) -> None:
    """Moved before its text is sent."""
    machine.deliver(siu())
    machine.work()
    machine.deliver(siu("S14", NOW + MINUTE, start_local=WALL + timedelta(days=1)))


def texted_moved_and_cancelled(machine: Machine) -> None:
    """The first version is texted; the second may be."""
    machine.deliver(siu())
    machine.tick()
    machine.deliver(siu("S14", NOW + MINUTE, start_local=WALL + timedelta(days=1)))
    machine.tick()
    machine.deliver(siu("S15", NOW + 2 * MINUTE))


def texted_and_cancelled(machine: Machine) -> None:
    """Long after the text: a worker that dies does not let the cancel overtake the booking."""
    machine.deliver(siu())
    machine.wait(14)
    machine.deliver(siu("S15", NOW + 14 * MINUTE))


def texted_and_made_in_person(machine: Machine) -> None:
    """The same with a visit that takes place elsewhere."""
    machine.deliver(siu())
    machine.wait(14)
    machine.deliver(siu("S14", NOW + 14 * MINUTE, visit_code="1001"))


def booked_and_reminded(machine: Machine) -> None:
    """In half an hour; the reminder comes ten minutes before."""
    machine.world.configure(connection(sms=replace(ENABLED, reminders=(10,))))
    machine.deliver(siu(start_local=WALL.replace(day=1, hour=9, minute=30)))
    machine.wait(22)


def booked_without_a_usable_phone(machine: Machine) -> None:
    """Nobody can be texted, and somebody is told."""
    machine.deliver(siu(phone="555-0142"))


TWO_TEXTS: tuple[tuple[Story, list[TemplateName]], ...] = (
    (texted_and_cancelled, [TemplateName.SCHEDULED, TemplateName.CANCELLED]),
    (texted_and_made_in_person, [TemplateName.SCHEDULED, TemplateName.NO_LONGER_VIRTUAL]),
    (booked_and_reminded, [TemplateName.SCHEDULED, TemplateName.REMINDER]),
)
ONE_TEXT: tuple[Story, ...] = (booked, booked_twice, booked_by_a_large_message)
SEVERAL_EVENTS: tuple[Story, ...] = (
    booked_and_moved,
    texted_moved_and_cancelled,
    booked_without_a_usable_phone,
)


def play(story: Story, crash: CrashPoint, machine: Machine) -> Machine:
    """The story with that crash, and 25 minutes more."""
    machine.world.line.before, machine.world.line.after = crash.before_call, crash.after_call
    story(machine)
    machine.work()
    machine.wait(25)
    return machine


def calls(story: Story, machine: Machine) -> int:
    """How many calls the story makes in its first five minutes when nobody dies."""
    story(machine)
    machine.work()
    machine.wait(5)
    return len(machine.world.line.calls)
