"""How a story must end, wherever its worker died."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from shared_code.language.template_names import TemplateName
from shared_code.texting.domain.reasons import NEVER_NOTIFIED, OUTCOME_UNKNOWN
from shared_code.texting.domain.text import TextKind, TextRecord, TextState
from tests.world.machine import Machine
from tests.world.visit import GRACE, PHONE, START


def one_text(machine: Machine) -> Iterator[str]:
    """What is wrong after a story of one text, which is accepted and settled."""
    world = machine.world
    ended = [(each.state, each.message_id) for each in world.texts.rows.values()]
    rows = world.appointments.rows.values()
    if [post.to for post in world.service.executed] != [PHONE]:
        yield f"{len(world.service.executed)} texts executed"
    if ended != [(TextState.ACCEPTED, "sent")]:
        yield f"the text ended as {ended}"
    if [row.texting.settled for row in rows] != [row.version for row in rows] or len(rows) != 1:
        yield "not settled"
    yield from _told_of_trouble(machine)


def two_texts(machine: Machine, said: Sequence[str]) -> Iterator[str]:
    """What is wrong after a story of two: the phone of a cancellation notice is gone with it."""
    world = machine.world
    heard = [post.body.split()[0] for post in world.service.executed]
    states = {each.state for each in world.texts.rows.values()}
    if heard != list(said) or states != {TextState.ACCEPTED}:
        yield f"said {heard}"
    if said[1] is not TemplateName.REMINDER and world.row().texting.phone is not None:
        yield "the phone is still there"
    yield from _told_of_trouble(machine)


def like(measure: tuple[object, ...], machine: Machine) -> Iterator[str]:
    """What is different after a story of several events, and what was said twice."""
    tags = [post.tag for post in machine.world.service.executed]
    if len(tags) != len(set(tags)):
        yield "texted twice"
    if end(machine) != measure:
        yield f"{end(machine)}"


def end(machine: Machine) -> tuple[object, ...]:
    """Row, texts of its version, problems: without that of a text about which nobody can tell."""
    world, row = machine.world, machine.world.row()
    records = world.texts.rows.values()
    current = [_outcome(each, records) for each in records if each.ref.version == row.version]
    problems = {each.code for each in world.problem_store.rows.values()} - {OUTCOME_UNKNOWN.code}
    return (
        row.status,
        row.start,
        row.texting.phone,
        row.texting.blocked,
        row.patient_conflict,
        current,
        problems,
    )


def left(machine: Machine, days: Iterable[int] = range(0, 201, 5)) -> list[str]:
    """What is still there when grace, a week, a month and half a year are over."""
    begin = START + GRACE
    for day in days:
        machine.world.clock.now = begin + timedelta(days=day, minutes=day)
        machine.tick()
    world = machine.world
    tables = {
        "agenda": world.agenda.rows.values(),
        "appointments": world.appointments.rows.values(),
        "texts": world.texts.rows.values(),
        "links": world.links.rows.values(),
        "queues": machine.waiting,
    }
    return [f"left {name}" for name, rows in tables.items() if rows]


def _told_of_trouble(machine: Machine) -> Iterator[str]:
    if machine.world.dead_letter_store.rows.values() or machine.world.problem_store.rows.values():
        yield "somebody was told of trouble that is none"


def _outcome(record: TextRecord, records: list[TextRecord]) -> object:
    """Whether anything was told before the cancel the crash may decide: each has its right end."""
    told = any(each.ref != record.ref and each.state is not TextState.NOT_SENT for each in records)
    if record.ref.kind is TextKind.CANCELLATION and not told:
        return TextState.ACCEPTED if record.reason == NEVER_NOTIFIED else record.reason
    return record.state
