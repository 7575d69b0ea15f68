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
    """Yield what is wrong after a story of one text, which must be accepted and settled."""
    world = machine.world
    ended = [(each.state, each.message_id) for each in world.texts.rows.values()]
    rows = world.appointments.rows.values()
    if [post.to for post in world.service.executed] != [PHONE]:
        yield f"{len(world.service.executed)} texts executed"
    if ended != [(TextState.ACCEPTED, "sent")]:
        yield f"the text ended as {ended}"
    if [row.texting.settled for row in rows] != [row.version for row in rows] or len(rows) != 1:
        yield "not settled"
    yield from _false_reports(machine)


def two_texts(machine: Machine, said: Sequence[str]) -> Iterator[str]:
    """
    Yield what is wrong after a story of two texts.

    With a cancellation notice, the phone must be erased.
    """
    world = machine.world
    sent = [post.body.split()[0] for post in world.service.executed]
    states = {each.state for each in world.texts.rows.values()}
    if sent != list(said) or states != {TextState.ACCEPTED}:
        yield f"said {sent}"
    if said[1] is not TemplateName.REMINDER and world.row().texting.phone is not None:
        yield "the phone is still there"
    yield from _false_reports(machine)


def like(measure: tuple[object, ...], machine: Machine) -> Iterator[str]:
    """
    Yield how a story of several events ended differently, and whether a version was texted twice.
    """
    tags = [post.tag for post in machine.world.service.executed]
    if len(tags) != len(set(tags)):
        yield "texted twice"
    if end(machine) != measure:
        yield f"{end(machine)}"


def end(machine: Machine) -> tuple[object, ...]:
    """
    Return the row, the texts of its version and the problems.

    The problem of a text with an unknown outcome is left out.
    """
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
    """Return what is left after the grace period, a week, a month and half a year."""
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


def _false_reports(machine: Machine) -> Iterator[str]:
    if machine.world.dead_letter_store.rows.values() or machine.world.problem_store.rows.values():
        yield "a problem or dead letter was reported without cause"


def _outcome(record: TextRecord, records: list[TextRecord]) -> object:
    """
    Return the outcome of a record.

    The crash may decide whether a text went before the cancel; each case has its own right end.
    """
    notified = any(
        each.ref != record.ref and each.state is not TextState.NOT_SENT for each in records
    )
    if record.ref.kind is TextKind.CANCELLATION and not notified:
        return TextState.ACCEPTED if record.reason == NEVER_NOTIFIED else record.reason
    return record.state
