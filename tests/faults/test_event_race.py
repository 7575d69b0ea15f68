"""Two workers apply two events of one appointment, or an event and a text, at the same time."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from itertools import permutations
from zoneinfo import ZoneInfo

from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND
from tests.faults.turns import interleaved
from tests.unit.texting.oracle import EVENTS, truth
from tests.unit.texting.telephone import at, moved, run, said
from tests.world.connection import ZONE
from tests.world.machine import Machine
from tests.world.messages import siu


def _queued(machine: Machine, body: bytes) -> dict[str, str]:
    assert machine.world.post(body).status == 200
    ((work, _),) = machine.world.take(HL7_INBOUND)
    return work


def test_two_events_at_once_end_as_if_one_came_after_the_other() -> None:
    """Every pair, some interleavings of each: start, status, kind; each text at most once."""
    failures = []
    for seed, made in enumerate(2 * list(permutations(EVENTS, 2))):
        machine, right = Machine(), truth(made)
        works = [_queued(machine, each.body(number)) for number, each in enumerate(made)]
        first, second = (
            partial(machine.world.services.intake.apply_schedule.on_message, work) for work in works
        )
        interleaved(machine.world, (first, second), seed)
        run(machine, 8)
        row, tags = machine.world.row(), [post.tag for post in machine.world.service.executed]
        start = right.start.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
        if (row.status, row.start, row.virtual) != (right.status, start, right.virtual):
            failures.append(f"seed {seed}: {row.status} {row.start}")
        if len(tags) != len(set(tags)):
            failures.append(f"seed {seed}: a text twice")

    assert failures == []


def test_a_cancel_beside_the_text_of_its_booking_leaves_nobody_believing_in_the_visit() -> None:
    """Either no text was sent, or the last one says that the visit was cancelled."""
    seen = set()
    for seed in range(120):
        machine = Machine()
        machine.world.apply(siu())
        ((hint, _),) = machine.world.take(SMS_OUTBOUND)
        cancel = _queued(machine, siu("S15", at(1)))
        text = partial(machine.world.services.texting.send_text.on_hint, hint, SMS_OUTBOUND)
        apply = partial(machine.world.services.intake.apply_schedule.on_message, cancel)
        interleaved(machine.world, (text, apply), seed)
        run(machine, 10)
        seen.add(tuple(said(machine)))
        assert machine.world.row().texting.phone is None, f"seed {seed}"

    assert seen == {(), ("scheduled", "cancelled")}


def test_a_move_beside_the_text_of_its_booking_ends_with_the_right_time() -> None:
    """One text or two, the last one with the new time."""
    for seed in range(120):
        machine = Machine()
        machine.world.apply(siu())
        ((hint, _),) = machine.world.take(SMS_OUTBOUND)
        move = _queued(machine, moved(1, start_local=EVENTS[1].start))
        text = partial(machine.world.services.texting.send_text.on_hint, hint, SMS_OUTBOUND)
        apply = partial(machine.world.services.intake.apply_schedule.on_message, move)
        interleaved(machine.world, (text, apply), seed)
        run(machine, 10)

        assert said(machine) in (["scheduled"], ["scheduled", "changed"]), f"seed {seed}"
        assert str(machine.world.row().start) in machine.world.service.executed[-1].body
