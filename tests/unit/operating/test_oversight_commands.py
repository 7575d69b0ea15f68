"""What an operator sees: how things stand, problems until they are closed, hashes of numbers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from local.memory.sending import MemoryCircuitBreaker
from shared_code.appointments.refs import appointment_ref
from shared_code.consent.flows import recipient_hash
from shared_code.operating.domain import OPERATOR
from shared_code.oversight.domain.problem import Closing
from shared_code.oversight.ports import Owner, Switch
from shared_code.queues import HL7_INBOUND, POISON, QUEUES, SMS_URGENT
from shared_code.texting.domain.holds import BRAKE
from shared_code.texting.domain.reasons import PHONE_MISSING, REPLY_UNCLEAR
from tests.world.connection import SENDER
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.problems import reported
from tests.world.visit import KEY, PHONE
from tests.world.world import World

OTHER_KEY = "36997"


def _ask(world: World, action: str, **arguments: object) -> tuple[int, Any]:
    body = json.dumps(arguments).encode()
    status, answer = world.services.operating.json_door.run(action, body, OPERATOR)
    return status, json.loads(json.dumps(answer))


def _listed(world: World, **arguments: object) -> list[Any]:
    return list(_ask(world, "problems", **arguments)[1]["problems"])


def _reported(world: World, *subjects: str) -> str:
    owner = Owner(world.connection.tenant, "lamna")
    for subject in subjects:
        world.services.oversight.problems.report(PHONE_MISSING.code, subject, world.clock(), owner)
    return world.problem_store.list()[0].id


class TestStatus:
    def test_a_new_installation_has_nothing_to_say(self) -> None:
        """Every queue is there, and nothing is set."""
        world = World()
        status, answer = _ask(world, "status")

        assert status == 200
        assert answer["queues"] == {name: {"waiting": 0, "failed": 0} for name in QUEUES}
        assert (answer["agendaAgeSeconds"], answer["pause"], answer["mistakes"]) == (None, None, [])
        (connection,) = answer["connections"]
        assert connection == {
            "connection": "lamna",
            "environment": "production",
            "status": "approved",
            "texts": True,
            "pause": None,
            "brake": None,
            "lastMessage": None,
        }

    def test_it_shows_what_holds_texts_and_since_when(self) -> None:
        """Pauses with who set them, the brake, the circuit, depths, ages, open problems."""
        world = World()
        since = world.clock()
        _ask(world, "pause")
        _ask(world, "pause", connection="lamna")
        world.switches.set(Switch(f"{BRAKE}~lamna", "storm", since))
        world.circuit = MemoryCircuitBreaker()
        for _ in range(3):
            world.circuit.record(False, since)
        world.apply()
        world.run_agenda()
        world.queues.send(SMS_URGENT, {})
        world.queues.poison[HL7_INBOUND] = ["broken"]
        _reported(world, "a")
        world.clock.advance(seconds=90)
        answer = _ask(world, "status")[1]

        by_person = {"since": since.isoformat(), "by": "operator"}
        (connection,) = answer["connections"]
        assert (by_person, by_person) == (answer["pause"], connection["pause"])
        assert connection["brake"] == by_person | {"by": "storm"}
        assert connection["lastMessage"] == since.isoformat()
        circuits, queues = answer["circuits"], answer["queues"]
        assert circuits["sms"]["state"] == "open"
        assert queues[SMS_URGENT]["waiting"] == 1
        assert queues[HL7_INBOUND]["failed"] == 1
        assert (answer["agendaAgeSeconds"], answer["openProblems"]) == (90, 1)
        assert world.queues.depth(f"{HL7_INBOUND}{POISON}") == 1


class TestProblems:
    def test_a_settled_problem_says_so_and_leaves_the_list(self) -> None:
        world = World()
        _reported(world, "a", "b")
        owner, problems = Owner(world.connection.tenant, "lamna"), world.services.oversight.problems
        (before,) = _listed(world)
        for subject in ("a", "b"):
            problems.settle(PHONE_MISSING.code, subject, owner, world.clock())
        (after,) = _listed(world, all=True)

        assert (before["state"], before["count"], before["subjects"]) == ("open", 2, ["a", "b"])
        assert (after["state"], after["settled"], after["subjects"]) == ("settled", 2, [])
        assert _listed(world) == _listed(world, all=False) == []

    @pytest.mark.parametrize("why", Closing)
    def test_a_person_closes_a_problem_with_a_reason(self, why: Closing) -> None:
        """Audited once; closing it again changes nothing, a new report opens it."""
        world = World()
        problem = _reported(world, "a")
        first = _ask(world, "close-problem", problem=problem, reason=why)
        second = _ask(world, "close-problem", problem=problem, reason="called")

        assert (200, why, first) == (first[0], first[1]["state"], second)
        assert _listed(world) == []
        (entry,) = world.audit.entries
        assert (f"close-problem {why}", problem, "operator") == (
            entry.action,
            entry.subject,
            entry.actor,
        )
        _reported(world, "a")
        assert [each["state"] for each in _listed(world)] == ["open"]

    @pytest.mark.parametrize(
        ("arguments", "status", "code"),
        [
            ({"problem": "t~20260601~" + "0" * 24, "reason": "called"}, 404, "problem_unknown"),
            ({"problem": "nothing", "reason": "called"}, 404, "problem_unknown"),
            ({"reason": "called"}, 400, "request_malformed"),
            ({"problem": "nothing", "reason": "because"}, 400, "request_malformed"),
        ],
    )
    def test_what_cannot_be_closed_is_refused(
        self, arguments: dict[str, object], status: int, code: str
    ) -> None:
        """And nothing is audited."""
        world = World()
        answer = _ask(world, "close-problem", **arguments)

        assert (status, code) == (answer[0], answer[1]["code"])
        assert world.audit.entries == []

    def test_all_is_true_or_false(self) -> None:
        assert _ask(World(), "problems", all="yes")[1]["code"] == "request_malformed"


class TestFromAProblemToAPatient:
    @pytest.fixture
    def world(self) -> World:
        """Return an installation with a problem and a text."""
        world = World()
        world.apply(siu(phone=""))
        world.apply(siu("S14", world.clock() + timedelta(minutes=1)))
        world.clock.advance(minutes=2)
        world.send(world.hint())
        return world

    def test_the_subject_of_a_problem_leads_to_the_appointment(self, world: World) -> None:
        """Its key is in the answer, and the audit log says that somebody asked for it."""
        _reported(world, str(world.ref()))
        (problem,) = _listed(world)
        (subject,) = problem["subjects"]
        status, answer = _ask(world, "history", subject=subject)
        by_key = _ask(world, "history", connection="lamna", appointment=KEY)[1]

        assert (status, answer["key"]) == (200, KEY)
        assert by_key == {name: answer[name] for name in ("appointment", "texts")}
        (entry,) = world.audit.entries
        row = str(world.row().ref)
        assert ("history", row, "operator") == (entry.action, entry.subject, entry.actor)

    def test_a_text_a_row_and_an_older_subject_lead_there_too(self, world: World) -> None:
        """A row of the log is found with its connection, and without."""
        ref, text = world.row().ref, str(world.record().ref)
        asked: list[dict[str, object]] = [
            {"subject": text},
            {"subject": ref.row},
            {"subject": ref.row, "connection": "lamna"},
            {"subject": f"{ref}~1-{'cd' * 16}"},
        ]

        assert [_ask(world, "history", **each)[1]["key"] for each in asked] == [KEY] * 4

    def test_an_unclear_reply_leads_to_the_visit_that_was_texted_last(self) -> None:
        """Its subject is the keyed hash of the number: somebody must be able to ask the patient."""
        world = World()
        for minute, key in enumerate((OTHER_KEY, KEY)):
            world.apply(siu(at=world.clock() + timedelta(minutes=minute), key=key))
            world.clock.advance(minutes=2)
            world.send(world.hint())
        reply = {"event": "unclear", "sender": SENDER, "recipient": PHONE}
        world.services.texting.text_results.on_event(reply)
        (subject,) = reported(world, REPLY_UNCLEAR)[0]
        ways = [{"subject": subject}, {"subject": subject, "connection": "lamna"}]
        answers = [_ask(world, "history", **each) for each in ways]

        assert [(status, answer["key"]) for status, answer in answers] == [(200, KEY)] * 2
        assert PHONE not in json.dumps(answers)
        assert [entry.action for entry in world.audit.entries] == ["history"] * 2

    def test_a_visit_that_was_erased_meanwhile_leads_to_the_one_before(self) -> None:
        """Its texts are kept for longer than the visit."""
        world = World()
        for minute, key in enumerate((KEY, OTHER_KEY)):
            world.apply(siu(at=world.clock() + timedelta(minutes=minute), key=key))
            world.clock.advance(minutes=2)
            world.send(world.hint())
        last = appointment_ref(world.rings, "lamna", OTHER_KEY)
        stored = world.appointments.load(last)
        assert stored is not None
        world.appointments.remove(last, stored.etag)
        subject = recipient_hash(world.rings, world.connection.tenant, PHONE)

        assert _ask(world, "history", subject=subject)[1]["key"] == KEY

    @pytest.mark.parametrize(
        "subject",
        ["", "lamna", "lamna~", "~", "other~1-" + "0" * 32, "lamna~1-" + "0" * 32, "1-" + "0" * 32]
        + ["lamna~../x", "tenant~20260601~" + "0" * 24, "launches", "lamna~1-" + "0" * 31 + "'"],
    )
    def test_what_names_no_appointment_leads_nowhere(self, world: World, subject: str) -> None:
        """And nothing is audited: nobody's name was found."""
        status, answer = _ask(world, "history", subject=subject)

        wanted = (404, "appointment_unknown") if subject else (400, "request_malformed")
        assert wanted == (status, answer["code"])
        assert world.audit.entries == []

    def test_the_answer_holds_no_number_and_no_name(self, world: World) -> None:
        """The key is how Epic finds the patient; nothing else is told."""
        answer = _ask(world, "history", subject=str(world.row().ref))[1]

        names = (PHONE, "0142", "TESTPATIENT", "203711")
        assert [word for word in names if word in json.dumps(answer)] == []


class TestHashOfANumber:
    @pytest.mark.parametrize("spelt", [PHONE, "+1 (608) 555-0142", "+1.608.555.0142"])
    def test_it_is_the_hash_that_an_allow_list_holds(self, spelt: str) -> None:
        """However the number is spaced; it is in no log and no audit."""
        world = World()
        with captured_logs() as lines:
            status, answer = _ask(world, "hash-number", connection="lamna", number=spelt)

        expected = recipient_hash(world.rings, world.connection.tenant, PHONE)
        assert (200, {"connection": "lamna", "hash": expected}) == (status, answer)
        assert "555" not in lines.getvalue()
        assert world.audit.entries == []

    @pytest.mark.parametrize(
        "number", ["6085550142", "+16", "+0608555", "(608) 555-0142", "+1608x"]
    )
    def test_a_number_without_its_country_is_refused(self, number: str) -> None:
        """Another hash would only match nobody."""
        status, answer = _ask(World(), "hash-number", connection="lamna", number=number)

        assert (status, answer["code"]) == (400, "number_unreadable")
        assert number not in json.dumps(answer)
