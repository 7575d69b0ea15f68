"""SIUs with several PATIENT groups: whose appointment each is, and who is not texted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared_code.appointments.domain import Appointment
from shared_code.connections.domain import Connection, FieldPaths
from shared_code.errors import NotStored, Refused
from shared_code.hl7.schedule_event import PHONE_UNUSABLE, SEVERAL_PATIENTS, PatientId
from shared_code.intake.siu import MESSAGE_UNPARSEABLE, read_schedule_events
from shared_code.queues import HL7_INBOUND
from tests.world.clock import NOW
from tests.world.connection import CONNECTION, connection
from tests.world.messages import sample, siu, texts
from tests.world.visit import KEY, OTHER_PHONE, PHONE
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
APART = connection(fields=FieldPaths(key="PV1-19.1"))
HEAD = "MSH|^~\\&|EPIC|LAMNA|CONNECTOR|LAMNA|20260601101502||SIU^S12|1000241|P|2.3\r"
SCH = "SCH|1|36996|||||||30|MIN|^^^202606101330\r"
RESOURCES = "RGS|1\rAIS|1||2950^VIDEO VISIT\r"
ALEX, BO = "203711^^^LAMNA^MRN", "203712^^^LAMNA^MRN"


def _pid(ids: str, phone: str = "(608)555-0142", number: int = 1, name: str = "ALEX") -> str:
    return f"PID|{number}||{ids}||TESTPATIENT^{name}||||||||{phone}^PRN^CP||ENG\r"


def _pv1(csn: str) -> str:
    return f"PV1|1|O|10501101||||||||||||||||{csn}\r"


def _read(*segments: str, known: Connection = CONNECTION) -> list[tuple[str, str | None, bool]]:
    """Key, last digits of the phone and whether several share it, of each event."""
    events = read_schedule_events(HEAD + SCH + "".join(segments), known)
    return [
        (each.key, each.phone[-4:] if isinstance(each.phone, str) else None, _shared(each.remarks))
        for each in events
    ]


def _shared(remarks: tuple[object, ...]) -> bool:
    return SEVERAL_PATIENTS in remarks


def _rows(world: World) -> dict[str, Appointment]:
    return {row.key: row for row in world.appointments.rows.values()}


def _later(message: bytes, at: datetime = LATER) -> bytes:
    return message.replace(b"20260601101502", f"{at:%Y%m%d%H%M%S+0000}".encode())


def _problems(world: World) -> list[str]:
    return [problem.code for problem in world.problem_store.list()]


BO_PID = _pid(BO, "(608)555-0143", 2, "BO")


@pytest.mark.parametrize("name", ["patients-several", "patients-several-with-resources-each"])
def test_each_group_is_an_appointment_where_the_key_stands_in_it(name: str) -> None:
    first, second = read_schedule_events(texts(name)[0], APART)

    assert (first.key, first.phone, first.patients) == (
        "36996",
        PHONE,
        (PatientId("203711", "LAMNA"),),
    )
    assert (second.key, second.phone) == ("36997", OTHER_PHONE)
    assert (first.visit_codes, second.visit_codes) == (("2950",), ("2950",))
    assert (first.start, first.remarks, second.remarks) == (second.start, (), ())


@pytest.mark.parametrize("name", ["patients-several", "patients-several-with-resources-each"])
def test_an_appointment_that_several_share_is_nobodys(name: str) -> None:
    """No phone, no identifier, nothing that is one person's goes further."""
    (event,) = read_schedule_events(texts(name)[0], CONNECTION)

    assert event.remarks == (SEVERAL_PATIENTS,)
    assert (event.phone, event.patients, event.language, event.minor) == (None, (), None, None)
    assert (event.key, event.department) == ("36996", "10501101")


def test_a_repeated_patient_is_one_patient() -> None:
    (event,) = read_schedule_events(texts("patient-repeated")[0], CONNECTION)
    (beside,) = read_schedule_events(texts("patient-repeated")[0], APART)

    assert (event.phone, event.remarks, event.department) == (PHONE, (), "10501101")
    assert replace(beside, csn=event.csn) == event


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([_pid(ALEX), _pid(f"E4^^^EPI~{ALEX}", number=2)], [("36996", "0142", False)]),
        ([_pid(ALEX), _pid("203711", number=2)], [("36996", "0142", False)]),
        ([_pid(ALEX), _pid("203711^^^OTHER^MRN", number=2)], [("36996", None, True)]),
        ([_pid("1^^^X^SS"), _pid("1^^^X^SS", "(608)555-0143", 2)], [("36996", None, True)]),
        ([_pid(""), _pid("", number=2)], [("36996", "0142", False)]),
        ([_pid(""), _pid("", number=2, name="BO")], [("36996", None, True)]),
        ([_pid(ALEX), _pid(ALEX, number=2), BO_PID], [("36996", None, True)]),
        ([_pid(ALEX, "12"), BO_PID], [("36996", None, True)]),
        ([_pv1("1"), _pid(ALEX), _pv1("2"), BO_PID], [("36996", None, True)]),
    ],
)
def test_the_key_of_the_message_is_everybodys(
    segments: list[str], expected: list[tuple[str, str | None, bool]]
) -> None:
    """Two PIDs are one patient's if they are equal or have an identifier in common."""
    assert _read(*segments, RESOURCES) == expected


