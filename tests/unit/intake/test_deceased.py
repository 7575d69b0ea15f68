"""A patient is dead: no text of any kind, the phone goes at once, and somebody must call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.connections.domain import ConsentRule
from shared_code.texting.domain.reasons import (
    CONSENT_MISSING,
    NOT_VIRTUAL,
    PATIENT_DECEASED,
    PHONE_MISSING,
    SMS_NOT_ENABLED,
)
from shared_code.texting.domain.text import TextState
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.events import applied, decided, incoming, wall
from tests.world.machine import Machine
from tests.world.messages import altered, siu
from tests.world.problems import reported
from tests.world.visit import PHONE, START, WALL
from tests.world.world import World

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DEAD = {"PID_30": "Y"}
REMINDING = connection(sms=replace(ENABLED, reminders=(1440, 60)))
TRIGGERS = ["S12", "S13", "S14", "S15", "S16", "S17", "S18", "S26"]


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_phone_is_erased_at_once_and_nothing_is_planned(trigger: str) -> None:
    """Whatever the message is about; texts of the version before are superseded."""
    booked = applied(None, incoming(), connection=REMINDING)
    new = incoming(trigger, NOW + MINUTE, number=2, deceased=True)
    decision = decided(booked, new, connection=REMINDING)
    after = decision.appointment

    assert after is not None
    assert (after.texting.phone, after.texting.deceased) == (None, True)
    assert (after.texting.blocked, decision.texts) == (PATIENT_DECEASED, ())
    assert {row.duty for row in decision.agenda} <= {"retire_phone"}
    assert after.version != booked.version


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_nobody_is_texted_about_a_visit_that_was_never_told(trigger: str) -> None:
    """The first message may be the one that says it."""
    decision = decided(None, incoming(trigger, deceased=True), connection=REMINDING)

    assert decision.appointment is not None
    assert (decision.texts, decision.appointment.texting.phone) == ((), None)


def test_a_notice_under_way_is_not_sent_any_more() -> None:
    """The visit was cancelled a minute before the message that the patient is dead."""
    cancelled = applied(applied(None, incoming()), incoming("S15", NOW + MINUTE, number=2))
    after = applied(cancelled, incoming("S15", NOW + 2 * MINUTE, number=3, deceased=True))

    assert (cancelled.texting.phone, after.texting.phone) == (PHONE, None)


def test_a_visit_that_is_in_person_from_now_on_is_not_told_of_either() -> None:
    """But somebody must know that the patient had been told."""
    booked = applied(None, incoming())
    moved = incoming("S14", NOW + MINUTE, number=2, visit_codes=("1001",), deceased=True)
    decision = decided(booked, moved)

    assert decision.texts == ()
    assert decision.problems == (PATIENT_DECEASED,)


@pytest.mark.parametrize(
    ("configured", "said", "blocked"),
    [
        ({}, {}, PATIENT_DECEASED),
        ({}, {"phone": None}, PATIENT_DECEASED),
        ({"sms": None}, {}, SMS_NOT_ENABLED),
        ({}, {"visit_codes": ("1001",)}, NOT_VIRTUAL),
    ],
)
def test_a_person_is_told_where_a_text_would_have_gone(
    configured: dict[str, Any], said: dict[str, Any], blocked: Any
) -> None:
    """Not about visits in person, nor where nobody is texted."""
    agreed = connection(**configured)
    decision = decided(None, incoming(deceased=True, **said), connection=agreed)

    assert decision.appointment is not None
    assert decision.appointment.texting.blocked == blocked
    assert (PATIENT_DECEASED in decision.problems) is (blocked == PATIENT_DECEASED)


def test_a_person_is_told_once_an_appointment() -> None:
    """Further messages about the same one tell nothing new, on whatever day."""
    dead = applied(None, incoming(deceased=True))
    later: list[dict[str, Any]] = [{}, {"deceased": True}, {"start": wall(START + DAY)}]
    for number, said in enumerate(later, start=2):
        decision = decided(dead, incoming("S14", NOW + number * DAY, number=number, **said))
        assert PATIENT_DECEASED not in decision.problems
        dead = decision.appointment or dead


@pytest.mark.parametrize("trigger", ["S12", "S26"])
def test_a_visit_that_has_passed_needs_no_call(trigger: str) -> None:
    """Nor one to which nobody came."""
    start = NOW - MINUTE if trigger == "S12" else START
    decision = decided(None, incoming(trigger, deceased=True, start=wall(start)))

    assert PATIENT_DECEASED not in decision.problems


@pytest.mark.parametrize("silent", [{}, {"deceased": None}])
def test_a_message_that_says_nothing_of_it_wakes_nobody(silent: dict[str, Any]) -> None:
    """Absent is unchanged."""
    dead = applied(None, incoming(deceased=True))
    after = applied(dead, incoming("S14", NOW + MINUTE, number=2, **silent))

    assert (after.texting.blocked, after.texting.phone) == (PATIENT_DECEASED, None)


def test_an_older_message_does_not_take_it_back() -> None:
    """A booking that was made before and arrives behind."""
    dead = applied(None, incoming("S14", NOW + MINUTE, deceased=True))
    late = incoming("S14", NOW, number=2, arrival=NOW + 2 * MINUTE, deceased=False)

    assert decided(dead, late).appointment is None


def test_taken_back_the_problem_is_settled_and_texts_are_planned_again() -> None:
    """From then on, with reminders still ahead only."""
    dead = applied(None, incoming(deceased=True), connection=REMINDING)
    at = START - timedelta(hours=20)
    back = incoming("S14", at, number=2, deceased=False)
    decision = decided(dead, back, connection=REMINDING)
    after = decision.appointment

    assert after is not None
    assert (after.texting.blocked, after.texting.phone) == (None, PHONE)
    assert decision.settled == (PATIENT_DECEASED,)
    assert [r.due for r in decision.agenda if r.duty == "reminder"] == [START - 60 * MINUTE]


def test_taken_back_without_a_number_nobody_can_be_texted() -> None:
    """It was erased, and the message does not name one."""
    dead = applied(None, incoming(deceased=True))
    decision = decided(dead, incoming("S14", NOW + MINUTE, number=2, deceased=False, phone=None))

    assert decision.problems == (PHONE_MISSING,)


def _deliver(machine: Machine, trigger: str, **fields: str) -> None:
    at = machine.world.clock()
    machine.world.apply(altered(siu(trigger, at), **fields))
    machine.wait(5)


@pytest.mark.parametrize(
    "fields", [DEAD, {"PID_29": "20260531"}, {"PID_29": "20260531", "PID_30": "Y"}]
)
@pytest.mark.parametrize("trigger", ["S14", "S15", "S18"])
def test_from_the_message_on_no_text_leaves(trigger: str, fields: dict[str, str]) -> None:
    """Neither notice nor reminder, up to the end of the visit."""
    machine = Machine(world=World(REMINDING), skips=True)
    _deliver(machine, "S12")
    told = len(machine.world.service.executed)
    _deliver(machine, trigger, **fields)
    problems = reported(machine.world, PATIENT_DECEASED)
    machine.until(START + DAY)

    assert told == 1
    assert len(machine.world.service.executed) == told
    assert problems == [(str(machine.world.ref()),)]


def test_every_appointment_is_a_problem_of_its_own() -> None:
    """Somebody must call about each."""
    world = World()
    for key in ("1", "2"):
        world.apply(altered(siu("S12", key=key), **DEAD))

    assert len(reported(world, PATIENT_DECEASED)) == 2


def test_taken_back_nobody_who_was_told_hears_again_that_a_visit_is_scheduled() -> None:
    """Only the reminders still ahead go."""
    machine = Machine(world=World(REMINDING), skips=True)
    _deliver(machine, "S12")
    _deliver(machine, "S14", **DEAD)
    _deliver(machine, "S14", PID_30="N")
    problems = reported(machine.world, PATIENT_DECEASED)
    machine.until(START)
    said = [post.body.split()[0] for post in machine.world.service.executed]

    assert said == ["scheduled", "reminder", "reminder"]
    assert problems == []


def test_a_text_that_waits_is_not_sent_to_the_dead() -> None:
    """It had been claimed for nobody yet."""
    world = World()
    world.apply()
    hint = world.hint()
    world.clock.advance(seconds=5)
    world.apply(altered(siu("S14", world.clock()), **DEAD))
    world.send(hint)

    assert world.record().state is TextState.NOT_SENT
    assert world.service.posts == []


def test_who_refuses_texts_in_the_cancelling_message_is_not_told_of_it() -> None:
    """Consent that is taken back counts at once, as a death does."""
    agreed = connection(consent=ConsentRule("ZCO-1", frozenset({"Y"})))
    booked = applied(None, incoming(consent="Y"), connection=agreed)
    refusing = incoming("S15", NOW + MINUTE, number=2, consent="N")
    decision = decided(booked, refusing, connection=agreed)

    assert decision.appointment is not None
    assert (decision.texts, decision.appointment.texting.phone) == ((), None)
    assert decision.appointment.texting.blocked == CONSENT_MISSING


def test_the_start_of_a_dead_patients_visit_may_move() -> None:
    """The page of the visit and its meeting follow; nobody is told."""
    world = World()
    world.apply(altered(siu("S12"), **DEAD))
    world.clock.advance(minutes=1)
    world.apply(altered(siu("S14", world.clock(), start_local=WALL + DAY), **DEAD))

    assert world.row().start == START + DAY
    assert world.queues.sent == []
