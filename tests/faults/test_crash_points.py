"""
A worker may die before or after any call that it makes, and the end is the same.

The story is played once to count its port calls; then once more for each of them, before and
after. A queue delivers at least once: what was being worked on comes back, and nothing else. The
calls of the door are crash points as well: a sender that got no answer sends again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.text_message import Saying, TextKind, TextRecord, TextState
from shared_code.errors import ErrorCode, NotStored
from tests.unit.builders import ENABLED, GRACE, NOW, PHONE, START, WALL, connection, siu
from tests.unit.flows.machine import Crash, CrashPoint, Machine

MINUTE = timedelta(minutes=1)
ACCEPTED = {TextState.ACCEPTED}
LARGE = b"NTE|1||" + b"x" * 30_000 + b"\r"


def _booked(machine: Machine) -> None:
    machine.deliver(siu())


def _booked_twice(machine: Machine) -> None:
    machine.deliver(siu())
    machine.work()
    machine.deliver(siu())


def _booked_by_a_large_message(machine: Machine) -> None:
    machine.deliver(siu() + LARGE)


def _booked_and_moved(machine: Machine) -> None:
    """Moved before its text is sent."""
    machine.deliver(siu())
    machine.work()
    machine.deliver(siu("S14", NOW + MINUTE, start_local=WALL + timedelta(days=1)))


def _texted_moved_and_cancelled(machine: Machine) -> None:
    """The first version is texted; the second may be."""
    machine.deliver(siu())
    machine.tick()
    machine.deliver(siu("S14", NOW + MINUTE, start_local=WALL + timedelta(days=1)))
    machine.tick()
    machine.deliver(siu("S15", NOW + 2 * MINUTE))


def _texted_and_cancelled(machine: Machine) -> None:
    """Long after the text: a worker that dies does not let the cancel overtake the booking."""
    machine.deliver(siu())
    for _ in range(14):
        machine.tick()
    machine.deliver(siu("S15", NOW + 14 * MINUTE))


def _texted_and_made_in_person(machine: Machine) -> None:
    machine.deliver(siu())
    for _ in range(14):
        machine.tick()
    machine.deliver(siu("S14", NOW + 14 * MINUTE, visit_code="1001"))


def _booked_and_reminded(machine: Machine) -> None:
    """In half an hour; the reminder comes ten minutes before."""
    machine.world.configure(connection(sms=replace(ENABLED, reminders=(10,))))
    machine.deliver(siu(start_local=WALL.replace(day=1, hour=9, minute=30)))
    for _ in range(22):
        machine.tick()


def _booked_without_a_usable_phone(machine: Machine) -> None:
    machine.deliver(siu(phone="555-0142"))


TWO_TEXTS = (
    (_texted_and_cancelled, [Saying.SCHEDULED, Saying.CANCELLED]),
    (_texted_and_made_in_person, [Saying.SCHEDULED, Saying.FAREWELL]),
    (_booked_and_reminded, [Saying.SCHEDULED, Saying.REMINDER]),
)
ONE_TEXT = (_booked, _booked_twice, _booked_by_a_large_message)
SEVERAL_EVENTS = (_booked_and_moved, _texted_moved_and_cancelled, _booked_without_a_usable_phone)


def _play(
    story: Callable[[Machine], None], crash: CrashPoint, invisible: timedelta = timedelta(0)
) -> Machine:
    machine = Machine(invisible)
    machine.world.line.before, machine.world.line.after = crash.before_call, crash.after_call
    story(machine)
    machine.work()
    for _ in range(25):
        machine.tick()
    return machine


def _calls(story: Callable[[Machine], None]) -> int:
    """How many calls the story makes in its first five minutes when nobody dies."""
    machine = Machine()
    story(machine)
    machine.work()
    for _ in range(5):
        machine.tick()
    return len(machine.world.line.calls)


def _until_nothing_is_due(machine: Machine) -> None:
    """Grace, a month, half a year."""
    end = START + GRACE
    days = [end + timedelta(days=day, minutes=day) for day in range(0, 201, 5)]
    for moment in days:
        machine.world.clock.now = moment
        machine.tick()


troubles = pytest.mark.parametrize("error", [Crash, NotStored])
either = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
redelivered = pytest.mark.parametrize("minutes", [0, 10], ids=["at_once", "late"])


@troubles
@either
@redelivered
@pytest.mark.parametrize("story", ONE_TEXT)
def test_a_crash_at_any_call_changes_nothing_in_the_end(
    story: Callable[[Machine], None], minutes: int, error: type[BaseException], *, after: bool
) -> None:
    """One text, accepted and settled; no phone after the grace; in the end nothing is left."""
    failures = []
    for number in range(1, _calls(story) + 1):
        crash = CrashPoint(number, after, error)
        machine = _play(story, crash, minutes * MINUTE)
        world, where = machine.world, f"{number} {crash.died_at}"
        ended = [(each.state, each.message_id) for each in world.texts.rows.values()]
        rows = world.appointments.rows.values()
        if [post.to for post in world.service.executed] != [PHONE]:
            failures.append(f"{where}: {len(world.service.executed)} texts executed")
        if ended != [(TextState.ACCEPTED, "sent")]:
            failures.append(f"{where}: the text ended as {ended}")
        if [row.settled for row in rows] != [row.version for row in rows] or len(rows) != 1:
            failures.append(f"{where}: not settled")
        if world.letters.rows.values() or world.problems.rows.values():
            failures.append(f"{where}: somebody was told of trouble that is none")
        _until_nothing_is_due(machine)
        failures += [f"{where}: left {left}" for left in _leftovers(machine)]

    assert failures == []


@troubles
@either
@redelivered
@pytest.mark.parametrize("story", SEVERAL_EVENTS)
def test_a_crash_in_a_longer_story_ends_like_the_story(
    story: Callable[[Machine], None], minutes: int, error: type[BaseException], *, after: bool
) -> None:
    """The same row, the same problems of the message, no version texted twice."""
    measure = _end(_play(story, CrashPoint(0, after=False)))
    failures = []
    for number in range(1, _calls(story) + 1):
        crash = CrashPoint(number, after, error)
        machine = _play(story, crash, minutes * MINUTE)
        where = f"{number} {crash.died_at}"
        tags = [post.tag for post in machine.world.service.executed]
        if len(tags) != len(set(tags)):
            failures.append(f"{where}: texted twice")
        if _end(machine) != measure:
            failures.append(f"{where}: {_end(machine)}")
        _until_nothing_is_due(machine)
        failures += [f"{where}: left {left}" for left in _leftovers(machine)]

    assert failures == []


@either
@pytest.mark.parametrize(("story", "said"), TWO_TEXTS)
def test_a_crash_costs_minutes_and_never_a_second_text(
    story: Callable[[Machine], None], said: list[Saying], *, after: bool
) -> None:
    """Goodbyes and reminders are said once, and the phone of a goodbye is gone with it."""
    failures = []
    for number in range(1, _calls(story) + 1):
        crash = CrashPoint(number, after, Crash)
        machine = _play(story, crash, 10 * MINUTE)
        world, where = machine.world, f"{number} {crash.died_at}"
        heard = [post.body.split()[0] for post in world.service.executed]
        if heard != said or {each.state for each in world.texts.rows.values()} != ACCEPTED:
            failures.append(f"{where}: said {heard}")
        if said[1] is not Saying.REMINDER and world.row().phone is not None:
            failures.append(f"{where}: the phone is still there")
        if world.letters.rows.values() or world.problems.rows.values():
            failures.append(f"{where}: somebody was told of trouble that is none")
        _until_nothing_is_due(machine)
        failures += [f"{where}: left {left}" for left in _leftovers(machine)]

    assert failures == []


def _outcome(record: TextRecord, records: list[TextRecord]) -> object:
    """Whether anything was told before the cancel the crash may decide: each has its right end."""
    told = any(each.ref != record.ref and each.state is not TextState.NOT_SENT for each in records)
    if record.ref.kind is TextKind.CANCELLATION and not told:
        return TextState.ACCEPTED if record.reason is ErrorCode.NEVER_TOLD else record.reason
    return record.state


def _end(machine: Machine) -> tuple[object, ...]:
    """Row, texts of its version, problems: without that of a text about which nobody can tell."""
    world, row = machine.world, machine.world.row()
    records = world.texts.rows.values()
    current = [_outcome(each, records) for each in records if each.ref.version == row.version]
    problems = {each.code for each in world.problems.rows.values()} - {ErrorCode.OUTCOME_UNKNOWN}
    return (row.status, row.start, row.phone, row.blocked, row.patient_conflict, current, problems)


def _leftovers(machine: Machine) -> list[str]:
    world = machine.world
    tables = {
        "agenda": world.agenda.rows.values(),
        "appointments": world.appointments.rows.values(),
        "texts": world.texts.rows.values(),
        "links": world.links.rows.values(),
        "queues": machine.waiting,
    }
    return [name for name, rows in tables.items() if rows]


@either
def test_no_phone_is_left_after_the_grace(*, after: bool) -> None:
    """Wherever the worker of the agenda dies while it erases."""
    for number in range(1, 12):
        machine = Machine()
        _booked(machine)
        for _ in range(6):
            machine.tick()
        crash = CrashPoint(number, after=after)
        machine.world.line.before, machine.world.line.after = crash.before_call, crash.after_call
        machine.world.clock.now = START + GRACE
        for _ in range(3):
            machine.tick()

        assert [row.phone for row in machine.world.appointments.rows.values()] == [None]


def test_the_story_without_a_crash_is_the_measure() -> None:
    """It crashes nowhere, sends one text, and has calls enough to die at."""
    crash = CrashPoint(0, after=False)
    machine = _play(_booked, crash)

    assert (crash.died_at, len(machine.world.service.executed)) == ("", 1)
    assert _calls(_booked) > 30
