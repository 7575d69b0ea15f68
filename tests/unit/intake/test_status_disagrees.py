"""SCH-25 says cancelled, the trigger does not: texts wait for a message or a person to decide."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.appointments.domain import Status
from shared_code.errors import Reason
from shared_code.operating.domain import OPERATOR
from shared_code.texting.domain.reasons import END_NOT_TOLD, MISSED, NOT_VIRTUAL, STATUS_DISAGREES
from shared_code.texting.domain.text import TextKind, TextState
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.events import applied, decided, incoming, wall
from tests.world.machine import Machine
from tests.world.messages import altered, siu
from tests.world.problems import reported
from tests.world.visit import KEY, PHONE, START, WALL
from tests.world.world import World

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REMINDING = connection(sms=replace(ENABLED, reminders=(1440, 60)))
SOON, BEGINS = WALL - 8 * DAY, START - 8 * DAY
CANCELLED: dict[str, Any] = {"status_cancels": True}
CAN, BOOKED = {"SCH_25": "3^CAN"}, {"SCH_25": "1^SCH"}


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S18", "S19", "S20", "S21", "S22"])
def test_what_takes_place_by_its_trigger_alone_is_held(trigger: str) -> None:
    """The phone is kept and the texts are planned: they wait."""
    decision = decided(None, incoming(trigger, **CANCELLED))
    after = decision.appointment

    assert after is not None
    assert after.is_held()
    assert (after.texting.phone, after.texting.blocked) == (PHONE, None)
    assert decision.problems == (STATUS_DISAGREES,)


@pytest.mark.parametrize(
    ("trigger", "problems"),
    [("S15", ()), ("S16", ()), ("S17", ()), ("S26", (END_NOT_TOLD,))],
)
def test_an_end_that_says_cancelled_agrees(trigger: str, problems: tuple[Reason, ...]) -> None:
    """As Epic's own cancellations do."""
    booked = applied(None, incoming())
    decision = decided(booked, incoming(trigger, NOW + MINUTE, number=2, **CANCELLED))

    assert decision.appointment is not None
    assert not decision.appointment.is_held()
    assert not decision.appointment.texting.status_disagrees
    assert decision.problems == problems


@pytest.mark.parametrize(
    ("trigger", "said", "held"),
    [
        ("S14", {"status_cancels": None}, True),
        ("S14", {"status_cancels": True}, True),
        ("S14", {"status_cancels": False}, False),
        ("S13", {"status_cancels": False}, False),
        ("S18", {"status_cancels": False}, False),
        ("S15", {"status_cancels": True}, False),
        ("S15", {"status_cancels": None}, False),
        ("S26", {"status_cancels": None}, False),
    ],
)
def test_a_later_message_that_agrees_ends_it(
    trigger: str, said: dict[str, Any], *, held: bool
) -> None:
    """One that says nothing of its status does not; the problem goes with what ends it."""
    before = applied(None, incoming(**CANCELLED))
    decision = decided(before, incoming(trigger, NOW + MINUTE, number=2, **said))

    assert decision.appointment is not None
    assert decision.appointment.is_held() is held
    assert decision.settled == (() if held else (STATUS_DISAGREES,))
    assert STATUS_DISAGREES not in decision.problems


def test_what_was_held_is_hinted_at_at_once_when_a_message_agrees() -> None:
    """It is the same version: nobody would look at it for minutes."""
    first = decided(None, incoming(**CANCELLED))
    agreeing = incoming("S14", NOW + MINUTE, number=2, status_cancels=False)

    assert decided(first.appointment, agreeing).texts == first.texts


def test_a_cancellation_that_arrives_late_ends_it_too() -> None:
    """It was made before the message that disagrees."""
    booked = applied(None, incoming())
    held = applied(booked, incoming("S14", NOW + 2 * MINUTE, number=2, **CANCELLED))
    late = incoming("S15", NOW + MINUTE, number=3, arrival=NOW + 3 * MINUTE)
    decision = decided(held, late)

    assert decision.appointment is not None
    assert decision.appointment.status is Status.CANCELLED
    assert not decision.appointment.is_held()
    assert decision.settled == (STATUS_DISAGREES,)


def test_a_change_of_a_cancelled_visit_that_says_so_agrees() -> None:
    """It does not bring the visit back."""
    ended = applied(applied(None, incoming()), incoming("S15", NOW + MINUTE, number=2))
    decision = decided(ended, incoming("S14", NOW + 2 * MINUTE, number=3, **CANCELLED))

    assert decision.appointment is not None
    assert not decision.appointment.is_held()
    assert decision.problems == ()


@pytest.mark.parametrize(
    ("configured", "said"),
    [
        ({"sms": None}, {}),
        ({}, {"visit_codes": ("1001",)}),
        ({}, {"deceased": True}),
        ({}, {"start": wall(NOW - DAY)}),
    ],
)
def test_nobody_is_told_where_nothing_is_held(
    configured: dict[str, Any], said: dict[str, Any]
) -> None:
    """No text would have gone anyway."""
    agreed = connection(**configured)
    decision = decided(None, incoming(**CANCELLED, **said), connection=agreed)

    assert STATUS_DISAGREES not in decision.problems


def test_that_a_visit_is_in_person_now_is_held_as_well() -> None:
    """It would say that the visit takes place."""
    booked = applied(None, incoming())
    moved = incoming("S14", NOW + MINUTE, number=2, visit_codes=("1001",), **CANCELLED)
    decision = decided(booked, moved)

    assert decision.appointment is not None
    assert decision.appointment.texting.blocked == NOT_VIRTUAL
    assert decision.problems == (STATUS_DISAGREES,)


