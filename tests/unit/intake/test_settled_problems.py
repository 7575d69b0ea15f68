"""A problem with an appointment is settled by the message, or the text, that shows it corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.connections.domain import ConsentRule
from shared_code.errors import Conflict, NotStored, Reason
from shared_code.hl7.schedule_event import PHONE_UNUSABLE, START_UNREADABLE
from shared_code.operating.domain import OPERATOR
from shared_code.operating.errors import NOTHING_HELD
from shared_code.texting.domain import delivery, reasons
from shared_code.texting.domain.reasons import PHONE_MISSING, STATUS_DISAGREES
from shared_code.texting.domain.text import FAILED
from shared_code.texting.ports import RefusedText
from tests.world.connection import connection
from tests.world.messages import altered, siu
from tests.world.problems import reported
from tests.world.visit import KEY, WALL
from tests.world.world import World

MINUTE = timedelta(minutes=1)
BAD = "(608)555-0142 (wrong number)^PRN^CP"
OTHER = "(608)555-0143^PRN^CP"


def _world(trigger: str = "S12", **fields: str) -> World:
    world = World()
    world.apply(altered(siu(trigger), **fields))
    return world


def _then(world: World, trigger: str, **fields: str) -> None:
    world.clock.advance(minutes=2)
    world.apply(altered(siu(trigger, world.clock()), **fields))


def _work_off(world: World) -> None:
    for work, _ in world.take("sms-outbound"):
        world.send(work)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"PID_13": BAD}, PHONE_UNUSABLE),
        ({"PID_13": ""}, PHONE_MISSING),
        ({"SCH_11": "^^^20260631103000"}, START_UNREADABLE),
    ],
)
@pytest.mark.parametrize("trigger", ["S14", "S13", "S18"])
def test_a_message_that_is_right_settles_what_was_wrong(
    wrong: dict[str, str], reason: Reason, trigger: str
) -> None:
    """Whatever its trigger; the text goes."""
    world = _world(**wrong)
    before = reported(world, reason)
    _then(world, trigger)

    assert before == [(str(world.ref()),)]
    assert reported(world, reason) == []
    assert reported(world, reason, is_open=False) == [()]


def test_what_is_still_wrong_stays_open() -> None:
    """A further message that is no better changes nothing."""
    world = _world(PID_13=BAD)
    _then(world, "S14", PID_13=BAD)

    assert reported(world, PHONE_UNUSABLE) == [(str(world.ref()),)]


def test_another_reason_takes_the_place_of_the_first() -> None:
    """The number is there now, and cannot be texted."""
    world = _world(PID_13="")
    _then(world, "S14", PID_13=BAD)

    assert reported(world, PHONE_MISSING) == []
    assert reported(world, PHONE_UNUSABLE) == [(str(world.ref()),)]


def test_a_number_that_was_wrong_besides_another_reason_is_settled_with_it() -> None:
    """Consent came first among the reasons."""
    rule = ConsentRule("ZCN-1", frozenset({"Y"}))
    world = World(connection(consent=rule))
    world.apply(altered(siu(), PID_13=BAD) + b"ZCN|N\r")
    before = reported(world, PHONE_UNUSABLE)
    world.clock.advance(minutes=2)
    world.apply(siu("S14", world.clock()) + b"ZCN|Y\r")

    assert (len(before), world.row().texting.blocked) == (1, None)
    assert reported(world, PHONE_UNUSABLE) == []


@pytest.mark.parametrize("trigger", ["S15", "S17", "S26"])
def test_a_visit_that_ends_untold_needs_no_number_any_more(trigger: str) -> None:
    """Nobody had heard of it."""
    world = _world(PID_13="")
    _then(world, trigger, PID_13="")

    assert reported(world, PHONE_MISSING) == []


def test_a_visit_that_was_told_and_ends_still_needs_a_call() -> None:
    """The number was told, then refused, then the visit is cancelled."""
    world = _world()
    _work_off(world)
    world.clock.advance(minutes=5)
    world.run_agenda()
    _then(world, "S14", PID_13=BAD)
    _then(world, "S15", PID_13=BAD)

    assert [(str(world.ref()),)] == reported(world, PHONE_UNUSABLE)


def _undeliverable(world: World) -> None:
    _work_off(world)
    world.services.texting.text_results.on_event(
        {
            "event": "report",
            "text": str(world.record().ref),
            "delivery": FAILED,
            "reason": delivery.DELIVERY_NUMBER_INVALID.code,
        }
    )


def _refused(world: World) -> None:
    world.service.answers = [RefusedText(reasons.REFUSED_BY_CARRIER)]
    _work_off(world)


OF_NUMBER: list[tuple[Callable[[World], None], Reason]] = [
    (_undeliverable, delivery.DELIVERY_NUMBER_INVALID),
    (_refused, reasons.REFUSED_BY_CARRIER),
]


@pytest.mark.parametrize(("fails", "reason"), OF_NUMBER)
@pytest.mark.parametrize(("number", "settled"), [(OTHER, True), ("", False)])
def test_a_text_to_another_number_settles_what_was_wrong_with_the_old_one(
    fails: Callable[[World], None], reason: Reason, number: str, *, settled: bool
) -> None:
    """One to the same number does not."""
    world = _world()
    fails(world)
    before = reported(world, reason)
    moved = {"PID_13": number} if number else {}
    world.clock.advance(minutes=2)
    later = siu("S14", world.clock(), start_local=WALL + timedelta(days=1))
    world.apply(altered(later, **moved))
    _work_off(world)

    assert len(before) == 1
    assert (reported(world, reason) == []) is settled


def _release(world: World) -> tuple[int, Any]:
    body = b'{"connection": "lamna", "appointment": "%s"}' % KEY.encode()
    return world.services.operating.json_door.run("release-appointment", body, OPERATOR)


@pytest.mark.parametrize(("error", "status"), [(Conflict, 409), (NotStored, 503)])
def test_a_release_that_does_not_succeed_settles_nothing(error: type, status: int) -> None:
    """The row is still held: the next try settles it."""
    world = _world(SCH_25="3^CAN")

    def fails(call: str) -> None:
        if call == "appointments.replace":
            raise error

    world.line.before = fails
    first = _release(world)
    kept = reported(world, STATUS_DISAGREES)
    world.line.before = lambda _: None
    second = _release(world)

    assert (first[0], second[0]) == (status, 200)
    assert kept == [(str(world.ref()),)]
    assert reported(world, STATUS_DISAGREES) == []


def test_a_release_whose_worker_died_is_settled_by_the_next() -> None:
    """The row was written, its problem not."""
    world = _world(SCH_25="3^CAN")
    stored = world.appointments.load(world.ref())
    assert stored is not None
    texting = replace(stored.value.texting, status_disagrees=False)
    world.appointments.replace(replace(stored.value, texting=texting), stored.etag)
    status, answer = _release(world)

    assert (status, answer["code"]) == (NOTHING_HELD.status, NOTHING_HELD.code)
    assert reported(world, STATUS_DISAGREES) == []
