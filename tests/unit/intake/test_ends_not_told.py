"""A visit ends of which the patient was told: either a text says so, or somebody has to call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.appointments.domain import START_MISSING, Appointment
from shared_code.connections.domain import ConsentRule, MinorsRule
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    DELETED,
    PHONE_UNUSABLE,
    SEVERAL_PATIENTS,
    START_UNREADABLE,
)
from shared_code.texting.domain.reasons import (
    CONSENT_MISSING,
    END_NOT_TOLD,
    NOT_VIRTUAL,
    PATIENT_CHANGED,
    PATIENT_DECEASED,
    PHONE_MISSING,
)
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.events import applied, decided, incoming
from tests.world.machine import Machine
from tests.world.messages import altered, siu
from tests.world.visit import KEY, PHONE, START
from tests.world.world import World

MINUTE = timedelta(minutes=1)
CONSENT = {"consent": ConsentRule("ZCN-2", frozenset({"Y"}))}
IN_PERSON: dict[str, Any] = {"visit_codes": ("1001",)}
ENDS: Mapping[str, dict[str, Any]] = {
    **dict.fromkeys(["S15", "S16", "S17", "S26"], {}),
    **dict.fromkeys(["S14", "S13", "S18"], IN_PERSON),
}
"""Triggers, and what makes each the end of a video visit."""
WHY: list[tuple[dict[str, Any], dict[str, Any], Reason]] = [
    ({}, {"patient": "1-another"}, PATIENT_CHANGED),
    ({}, {"patients": ("1-new", "1-other")}, PATIENT_CHANGED),
    ({}, {"remarks": (SEVERAL_PATIENTS,), "phone": None, "patient": None}, SEVERAL_PATIENTS),
    ({}, {"remarks": (PHONE_UNUSABLE,), "phone": None}, PHONE_UNUSABLE),
    ({}, {"phone": DELETED}, PHONE_MISSING),
    ({}, {"deceased": True}, PATIENT_DECEASED),
    (CONSENT, {"consent": "N"}, END_NOT_TOLD),
    (CONSENT, {"consent": DELETED}, END_NOT_TOLD),
    ({"minors": MinorsRule.NOBODY}, {"minor": True, "phone": None}, END_NOT_TOLD),
    ({"minors": MinorsRule.GUARDIAN}, {"minor": True, "phone": None}, END_NOT_TOLD),
]


def _booked(**configured: Any) -> Appointment:
    row = applied(None, incoming(minor=False, consent="Y"), connection=connection(**configured))
    assert (row.texting.blocked, row.texting.phone) == (None, PHONE)
    return row


@pytest.mark.parametrize("trigger", ENDS)
@pytest.mark.parametrize(("configured", "said", "expected"), WHY)
def test_an_end_that_nobody_may_be_told_is_somebodys_business_once(
    configured: dict[str, Any], said: dict[str, Any], expected: Reason, trigger: str
) -> None:
    """Whatever keeps the text from going; the same said again is nothing new."""
    agreed = connection(**configured)
    end = {"minor": False, **ENDS[trigger], **said}
    first = incoming(trigger, NOW + MINUTE, number=2, **end)
    decision = decided(_booked(**configured), first, connection=agreed)
    after = decision.appointment
    assert after is not None
    again = incoming(trigger, NOW + 2 * MINUTE, number=3, **end)

    assert (after.texting.phone, decision.texts, decision.problems) == (None, (), (expected,))
    assert decided(after, again, connection=agreed).problems == ()


@pytest.mark.parametrize("trigger", ENDS)
def test_an_end_that_is_told_is_nobodys_business(trigger: str) -> None:
    """There is no text for a no-show, so one before the visit begins has to be looked at."""
    first = incoming(trigger, NOW + MINUTE, number=2, **ENDS[trigger])
    decision = decided(_booked(), first)

    told = trigger != "S26"
    assert bool(decision.texts) is told
    assert decision.problems == (() if told else (END_NOT_TOLD,))


@pytest.mark.parametrize("trigger", ENDS)
@pytest.mark.parametrize(
    ("configured", "booked"),
    [
        ({}, IN_PERSON),
        ({"sms": None}, {}),
        (CONSENT, {"consent": None}),
        ({}, {"phone": None}),
        ({}, {"deceased": True}),
        ({"sms": replace(ENABLED, confirmations=False, reminders=(60,))}, {}),
        ({"sms": replace(ENABLED, confirmations=False, reminders=())}, {}),
    ],
)
def test_the_end_of_a_visit_that_nobody_was_told_of_is_not(
    configured: dict[str, Any], booked: dict[str, Any], trigger: str
) -> None:
    """Neither is a visit in person, nor one whose first reminder is still to come."""
    agreed = connection(**configured)
    before = applied(None, incoming(**booked), connection=agreed)
    end = {**booked, **ENDS[trigger], "patient": "1-another"}
    decision = decided(before, incoming(trigger, NOW + MINUTE, number=2, **end), connection=agreed)

    assert (decision.texts, decision.problems) == ((), ())


@pytest.mark.parametrize("trigger", ENDS)
def test_who_was_reminded_was_told(trigger: str) -> None:
    """Where no confirmations are sent."""
    agreed = connection(sms=replace(ENABLED, confirmations=False, reminders=(1440,)))
    before = applied(None, incoming(), connection=agreed)
    at = START - timedelta(hours=2)
    end = incoming(trigger, at, number=2, patient="1-another", **ENDS[trigger])

    assert decided(before, end, connection=agreed).problems == (PATIENT_CHANGED,)


@pytest.mark.parametrize("trigger", ENDS)
def test_who_was_told_and_then_refused_texts_is_not_forgotten(trigger: str) -> None:
    """That nobody is texted any more was only counted; the end leaves them with what they know."""
    agreed, told = connection(**CONSENT), _booked(**CONSENT)
    told = replace(told, texting=replace(told.texting, settled=told.version))
    refused = applied(told, incoming("S14", NOW + MINUTE, number=2, consent="N"), connection=agreed)
    end = incoming(trigger, NOW + 2 * MINUTE, number=3, consent="N", **ENDS[trigger])
    decision = decided(refused, end, connection=agreed)

    assert refused.texting.blocked == CONSENT_MISSING
    assert (decision.texts, decision.problems) == ((), (END_NOT_TOLD,))


@pytest.mark.parametrize("trigger", ENDS)
@pytest.mark.parametrize("said", [{"patient": "1-another"}, {"deceased": True}])
def test_somebody_who_calls_anyway_is_not_asked_twice(said: dict[str, Any], trigger: str) -> None:
    """The problem was reported when the patient changed or died, and the end does not settle it."""
    told = _booked()
    told = replace(told, texting=replace(told.texting, settled=told.version))
    known = applied(told, incoming("S14", NOW + MINUTE, number=2, **said))
    same = incoming(trigger, NOW + 2 * MINUTE, number=3, **ENDS[trigger], **said)
    right = incoming(trigger, NOW + 2 * MINUTE, number=4, deceased=False, **ENDS[trigger])

    for end in (same, right):
        decision = decided(known, end)
        assert (decision.texts, decision.problems, decision.settled) == ((), (), ())


@pytest.mark.parametrize("trigger", ENDS)
@pytest.mark.parametrize("said", [{"patient": "1-another"}, {"deceased": True}])
def test_a_correction_behind_the_end_leaves_the_call_to_be_made(
    said: dict[str, Any], trigger: str
) -> None:
    """Nobody knows the number any more: the patient still waits for the visit."""
    ended = applied(_booked(), incoming(trigger, NOW + MINUTE, number=2, **ENDS[trigger], **said))
    right = incoming(trigger, NOW + 2 * MINUTE, number=3, deceased=False, **ENDS[trigger])
    decision = decided(ended, right)

    assert (decision.texts, decision.problems, decision.settled) == ((), (), ())


@pytest.mark.parametrize("trigger", ["S15", "S26"])
def test_a_visit_that_takes_place_after_all_settles_it(trigger: str) -> None:
    """A booking tells the patient what holds now."""
    ended = applied(
        _booked(), incoming(trigger, NOW + MINUTE, number=2, remarks=(PHONE_UNUSABLE,), phone=None)
    )
    decision = decided(ended, incoming("S13", NOW + 2 * MINUTE, number=3))

    assert END_NOT_TOLD in decision.settled
    assert decision.texts


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"start": DELETED}, START_MISSING),
        ({"start": None, "remarks": (START_UNREADABLE,)}, START_UNREADABLE),
    ],
)
def test_a_notice_without_a_start_cannot_be_written(said: dict[str, Any], expected: Reason) -> None:
    """A visit becomes one in person by a message that takes its time away."""
    end = incoming("S14", NOW + MINUTE, number=2, **IN_PERSON, **said)
    decision = decided(_booked(), end)

    assert (decision.texts, decision.problems) == ((), (expected,))


@pytest.mark.parametrize("trigger", ENDS)
def test_a_visit_that_has_begun_needs_no_call(trigger: str) -> None:
    """Nor does a no-show whose message says that it had."""
    end = incoming(trigger, START, number=2, patient="1-another", **ENDS[trigger])

    assert decided(_booked(), end).problems == ()


def test_the_reason_stays_with_the_visit_in_person() -> None:
    """An accepted patient has a visit in person as well."""
    end = incoming("S14", NOW + MINUTE, number=2, patient="1-another", **IN_PERSON)
    other = incoming("S14", NOW + 2 * MINUTE, number=3, **IN_PERSON)
    after = applied(_booked(), end)

    assert after.texting.blocked == PATIENT_CHANGED
    assert applied(after, other).texting.blocked == NOT_VIRTUAL


REFUSING = [
    {"PID_13": "(608)555-0142 (wrong number)^PRN^CP"},
    {"PID_13": "(608)555-0142^PRN^CP^^^^^^DO NOT TEXT"},
    {"PID_13": '""'},
]
OTHERWISE = [
    {"PID_3": "999001^^^LAMNA^MRN"},
    {"PID_3": "203711^^^LAMNA HEALTH^MRN"},
]


@pytest.mark.parametrize("fields", [*REFUSING, *OTHERWISE])
@pytest.mark.parametrize("trigger", ["S14", "S15", "S17", "S26"])
def test_no_text_leaves_and_one_problem_names_the_appointment(
    trigger: str, fields: dict[str, str]
) -> None:
    """From the message to the list of problems."""
    machine = Machine(world=World(connection()), skips=True)
    machine.world.apply(siu("S12"))
    machine.wait(5)
    end = altered(siu(trigger, machine.world.clock()), **fields)
    machine.world.apply(altered(end, AIS_3="1001^OFFICE VISIT") if trigger == "S14" else end)
    machine.wait(5)
    world = machine.world
    problems = [each.subjects for each in world.problem_store.rows.values() if each.is_open]

    assert [post.body.split()[0] for post in world.service.executed] == ["scheduled"]
    assert problems == [(str(world.ref()),)]


def test_a_second_patient_in_the_cancellation_is_somebodys_business() -> None:
    """As a group of its own."""
    machine = Machine(world=World(connection()), skips=True)
    machine.world.apply(siu("S12"))
    machine.wait(5)
    body = siu("S15", machine.world.clock(), key=KEY).decode()
    pid = next(line for line in body.split("\r") if line.startswith("PID"))
    other = "PID|2||999001^^^LAMNA^MRN||TESTPATIENT^BO"
    machine.world.apply(body.replace(pid, f"{pid}\r{other}").encode())
    problems = [each.code for each in machine.world.problem_store.rows.values()]

    assert problems == [SEVERAL_PATIENTS.code]
