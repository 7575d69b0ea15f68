"""Stories of one appointment, played on a machine whose worker may die at any call."""

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
    """Book a visit."""
    machine.deliver(siu())


def booked_twice(machine: Machine) -> None:
    """Book a visit; the sender repeats its message."""
    machine.deliver(siu())
    machine.work()
    machine.deliver(siu())


def booked_by_a_large_message(machine: Machine) -> None:
    """Book with a message that is too large for the queue."""
    machine.deliver(siu() + LARGE)


def booked_and_moved(machine: Machine) -> None:
    """Move the visit before its text is sent."""
    machine.deliver(siu())
    machine.work()
    machine.deliver(siu("S14", NOW + MINUTE, start_local=WALL + timedelta(days=1)))


def texted_moved_and_cancelled(machine: Machine) -> None:
    """Text the first version, then move and cancel; the second may be texted."""
    machine.deliver(siu())
    machine.tick()
    machine.deliver(siu("S14", NOW + MINUTE, start_local=WALL + timedelta(days=1)))
    machine.tick()
    machine.deliver(siu("S15", NOW + 2 * MINUTE))


def texted_and_cancelled(machine: Machine) -> None:
    """Cancel long after the text: a dying worker must not let it overtake the booking."""
    machine.deliver(siu())
    machine.wait(14)
    machine.deliver(siu("S15", NOW + 14 * MINUTE))


def texted_and_made_in_person(machine: Machine) -> None:
    """Change the visit to an in-person visit long after the text."""
    machine.deliver(siu())
    machine.wait(14)
    machine.deliver(siu("S14", NOW + 14 * MINUTE, visit_code="1001"))


def booked_and_reminded(machine: Machine) -> None:
    """Book a visit in half an hour; the reminder is sent ten minutes before."""
    machine.world.configure(connection(sms=replace(ENABLED, reminders=(10,))))
    machine.deliver(siu(start_local=WALL.replace(day=1, hour=9, minute=30)))
    machine.wait(22)


def booked_without_a_usable_phone(machine: Machine) -> None:
    """Book without a usable phone: no text, but a problem is reported."""
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
    """Play the story with that crash, and 25 minutes more."""
    machine.world.line.before, machine.world.line.after = crash.before_call, crash.after_call
    story(machine)
    machine.work()
    machine.wait(25)
    return machine


def calls(story: Story, machine: Machine) -> int:
    """Return how many calls the story makes in its first five minutes without a crash."""
    story(machine)
    machine.work()
    machine.wait(5)
    return len(machine.world.line.calls)
