"""An operator erases a patient: what is asked, what goes, and what late work leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import ERASED, AppointmentRef
from shared_code.connections.domain import FieldPaths
from shared_code.intake.flows.sealed_message import QueuedMessage
from shared_code.links.domain import digest_of
from shared_code.operating.domain import OPERATOR
from shared_code.operating.flows.erase_letters import mentions
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND
from shared_code.security.keys import KeyRing
from shared_code.texting.domain.plan import REMINDER, SEND
from shared_code.texting.domain.reasons import REFUSED_BY_CARRIER
from shared_code.texting.ports import (
    Accepted,
    NotSent,
    OutcomeUnknown,
    RefusedText,
    SendResult,
)
from shared_code.visits.flows.refs import visit_ref
from tests.contract import examples
from tests.world.clock import NOW
from tests.world.connection import ENABLED, TENANT, connection
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.machine import Crash, CrashPoint, Machine
from tests.world.messages import siu
from tests.world.visit import KEY, MRN, PHONE, START
from tests.world.visiting import visiting_world
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
OTHER: dict[str, Any] = {"key": "36997", "patient_id": "203712"}
ELSEWHERE: dict[str, Any] = {**OTHER, "phone": "(608)555-0143"}


def _erase(world: World, **arguments: Any) -> tuple[int, dict[str, object]]:
    asked = arguments or {"appointment": KEY}
    body = json.dumps({"connection": "lamna", **asked}).encode()
    status, answer = world.services.operating.json_door.run("erase-patient", body, OPERATOR)
    return status, dict(answer)


def _booked(**more: Any) -> World:
    world = World()
    world.apply(siu(**more))
    return world


def _texted() -> World:
    world = _booked()
    world.send(world.hint())
    return world


def _left(world: World, ref: AppointmentRef) -> dict[str, int]:
    """How many things of the appointment are stored, agenda and audit aside."""
    texts = [each for each in world.texts.rows.values() if each.ref.subject == ref]
    links = [each for each in world.links.rows.values() if each.subject == ref]
    named = [
        each
        for problem in world.problem_store.rows.values()
        for each in problem.subjects
        if each.startswith(str(ref))
    ]
    rows = [each for each in world.appointments.rows.values() if each.ref == ref]
    found: dict[str, Sequence[object]] = {
        "texts": texts,
        "links": links,
        "problems": named,
        "rows": rows,
    }
    return {name: len(each) for name, each in found.items() if each}


def _work_off(world: World, days: int = 0) -> None:
    """Let everything come that is still on its way: hints, then minutes of the agenda."""
    machine = Machine(world=world, skips=True)
    machine.work()
    machine.until(world.clock.now + timedelta(days=days, minutes=10))


def test_it_is_audited_first_and_says_how_much_went() -> None:
    """Then the row is marked, and it goes last; a repetition finds nothing any more."""
    world = _texted()
    ref = world.ref()
    world.line.calls.clear()
    answer = _erase(world)
    writes = [call for call in world.line.calls if call.endswith((".record", ".replace", "remove"))]

    assert answer == (200, {"erased": 1, "continue": False})
    assert writes[:2] == ["audit.record", "appointments.replace"]
    assert writes[-1] == "appointments.remove"
    (entry,) = world.audit.entries
    assert (entry.action, entry.subject) == ("erase-patient", str(ref))
    assert (entry.tenant, entry.actor) == (TENANT, OPERATOR)
    assert _left(world, ref) == {}
    assert world.number_days.rows.all_keys() == []
    assert _erase(world)[0] == 404


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
    world = _texted()
    answer = _erase(world, **arguments)

    assert (answer[0], answer[1]["code"]) == (status, code)
    assert world.audit.entries == []
    assert len(world.appointments.rows.values()) == 1


@pytest.mark.parametrize("number", [PHONE, "(608) 555-0142", "1-608-555-0142", " +1 608 555 0142"])
def test_a_number_is_read_as_messages_are(number: str) -> None:
    """With its country code, or as people of the region write it."""
    assert _erase(_texted(), number=number) == (200, {"erased": 1, "continue": False})


def test_a_number_of_which_nothing_is_known_is_no_error() -> None:
    """Somebody asked for it, so it is audited."""
    world = _texted()
    assert _erase(world, number="+16085550149") == (200, {"erased": 0, "continue": False})
    assert len(world.audit.entries) == 1
    assert len(world.appointments.rows.values()) == 1


def test_neither_number_nor_key_is_in_a_log_or_answer() -> None:
    world = _texted()
    with captured_logs() as lines:
        answers = [_erase(world), _erase(world, number=PHONE), _erase(world, number=KEY)]
    said = lines.getvalue() + repr(answers)

    assert "patient.erased" in said
    assert [each for each in (KEY, MRN, PHONE, PHONE[2:], PHONE[-7:]) if each in said] == []


def test_who_shares_a_number_goes_by_the_number_alone() -> None:
    """A mother's number is her children's; by an appointment, one child is erased."""
    world = _texted()
    world.apply(siu(**OTHER))
    assert _erase(world)[1]["erased"] == 1
    assert world.row().key == OTHER["key"]
    world.apply()
    assert _erase(world, number=PHONE)[1]["erased"] == 2
    assert world.appointments.rows.values() == []


def test_a_number_that_was_texted_before_leads_to_its_appointment() -> None:
    """Also when the appointment has another number now."""
    world = _texted()
    world.apply(siu("S14", LATER, phone="(608)555-0143"))
    ref = world.ref()
    assert _erase(world, number=PHONE)[1]["erased"] == 1
    assert _left(world, ref) == {}


def test_an_appointment_that_names_two_patients_is_refused() -> None:
    """Nobody knows which of them is meant; by another appointment, it goes with its patient."""
    world = _texted()
    world.apply(siu("S14", LATER, patient_id=OTHER["patient_id"]))
    assert _erase(world)[1]["code"] == "patient_in_doubt"
    assert world.audit.entries == []
    world.apply(siu(**ELSEWHERE))
    assert _erase(world, appointment=OTHER["key"])[1]["erased"] == 2


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
    _erase(world)
    assert (world.visits.load(ref) is None, len(world.attendees.of(ref))) == (False, 1)
    _erase(world, appointment=ELSEWHERE["key"])
    assert (world.visits.load(ref), world.attendees.of(ref)) == (None, [])


def test_links_of_every_key_go() -> None:
    """Also one that an older key of the ring has signed, and one without a text."""
    world = _texted()
    old, ref = world.rings.link, world.ref()
    new = KeyRing("2", {**old.keys, "2": bytes(32)})
    world.rings = replace(world.rings, link=new)
    links = world.services.links.patient_links
    links.make(world.row(), "1-00")
    assert len(_left(world, ref)) == 3
    assert world.links.find(digest_of(links.token_of(ref, world.row().version)))
    _erase(world)
    assert _left(world, ref) == {}


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
    answers = [_erase(world)[1] for _ in range(2)]
    assert answers == [{"erased": 2, "continue": True}, {"erased": 2, "continue": False}]
    assert world.appointments.rows.values() == []


def _calls_of(job: Callable[[], object], world: World) -> list[str]:
    world.line.calls.clear()
    job()
    return list(world.line.calls)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [False, True])
def test_a_crash_anywhere_and_a_repetition_erase_all(*, after: bool, number: bool) -> None:
    """Whether the process died or storage did not answer, before or after a call took effect."""
    asked = {"number": PHONE} if number else {"appointment": KEY}

    def fresh() -> World:
        world = _texted()
        world.apply(siu(key="37001"))
        world.apply(siu(**ELSEWHERE))
        if number:  # only its text leads from the number to the first one
            world.apply(siu("S14", LATER, phone="(608)555-0144"))
        return world

    first = fresh()
    for place in range(1, len(_calls_of(partial(_erase, first, **asked), first)) + 1):
        world = fresh()
        refs = [each.ref for each in world.appointments.rows.values()]
        point = CrashPoint(place, after, Crash)
        world.line.before, world.line.after = point.before_call, point.after_call
        with pytest.raises(Crash):
            _erase(world, **asked)
        repeated = _erase(world, **asked)[0]
        assert repeated == 200 or (repeated == 404 and "remove" in point.died_at), point.died_at
        assert [_left(world, ref) for ref in refs[:2]] == [{}, {}], point.died_at
        assert _left(world, refs[2])["rows"] == 1


@pytest.mark.parametrize("call", ["texts.remove", "links.remove", "appointments.all_of"])
def test_storage_that_does_not_answer_is_503(call: str) -> None:
    """The next call goes on."""
    world = _texted()
    ref = world.ref()
    world.line.before = unavailable(call, times=1)
    assert _erase(world)[1]["code"] == "storage_unavailable"
    assert _erase(world)[0] == 200
    assert _left(world, ref) == {}


def test_an_appointment_that_others_keep_changing_is_409() -> None:
    """Nobody waits for ever; the next call goes on."""
    world = _texted()

    def change(call: str) -> None:
        if call == "appointments.remove":
            stored = world.appointments.rows.get(world.ref())
            assert stored is not None
            world.appointments.rows.replace(world.ref(), stored.value, stored.etag)

    world.line.before = change
    assert _erase(world)[1]["code"] == "write_conflict"
    assert world.row().texting.blocked == ERASED
    world.line.before = lambda call: None
    assert _erase(world) == (200, {"erased": 1, "continue": False})


class _Meanwhile:
    """Does something once, before the call of that number."""

    def __init__(self, world: World, place: int, job: Callable[[], object]) -> None:
        self.world, self.left, self.job = world, place, job
        world.line.before = self

    def __call__(self, call: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.job()


RESULTS: list[SendResult] = [
    Accepted("sent"),
    RefusedText(REFUSED_BY_CARRIER),
    NotSent(),
    OutcomeUnknown(),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda each: type(each).__name__)
def test_a_text_on_its_way_leaves_nothing(result: SendResult) -> None:
    """At whatever moment it is erased: neither claim, link, outcome nor problem comes after."""
    world = _booked()
    work = world.hint()
    world.service.usual = result
    for place in range(1, len(_calls_of(partial(world.send, work), world)) + 1):
        world = _booked()
        work, ref = world.hint(), world.ref()
        world.service.usual = result
        _Meanwhile(world, place, partial(_erase, world))
        world.send(work)
        world.line.before = lambda call: None
        assert world.appointments.rows.values() == []
        world.queues.send(SMS_OUTBOUND, work)
        _work_off(world)
        assert _left(world, ref) == {}, place
        assert len(world.service.posts) <= 1


def test_nothing_is_made_anew_by_what_comes_late() -> None:
    """Hints, repeated hints, reports, replies, and half a year of the agenda."""
    world = World(connection=connection(sms=replace(ENABLED, reminders=(60,))))
    world.apply()
    work, ref, version = world.hint(), world.ref(), str(world.row().version)
    world.send(work)
    tag = str(world.record().ref)
    world.agenda.add([AgendaRow(world.clock(), SEND, tag, version)])
    _erase(world)
    results = world.services.texting.text_results
    for delivery in ("failed", "delivered"):
        event = {"event": "report", "text": tag, "delivery": delivery, "message": "m"}
        results.on_event({**event, "reason": "delivery_unreachable"})
    world.send(work)
    world.queues.send(SMS_OUTBOUND, {"text": tag.replace("confirmation~0", "reminder~60")})
    assert REMINDER in {row.duty for row in world.agenda.rows.values()}
    _work_off(world, days=200)

    assert _left(world, ref) == {}
    assert world.links.rows.values() == []
    assert [str(ref) in repr(row) for row in world.agenda.rows.values()] == []
    assert len(world.service.posts) == 1


def test_a_later_message_makes_the_appointment_anew() -> None:
    """Epic still has it."""
    world = _texted()
    _erase(world)
    world.apply(siu("S14", LATER))
    world.send(world.hint())
    assert (world.row().version.counter, len(world.service.executed)) == (1, 2)


def test_a_message_in_the_midst_is_erased_or_makes_it_anew() -> None:
    """Whatever the moment: all is there, or nothing."""
    first = _texted()
    for place in range(1, len(_calls_of(partial(_erase, first), first)) + 1):
        world = _texted()
        ref, moved = world.ref(), siu("S13", LATER, start_local=START.replace(tzinfo=None))
        assert world.post(moved).status == 200
        ((work, _),) = world.take(HL7_INBOUND)
        apply = partial(world.services.intake.apply_schedule.on_message, work)
        _Meanwhile(world, place, apply)
        assert _erase(world)[0] == 200
        world.line.before = lambda call: None
        _work_off(world)
        left = _left(world, ref)
        assert left == {} or left["rows"] == 1, place
        assert left == {} or world.row().texting.blocked is None


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
    world = _texted()
    intake = world.services.intake
    intake.sealed_messages.enqueue(QueuedMessage("lamna", world.clock(), "", "c0ffee", body))
    ((work, _),) = world.take(HL7_INBOUND)
    letter = intake.dead_messages.keep(work, ERASED.code)
    _erase(world)
    assert (world.dead_letter_store.find(letter) is None) is goes
    named = [each for problem in world.problem_store.list() for each in problem.subjects]
    assert (letter in named) is not goes