def _machine(first: dict[str, str], trigger: str = "S12") -> Machine:
    machine = Machine(world=World(REMINDING), skips=True)
    machine.world.apply(altered(siu(trigger, start_local=SOON), **first))
    machine.wait(12)  # what is held was looked at a minute ago
    return machine


def _then(machine: Machine, trigger: str, **fields: str) -> None:
    body = siu(trigger, machine.world.clock(), start_local=SOON)
    machine.world.apply(altered(body, **fields))
    machine.wait(5)


def _said(machine: Machine) -> list[str]:
    return [post.body.split()[0] for post in machine.world.service.executed]


def _release(machine: Machine, appointment: str = KEY) -> tuple[int, Any]:
    body = json.dumps({"connection": "lamna", "appointment": appointment}).encode()
    door = machine.world.services.operating.json_door
    return door.run("release-appointment", body, OPERATOR)


@pytest.mark.parametrize(
    "sch_25", ["3^CAN", "Cancelled^Cancelled^HL70278", "^^^canceled", "deleted", "CAN&x"]
)
@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S18"])
def test_a_patient_is_never_told_that_it_is_booked(trigger: str, sch_25: str) -> None:
    """The confirmation waits until the visit has begun, the reminders are missed."""
    machine = _machine({"SCH_25": sch_25}, trigger)
    (record,) = machine.world.texts.rows.values()
    problems = reported(machine.world, STATUS_DISAGREES)
    machine.until(BEGINS + DAY)
    ends = {each.ref.kind: each.reason for each in machine.world.texts.rows.values()}

    assert (record.state, record.held_by) == (TextState.READY, STATUS_DISAGREES.code)
    assert problems == [(str(machine.world.ref()),)]
    assert machine.world.service.posts == []
    assert ends[TextKind.REMINDER] == MISSED


def test_a_number_cancels_only_where_the_connection_lists_it() -> None:
    """Elsewhere it is a status like any other."""
    plain = _machine({"SCH_25": "3"})
    listing = Machine(world=World(replace(REMINDING, cancelled_statuses=frozenset({"3"}))))
    listing.world.apply(altered(siu(), SCH_25="3"))
    listing.wait(10)

    assert (_said(plain), _said(listing)) == (["scheduled"], [])


def test_a_message_that_agrees_lets_the_confirmation_go() -> None:
    """The reminders that are still ahead too, and the problem is settled."""
    machine = _machine(CAN)
    _then(machine, "S14", **BOOKED)
    problems = reported(machine.world, STATUS_DISAGREES)
    machine.until(BEGINS)

    assert _said(machine) == ["scheduled", "reminder", "reminder"]
    assert problems == []


def test_a_real_cancellation_is_told_to_who_was_told_of_the_booking() -> None:
    """In between nothing was said."""
    machine = _machine(BOOKED)
    _then(machine, "S14", **CAN)
    _then(machine, "S15")

    assert _said(machine) == ["scheduled", "cancelled"]


def test_a_real_cancellation_of_what_was_held_is_told_to_nobody() -> None:
    """Nobody had heard of the visit."""
    machine = _machine(CAN)
    _then(machine, "S15")

    assert _said(machine) == []


def test_a_change_that_disagrees_holds_the_reminders_of_what_was_told() -> None:
    """Those whose time passes are missed; the one after a release goes."""
    machine = _machine(BOOKED)
    _then(machine, "S14", **CAN)
    machine.until(BEGINS - timedelta(hours=2))
    status, _ = _release(machine)
    machine.until(BEGINS)
    missed = [r for r in machine.world.texts.rows.values() if r.reason == MISSED]

    assert status == 200
    assert _said(machine) == ["scheduled", "reminder"]
    assert [each.ref.offset for each in missed] == [1440]


def test_a_person_releases_an_appointment() -> None:
    """Audited; the text goes within two minutes, and the problem is settled."""
    machine = _machine(CAN)
    status, answer = _release(machine)
    machine.wait(1)
    entry = machine.world.audit.entries[-1]

    assert (status, answer["appointment"]["statusDisagrees"]) == (200, False)
    assert _said(machine) == ["scheduled"]
    assert (entry.action, entry.subject) == ("release-appointment", str(machine.world.ref()))
    assert reported(machine.world, STATUS_DISAGREES) == []
    assert KEY not in entry.subject


def test_after_a_release_a_message_that_disagrees_holds_again() -> None:
    """And somebody is told again; another start asks for a text of its own."""
    machine = _machine(CAN)
    _release(machine)
    machine.wait(1)
    body = siu("S14", machine.world.clock(), start_local=SOON + DAY)
    machine.world.apply(altered(body, **CAN))
    machine.wait(10)

    assert _said(machine) == ["scheduled"]
    assert reported(machine.world, STATUS_DISAGREES) == [(str(machine.world.ref()),)]


@pytest.mark.parametrize(
    ("appointment", "first", "code"),
    [(KEY, BOOKED, (409, "nothing_held")), ("1", CAN, (404, "appointment_unknown"))],
)
def test_what_is_not_held_cannot_be_released(
    appointment: str, first: dict[str, str], code: tuple[int, str]
) -> None:
    """And no audit entry claims that it was."""
    machine = _machine(first)
    status, answer = _release(machine, appointment)

    assert (status, answer["code"]) == code
    assert machine.world.audit.entries == []


def test_what_is_held_keeps_its_place_in_the_list_of_visits() -> None:
    """Patient pages and visits stay as they are."""
    held, booked = _machine(CAN), _machine(BOOKED)
    rows = [each.world.row() for each in (held, booked)]

    assert rows[0].start == rows[1].start
    assert (rows[0].status, rows[0].virtual) == (rows[1].status, rows[1].virtual)