EMPTY = ["PID\r", "PID|\r", "PID|2\r", "PID|2||\r", "PID|2||^^^~^^||  |&\r"]


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize(
    ("known", "segments"),
    [
        (CONNECTION, [_pid(ALEX), "{}", _pv1("36996")]),
        (CONNECTION, [_pid(ALEX), _pv1("36996"), "{}"]),
        (CONNECTION, ["{}", _pid(ALEX), _pv1("36996")]),
        (CONNECTION, [_pid(ALEX), "NTE|1||a form about the\r", "{}", "{}", _pv1("36996")]),
        (APART, [_pid(ALEX), "NTE|1||a form about the\r", "{}", _pv1("36996")]),
        (APART, [_pid(ALEX), _pv1("36996"), "{}"]),
        (APART, [_pid(ALEX), _pv1("36996"), RESOURCES, "{}"]),
        (APART, ["{}", _pid(ALEX), _pv1("36996")]),
    ],
)
def test_who_says_nothing_is_no_patient(segments: list[str], known: Connection, empty: str) -> None:
    """A line of a note, or a group that was begun and left empty."""
    said = [segment.format(empty) if segment == "{}" else segment for segment in segments]

    assert _read(*said, RESOURCES, known=known) == [("36996", "0142", False)]


def test_an_appointment_of_nobody_is_kept_apart() -> None:
    """The second group names one of its own, but no patient."""
    read = _read(_pid(ALEX), _pv1("1"), "PID|2\r", _pv1("2"), RESOURCES, known=APART)

    assert read == [("1", "0142", False), ("2", None, False)]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (
            [_pid(ALEX), _pv1("1"), BO_PID, _pv1("2"), _pid("3", "(608)555-0144", 3), _pv1("3")],
            [("1", "0142", False), ("2", "0143", False), ("3", "0144", False)],
        ),
        ([_pid(ALEX), _pv1("1"), BO_PID, _pv1("1")], [("1", None, True)]),
        ([_pid(ALEX), _pv1("1"), _pid(ALEX, number=2), _pv1("1")], [("1", "0142", False)]),
        (
            [_pid(ALEX), _pv1("1"), _pid(ALEX, number=2), _pv1("2")],
            [("1", "0142", False), ("2", "0142", False)],
        ),
        ([_pid(ALEX), _pv1("1"), BO_PID], [("1", None, True)]),
        ([_pid(ALEX), BO_PID, _pv1("2")], [("2", None, True)]),
        (
            [_pid(ALEX), _pv1("1"), BO_PID, _pv1("2"), _pid("3", number=3)],
            [("1", None, True), ("2", None, True)],
        ),
        ([_pid(ALEX), _pid(ALEX, number=2), _pv1("1")], [("1", "0142", False)]),
        ([_pv1("1"), _pid(ALEX), _pv1("2"), BO_PID], [("1", None, True)]),
        ([_pid(ALEX), _pv1("1")], [("1", "0142", False)]),
    ],
)
def test_a_key_of_a_group_is_that_groups(
    segments: list[str], expected: list[tuple[str, str | None, bool]]
) -> None:
    """A group without a key of its own may share any of the others'."""
    assert _read(*segments, RESOURCES, known=APART) == expected


def test_groups_without_any_key_are_a_broken_message() -> None:
    with pytest.raises(Refused) as refused:
        _read(_pid(ALEX), BO_PID, RESOURCES, known=APART)

    assert refused.value.code == MESSAGE_UNPARSEABLE.code


def test_a_number_that_is_one_persons_is_no_problem_of_a_shared_visit() -> None:
    events = read_schedule_events(HEAD + SCH + _pid(ALEX, "12") + BO_PID + RESOURCES, CONNECTION)

    assert PHONE_UNUSABLE not in events[0].remarks


