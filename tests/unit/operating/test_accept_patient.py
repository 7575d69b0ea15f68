"""An operator who accepts that a visit is now another patient's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.appointments.domain import START_MISSING, Appointment
from shared_code.errors import Conflict, NotStored, Reason
from shared_code.hl7.schedule_event import DELETED
from shared_code.intake.domain.accept import accept_patient
from shared_code.links.domain import LINK_DEAD
from shared_code.operating.domain import OPERATOR
from shared_code.operating.errors import OTHER_PATIENT_UNKNOWN, PATIENT_NOT_CHANGED
from shared_code.operating.flows.json_door import Answer
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.plan import REMINDER, SETTLE
from shared_code.texting.domain.reasons import (
    NOT_VIRTUAL,
    PATIENT_CHANGED,
    PATIENT_DECEASED,
    PHONE_MISSING,
    STATUS_DISAGREES,
    VISIT_IN_PAST,
)
from tests.unit.links.texted_patient import Patient
from tests.world.clock import NOW
from tests.world.connection import CONNECTION, ENABLED, connection
from tests.world.events import applied, incoming
from tests.world.messages import altered, siu
from tests.world.visit import GRACE, KEY, OTHER_PHONE, PHONE, START
from tests.world.world import World

LATER, LATEST = NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)
OTHER_MRN = "203712"
BO = {"patient_id": OTHER_MRN, "phone": "(608)555-0143"}
WRITES = ("audit.record", "agenda.add", "appointments.replace", "queues.send")


def _ask(world: World, action: str, **arguments: object) -> tuple[int, Answer]:
    body = json.dumps(arguments).encode()
    return world.services.operating.json_door.run(action, body, OPERATOR)


def _accept(world: World, name: str = KEY) -> tuple[int, Answer]:
    return _ask(world, "accept-patient", connection=world.connection.id, appointment=name)


def _in_conflict(**said: Any) -> World:
    """The first patient was texted; then a message names another one."""
    world = World()
    world.apply()
    _work_off(world)
    world.clock.now = LATER
    world.apply(siu("S14", LATER, **{**BO, **said}))
    _work_off(world)
    return world


def _work_off(world: World) -> None:
    for work, _ in world.take(SMS_OUTBOUND):
        world.send(work)


def _problems(world: World) -> list[object]:
    listed = _ask(world, "problems")[1]["problems"]
    assert isinstance(listed, list)
    return [each["code"] for each in listed]


def _texted(world: World) -> list[str]:
    return [text.to for text in world.service.executed]


def test_the_other_patient_is_texted_and_the_first_one_is_not() -> None:
    world = _in_conflict()
    before = (_texted(world), _problems(world))
    status, answer = _accept(world)
    _work_off(world)
    row = world.row()

    assert before == ([PHONE], [PATIENT_CHANGED.code])
    assert status == 200
    assert (row.patient_conflict, row.other_patients, row.version.counter) == (False, (), 3)
    assert _texted(world) == [PHONE, OTHER_PHONE]
    assert _problems(world) == []
    assert OTHER_MRN not in str(answer)


@pytest.mark.parametrize(
    ("altering", "code"),
    [
        ({"SCH_25": "3^CAN"}, STATUS_DISAGREES),
        ({"PID_13": ""}, PHONE_MISSING),
        ({"SCH_11": '""'}, START_MISSING),
    ],
)
def test_what_keeps_the_accepted_patient_from_being_texted_is_a_problem(
    altering: dict[str, str], code: Reason
) -> None:
    """While the conflict lasted it was the only one."""
    world = World()
    world.apply()
    _work_off(world)
    world.clock.now = LATER
    world.apply(altered(siu("S14", LATER, **BO), **altering))
    before = _problems(world)
    _accept(world)
    _work_off(world)

    assert (before, _problems(world)) == ([PATIENT_CHANGED.code], [code.code])
    assert _texted(world) == [PHONE]


def test_agenda_row_and_hint_are_written_in_the_order_of_intake() -> None:
    """Whatever dies in between, the agenda knows of it; and it is audited before."""
    world = _in_conflict()
    world.line.calls.clear()
    _accept(world)
    writes = [call for call in world.line.calls if call in WRITES]
    (entry,) = world.audit.entries

    assert writes == ["audit.record", "agenda.add", "appointments.replace", "queues.send"]
    assert (entry.action, entry.actor, entry.subject) == (
        "accept-patient",
        OPERATOR,
        str(world.ref()),
    )


def test_the_accepted_patient_stays_the_patient() -> None:
    """The first one, named again, is another patient now."""
    world = _in_conflict()
    _accept(world)
    world.apply(siu("S14", LATEST, **BO, language="SPA"))
    same = world.row().patient_conflict
    world.apply(siu("S14", LATEST + timedelta(minutes=1)))

    assert (same, world.row().patient_conflict) == (False, True)
    assert world.row().texting.phone == PHONE


def test_accepting_twice_is_accepting_once() -> None:
    world = _in_conflict()
    _accept(world)
    _work_off(world)
    status, answer = _accept(world)
    _work_off(world)

    assert (status, answer["code"]) == (409, PATIENT_NOT_CHANGED.code)
    assert _texted(world) == [PHONE, OTHER_PHONE]


def test_who_died_before_the_problem_was_settled_settles_it_the_next_time() -> None:
    world = _in_conflict()

    def die(call: str) -> None:
        if call == "appointments.replace":
            raise NotStored

    world.line.after = die
    assert _accept(world)[0] == 503
    world.line.after = lambda call: None
    open_ones = _problems(world)
    world.run_agenda()
    _accept(world)
    _work_off(world)

    assert (open_ones, _problems(world)) == ([PATIENT_CHANGED.code], [])


def test_the_agenda_sends_the_text_whose_hint_was_lost() -> None:
    world = _in_conflict()
    _accept(world)
    world.take(SMS_OUTBOUND)
    world.clock.advance(minutes=15)
    world.run_agenda()
    _work_off(world)

    assert _texted(world) == [PHONE, OTHER_PHONE]


def test_somebody_who_was_first_is_not_overwritten() -> None:
    """A message that came meanwhile may name a third patient."""
    world = _in_conflict()

    def be_first(call: str) -> None:
        if call == "audit.record":
            world.line.before = lambda call: None
            world.apply(siu("S14", LATEST, patient_id="203713", phone="(608)555-0144"))

    world.line.before = be_first
    status, answer = _accept(world)

    assert (status, answer["code"]) == (Conflict().info.status, Conflict().code)
    assert world.row().patient_conflict is True


def test_without_a_conflict_there_is_nothing_to_accept() -> None:
    world = World()
    world.apply()
    before = world.row()
    status, answer = _accept(world)

    assert (status, answer["code"]) == (409, PATIENT_NOT_CHANGED.code)
    assert (world.row(), world.audit.entries) == (before, [])


def test_a_conflict_of_an_earlier_release_does_not_say_with_whom() -> None:
    world = _in_conflict()
    stored = world.appointments.load(world.ref())
    assert stored is not None
    world.appointments.replace(replace(stored.value, other_patients=()), stored.etag)
    status, answer = _accept(world)

    assert (status, answer["code"]) == (409, OTHER_PATIENT_UNKNOWN.code)
    assert world.row().patient_conflict is True


def test_an_appointment_that_nobody_knows_cannot_be_accepted() -> None:
    assert _accept(World(), "41200")[0] == 404


def test_the_first_patient_named_again_settles_the_problem() -> None:
    """Nobody has to do anything any more."""
    world = _in_conflict()
    world.apply(siu("S14", LATEST))

    assert (world.row().patient_conflict, _problems(world)) == (False, [])


@pytest.mark.parametrize("phone", ["(608)555-0143", '""'])
def test_the_first_patients_link_leads_nowhere_any_more(phone: str) -> None:
    """Neither in the conflict nor after it, whether the other one has a number or not."""
    patient = Patient()
    patient.world.apply(siu("S14", LATER, patient_id=OTHER_MRN, phone=phone))
    before = patient.code()
    status, _ = _accept(patient.world)

    assert (status, before, patient.code()) == (200, LINK_DEAD.code, LINK_DEAD.code)


def _conflict(**said: Any) -> Appointment:
    other = {"patient": "1-other", "phone": OTHER_PHONE, **said}
    booked = applied(None, incoming(patient="1-patient"))
    return applied(booked, incoming("S14", LATER, number=2, **other))


@pytest.mark.parametrize(
    ("said", "blocked"),
    [
        ({}, None),
        ({"phone": None}, PHONE_MISSING),
        ({"phone": DELETED}, PHONE_MISSING),
        ({"visit_codes": ("1001",)}, NOT_VIRTUAL),
    ],
)
def test_who_cannot_be_texted_for_another_reason_is_not(
    said: dict[str, Any], blocked: Reason | None
) -> None:
    """A rule of the connection that the newest message fell under still holds."""
    decision = accept_patient(_conflict(**said), CONNECTION, "0" * 8, LATEST, GRACE)

    assert decision.appointment is not None
    assert decision.appointment.texting.blocked == blocked
    assert bool(decision.texts) is (blocked is None)


def test_a_dead_patient_is_not_texted_after_acceptance() -> None:
    state = _conflict()
    dead = replace(state, texting=replace(state.texting, deceased=True))
    decision = accept_patient(dead, CONNECTION, "0" * 8, LATEST, GRACE)

    assert decision.appointment is not None
    assert (decision.appointment.texting.blocked, decision.texts) == (PATIENT_DECEASED, ())


def test_a_visit_that_has_begun_is_accepted_without_a_text() -> None:
    decision = accept_patient(_conflict(), CONNECTION, "0" * 8, START, GRACE)

    assert decision.appointment is not None
    assert (decision.appointment.texting.blocked, decision.texts) == (VISIT_IN_PAST, ())


def test_a_cancelled_visit_is_accepted_in_silence() -> None:
    cancelled = applied(_conflict(), incoming("S15", LATER, number=3, patient="1-other"))
    decision = accept_patient(cancelled, CONNECTION, "0" * 8, LATEST, GRACE)

    assert decision.appointment is not None
    assert (decision.appointment.texting.phone, decision.texts) == (None, ())


def test_reminders_are_planned_for_the_other_patient() -> None:
    known = connection(sms=replace(ENABLED, reminders=(60,)))
    decision = accept_patient(_conflict(), known, "0" * 8, LATEST, GRACE)

    assert {SETTLE, REMINDER} <= {row.duty for row in decision.agenda}
    assert {row.version for row in decision.agenda} == {"3-00000000"}
