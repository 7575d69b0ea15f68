"""An operator erases a patient: what is asked, what goes, and what stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared_code.appointments.domain import ERASED
from shared_code.connections.domain import FieldPaths
from shared_code.intake.flows.sealed_message import QueuedMessage
from shared_code.links.domain import digest_of
from shared_code.operating.domain import OPERATOR
from shared_code.operating.flows.erase_letters import mentions
from shared_code.queues import HL7_INBOUND
from shared_code.security.keys import KeyRing
from shared_code.visits.flows.refs import visit_ref
from tests.contract import examples
from tests.unit.operating.erasing import (
    ELSEWHERE,
    LATER,
    OTHER,
    erase,
    left,
    texted,
)
from tests.world.connection import TENANT, connection
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import KEY, MRN, PHONE
from tests.world.visiting import visiting_world
from tests.world.world import World


def test_it_is_audited_first_and_says_how_much_went() -> None:
    """Then the row is marked, and it goes last; a repetition finds nothing any more."""
    world = texted()
    ref = world.ref()
    world.line.calls.clear()
    answer = erase(world)
    writes = [call for call in world.line.calls if call.endswith((".record", ".replace", "remove"))]

    assert answer == (200, {"erased": 1, "continue": False})
    assert writes[:2] == ["audit.record", "appointments.replace"]
    assert writes[-1] == "appointments.remove"
    (entry,) = world.audit.entries
    assert (entry.action, entry.subject) == ("erase-patient", str(ref))
    assert (entry.tenant, entry.actor) == (TENANT, OPERATOR)
    assert left(world, ref) == {}
    assert world.number_days.rows.all_keys() == []
    assert erase(world)[0] == 404


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"appointment": KEY, "number": PHONE}, 400, "request_malformed"),
        ({"number": 16085550142}, 400, "request_malformed"),
        ({"nothing": KEY}, 400, "request_malformed"),
        ({"number": ""}, 400, "request_malformed"),
        ({"number": "555-0142"}, 400, "number_unreadable"),
        ({"number": "nobody"}, 400, "number_unreadable"),
        ({"number": f"{PHONE} or {PHONE[:-1]}3"}, 400, "number_unreadable"),
        ({"appointment": "1"}, 404, "appointment_unknown"),
        ({"appointment": KEY, "connection": "nobody"}, 404, "connection_unknown"),
    ],
)
def test_what_names_nobody_erases_nothing(
    arguments: dict[str, Any], status: int, code: str
) -> None:
    """And is not audited."""
    world = texted()
    answer = erase(world, **arguments)

    assert (answer[0], answer[1]["code"]) == (status, code)
    assert world.audit.entries == []
    assert len(world.appointments.rows.values()) == 1


@pytest.mark.parametrize("number", [PHONE, "(608) 555-0142", "1-608-555-0142", " +1 608 555 0142"])
def test_a_number_is_read_as_messages_are(number: str) -> None:
    """With its country code, or as people of the region write it."""
    assert erase(texted(), number=number) == (200, {"erased": 1, "continue": False})


def test_a_number_of_which_nothing_is_known_is_no_error() -> None:
    """Somebody asked for it, so it is audited."""
    world = texted()
    assert erase(world, number="+16085550149") == (200, {"erased": 0, "continue": False})
    assert len(world.audit.entries) == 1
    assert len(world.appointments.rows.values()) == 1


def test_neither_number_nor_key_is_in_a_log_or_answer() -> None:
    world = texted()
    with captured_logs() as lines:
        answers = [erase(world), erase(world, number=PHONE), erase(world, number=KEY)]
    said = lines.getvalue() + repr(answers)

    assert "patient.erased" in said
    assert [each for each in (KEY, MRN, PHONE, PHONE[2:], PHONE[-7:]) if each in said] == []


def test_who_shares_a_number_goes_by_the_number_alone() -> None:
    """A mother's number is her children's; by an appointment, one child is erased."""
    world = texted()
    world.apply(siu(**OTHER))
    assert erase(world)[1]["erased"] == 1
    assert world.row().key == OTHER["key"]
    world.apply()
    assert erase(world, number=PHONE)[1]["erased"] == 2
    assert world.appointments.rows.values() == []


def test_a_number_that_was_texted_before_leads_to_its_appointment() -> None:
    """Also when the appointment has another number now."""
    world = texted()
    world.apply(siu("S14", LATER, phone="(608)555-0143"))
    ref = world.ref()
    assert erase(world, number=PHONE)[1]["erased"] == 1
    assert left(world, ref) == {}


def test_an_appointment_that_names_two_patients_is_refused() -> None:
    """Nobody knows which of them is meant; by another appointment, it goes with its patient."""
    world = texted()
    world.apply(siu("S14", LATER, patient_id=OTHER["patient_id"]))
    assert erase(world)[1]["code"] == "patient_in_doubt"
    assert world.audit.entries == []
    world.apply(siu(**ELSEWHERE))
    assert erase(world, appointment=OTHER["key"])[1]["erased"] == 2


def test_a_visit_of_several_appointments_stays_until_the_last_of_them() -> None:
    """Who else takes part must still find who is there."""
    world = visiting_world()
    paths = FieldPaths(csn="ZCS-1")
    world.configure(replace(world.connection, fields=paths, visits=connection().visits))
    for named in ({}, ELSEWHERE):
        world.apply(siu(**named) + b"ZCS|777\r")
    ref = visit_ref(world.rings, "lamna", "777")
    world.visits.insert(replace(examples.visit("lamna"), ref=ref))
    world.attendees.record(replace(examples.attendee("lamna"), visit=ref))
    erase(world)
    assert (world.visits.load(ref) is None, len(world.attendees.of(ref))) == (False, 1)
    erase(world, appointment=ELSEWHERE["key"])
    assert (world.visits.load(ref), world.attendees.of(ref)) == (None, [])


def test_links_of_every_key_go() -> None:
    """Also one that an older key of the ring has signed, and one without a text."""
    world = texted()
    old, ref = world.rings.link, world.ref()
    new = KeyRing("2", {**old.keys, "2": bytes(32)})
    world.rings = replace(world.rings, link=new)
    links = world.services.links.patient_links
    links.make(world.row(), "1-00")
    assert len(left(world, ref)) == 3
    assert world.links.find(digest_of(links.token_of(ref, world.row().version)))
    erase(world)
    assert left(world, ref) == {}


def test_a_long_work_is_cut_into_calls() -> None:
    """Each erases something, and the sum is everything."""
    world = World()
    for number in range(3):
        world.apply(siu(key=f"3700{number}"))
    world.apply()

    def slow(call: str) -> None:
        if call == "appointments.remove":
            world.clock.advance(seconds=8)

    world.line.after = slow
    answers = [erase(world)[1] for _ in range(2)]
    assert answers == [{"erased": 2, "continue": True}, {"erased": 2, "continue": False}]
    assert world.appointments.rows.values() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PID|1||||||||||||+16085550142", True),
        ("(608)555-0142", True),
        ("^PRN^PH^^1^608^5550142", True),
        ("^^^^^608^5550142^12", False),
        ("608.555.0142", True),
        ("001 608 555 0142", True),
        ('"from": "+16085550142"', True),
        ("+16085550143", False),
        ("5550142", False),
        ("+4416085550142", False),
        ("20260610133000", False),
        ("", False),
    ],
)
def test_a_number_is_found_in_a_letter(text: str, *, expected: bool) -> None:
    """However a message writes it; half of it is somebody else's."""
    assert mentions(text, PHONE) is expected


@pytest.mark.parametrize(
    ("body", "goes"),
    [
        (siu(key="99", phone="(608)555-0199"), True),
        (siu(key=KEY, patient_id="1", phone="(608)555-0199"), True),
        (siu(key="99", patient_id="1"), False),
        (siu(key="99", patient_id="1", phone="(608)555-0199"), False),
        (b"MSH|^~\\&|broken\rSCH|" + KEY.encode() + b"\r", True),
        (b"MSH|^~\\&|broken\rSCH|1" + KEY.encode() + b"\r", False),
    ],
)
def test_letters_about_the_patient_go(body: bytes, *, goes: bool) -> None:
    """By key, by an identifier, or in what cannot be read; those of others stay."""
    world = texted()
    intake = world.services.intake
    intake.sealed_messages.enqueue(QueuedMessage("lamna", world.clock(), "", "c0ffee", body))
    ((work, _),) = world.take(HL7_INBOUND)
    letter = intake.dead_messages.keep(work, ERASED.code)
    erase(world)
    assert (world.dead_letter_store.find(letter) is None) is goes
    named = [each for problem in world.problem_store.list() for each in problem.subjects]
    assert (letter in named) is not goes