def test_each_patient_of_a_message_is_texted_for_the_own_visit() -> None:
    """Under hashes of their own, so that one event does not count as the other."""
    world = World(connection=APART)
    world.configure(APART)
    world.apply(sample("patients-several"))
    rows = _rows(world)

    assert {key: row.texting.phone for key, row in rows.items()} == {
        "36996": PHONE,
        "36997": OTHER_PHONE,
    }
    assert rows["36996"].recent_events != rows["36997"].recent_events
    assert rows["36996"].patients != rows["36997"].patients
    assert len(world.queues.sent) == 2
    assert _problems(world) == []


def test_a_message_that_comes_again_changes_no_group() -> None:
    world = World(connection=APART)
    world.configure(APART)
    world.apply(sample("patients-several"))
    before, sent = _rows(world), list(world.queues.sent)
    world.apply(sample("patients-several"))

    assert _rows(world) == before
    assert world.queues.sent == sent


@pytest.mark.parametrize("failing", range(12))
def test_a_worker_that_dies_between_two_groups_loses_neither(failing: int) -> None:
    """The message comes back, and what was done already is not done again."""
    world = World(connection=APART)
    world.configure(APART)
    assert world.post(sample("patients-several")).status == 200
    ((work, _),) = world.take(HL7_INBOUND)
    calls = iter(range(100))

    def fail_once(call: str) -> None:
        if next(calls) == failing:
            raise NotStored

    world.line.before = fail_once
    world.services.intake.apply_schedule.on_message(work)
    for again, _ in world.take(HL7_INBOUND):
        world.services.intake.apply_schedule.on_message(again)

    assert sorted(_rows(world)) == ["36996", "36997"]
    assert {row.version.counter for row in _rows(world).values()} == {1}


def test_nobody_is_texted_for_a_visit_of_several_and_somebody_is_told() -> None:
    """One problem, and no number is kept."""
    world = World()
    world.apply(siu())
    world.take("sms-outbound")
    shared = _later(sample("patients-several"))
    world.apply(shared)
    row = world.row()

    assert (row.key, row.texting.phone, row.texting.blocked) == (KEY, None, SEVERAL_PATIENTS)
    assert (row.patient_conflict, row.version.counter) == (False, 2)
    assert _problems(world) == [SEVERAL_PATIENTS.code]
    assert world.queues.sent == []


def test_a_shared_visits_cancellation_is_told_to_nobody() -> None:
    world = World()
    world.apply(siu())
    world.take("sms-outbound")
    shared = _later(sample("patients-several"))
    world.apply(shared.replace(b"SIU^S12", b"SIU^S15"))

    assert (world.row().status, world.row().texting.phone) == ("cancelled", None)
    assert world.queues.sent == []


def test_the_next_message_of_one_patient_ends_it() -> None:
    """What a shared message does not say of a person contradicts nobody."""
    world = World()
    world.apply(_later(sample("patients-several"), NOW))
    world.apply(siu("S14", LATER))

    assert (world.row().texting.phone, world.row().texting.blocked) == (PHONE, None)
    assert world.row().patient_conflict is False


def test_the_door_answers_as_ever() -> None:
    """One message, one acknowledgement, whatever groups it has."""
    answer = World().post(sample("patients-several"))

    assert (answer.status, answer.body.count(b"MSA|AA|1000348")) == (200, 1)


@pytest.mark.parametrize(
    ("first", "second", "keys", "accepted"),
    [
        ("", "501", ["501"], b"MSA|AA"),
        ('""', "501", ["501"], b"MSA|AA"),
        ("501", "", ["501"], b"MSA|AA"),
        ("", "", [], b"MSA|AE"),
    ],
)
def test_the_door_takes_a_message_with_a_key_in_one_of_its_groups(
    first: str, second: str, keys: list[str], accepted: bytes
) -> None:
    """Whichever it is: a group without one may belong to that appointment."""
    world = World(connection=APART)
    world.configure(APART)
    groups = _pid(ALEX) + _pv1(first) + _pid(BO, number=2, name="BO") + _pv1(second)
    answer = world.post((HEAD + SCH + groups + RESOURCES).encode())
    for work, _ in world.take(HL7_INBOUND):
        world.services.intake.apply_schedule.on_message(work)

    assert accepted in answer.body
    assert list(_rows(world)) == keys
    assert world.dead_letter_store.rows.values() == []


def test_one_patient_with_a_key_in_a_later_segment_is_refused() -> None:
    """Only the first one is read."""
    world = World(connection=APART)
    world.configure(APART)
    answer = world.post((HEAD + SCH + _pid(ALEX) + _pv1("") + _pv1("501")).encode())

    assert b"MSA|AE" in answer.body
