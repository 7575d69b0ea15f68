"""Who is the same patient: identifiers in any order, before and after a merge, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.appointments.domain import (
    REMEMBERED_IDS,
    Appointment,
    remember_patient,
    same_patient,
)
from shared_code.appointments.refs import patient_hashes
from shared_code.connections.domain import FieldPaths
from shared_code.hl7.schedule_event import DELETED, PatientId
from shared_code.queues import SMS_OUTBOUND
from shared_code.security import keys
from shared_code.texting.domain.reasons import PATIENT_CHANGED
from tests.world.clock import NOW
from tests.world.connection import CONNECTION, connection
from tests.world.events import applied, decided, incoming
from tests.world.messages import read_sample, read_schedule_event, s12, siu
from tests.world.visit import MRN, OTHER_PHONE, PHONE
from tests.world.world import World

quickly = partial(settings, derandomize=True, database=None, deadline=None)
LATER, LATEST = NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)
A, B = "203711^^^LAMNA^MRN", "E4^^^EPI^EPI"
NEW, OTHER = "203799^^^LAMNA^MRN", "203712^^^LAMNA^MRN"


def _read(pid_3: str, **fields: Any) -> list[tuple[str, str]]:
    text = s12(pid=f"1|P2|{pid_3}|P4|TESTPATIENT^ALEX")
    event = read_schedule_event(text, connection(fields=FieldPaths(**fields)))
    return [(each.number, each.authority) for each in event.patients]


@pytest.mark.parametrize(
    ("pid_3", "expected"),
    [
        ("203711", [("203711", "")]),
        (A, [("203711", "LAMNA")]),
        (f"{A}~{B}", [("203711", "LAMNA"), ("E4", "EPI")]),
        (f"{A}~{A}", [("203711", "LAMNA")]),
        ("   E4^^^EPI^EPI", [("E4", "EPI")]),
        (f"123-45-6789^^^USSSA^SS~{A}", [("203711", "LAMNA")]),
        ("D1^^^WI^DL~P1^^^US^PPN~7^^^LAMNA^AN~8^^^LAMNA^VN~9^^^LAMNA^vn", []),
        (f"123456789^^^LAMNA^SSN~5^^^LAMNA^FIN~6^^^LAMNA^csn~{A}", [("203711", "LAMNA")]),
        ("203711^^^LAMNA&1.2.840&ISO^MRN", [("203711", "LAMNA"), ("203711", "1.2.840")]),
        ("203711^^^&1.2.840&ISO^MRN", [("203711", "1.2.840")]),
        ('203711^^^""^MRN~""', [("203711", "")]),
        (f'""~{A}', [("203711", "LAMNA")]),
        ("^^^LAMNA^MRN", []),
        ("", []),
        ("a\\T\\b^^^L\\S\\M", [("a&b", "L^M")]),
    ],
)
def test_identifiers_of_a_patient(pid_3: str, expected: list[tuple[str, str]]) -> None:
    """What many patients may share, or one visit has, is none; PID-2 and PID-4 are not read."""
    assert _read(pid_3) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("PID-3", [("203711", "LAMNA"), ("E4", "EPI")]),
        ("PID-2", [("P2", "")]),
        ("PID-4.1", [("P4", "")]),
        ("PID-3.4", [("LAMNA", ""), ("EPI", "")]),
        ("PID-3.1.1", [("203711", "LAMNA"), ("E4", "EPI")]),
    ],
)
def test_identifiers_are_read_where_the_connection_says(
    path: str, expected: list[tuple[str, str]]
) -> None:
    assert _read(f"{A}~{B}", patient=path) == expected


def test_the_sample_with_many_identifiers_names_two() -> None:
    read = read_sample("patient-listed-under-several-ids")

    assert read.patients == (PatientId("E4", "EPI"), PatientId("203711", "LAMNA"))


def _conflict(*listed: str, **said: Any) -> bool:
    """Whether the last of these PID-3s is another patient's."""
    world = World()
    for number, pid_3 in enumerate(listed):
        message = siu("S14" if number else "S12", NOW + number * timedelta(minutes=1), **said)
        world.apply(message.replace(A.encode(), pid_3.encode()))
    return world.row().patient_conflict


@pytest.mark.parametrize(
    ("listed", "conflict"),
    [
        ((f"{A}~{B}", f"{B}~{A}"), False),
        ((f"{A}~{B}", B), False),
        ((A, f"{NEW}~{A}"), False),
        ((A, f"{NEW}~{A}", NEW), False),
        ((A, NEW), True),
        ((A, NEW, f"{NEW}~{A}"), False),
        ((A, NEW, A), False),
        ((A, ""), False),
        ((A, NEW, ""), True),
        (("", NEW), False),
        ((A, "203711"), False),
        (("203711", A), False),
        ((A, "203711^^^lamna"), False),
        ((A, "203711^^^OTHER"), True),
        (("203711^^^LAMNA&1.2.3&ISO", "203711^^^&1.2.3&ISO"), False),
        (("203711^^^&1.2.3&ISO", "203711^^^LAMNA&1.2.3&ISO"), False),
        (("203711^^^LAMNA&1.2.3&ISO", A), False),
        (("203711^^^LAMNA&1.2.3&ISO", "203711^^^&1.2.4&ISO"), True),
        (("203711^^^LAMNA&1.2.3&ISO", "203711^^^OTHER&1.2.3&ISO"), False),
        ((f"1^^^X^SSN~{A}", f"1^^^X^SSN~{OTHER}"), True),
        (("203711", A, "203711^^^OTHER"), True),
        ((f"1^^^X^SS~{A}", f"1^^^X^SS~{OTHER}"), True),
        ((f"7^^^LAMNA^VN~{A}", f"7^^^LAMNA^VN~{OTHER}"), True),
        ((A, "1^^^X^SS"), False),
        ((f"1^^^X^SS~{A}", f"2^^^X^SS~{A}"), False),
    ],
)
def test_one_identifier_in_common_is_the_same_patient(
    listed: tuple[str, ...], conflict: bool
) -> None:
    """A number counts with who assigned it where both messages say that."""
    assert _conflict(*listed) is conflict


def _ids(count: int = 12) -> st.SearchStrategy[tuple[str, ...]]:
    numbers = st.sampled_from([f"1-{number}" for number in range(6)])
    whole = st.builds(lambda number, by: f"{number}~{number}{by}", numbers, st.sampled_from("xy"))
    return st.lists(numbers | whole, min_size=1, max_size=count, unique=True).map(tuple)


@quickly(max_examples=300)
@given(known=_ids(8), named=_ids(), data=st.data())
def test_the_order_of_identifiers_never_matters(
    known: tuple[str, ...], named: tuple[str, ...], data: st.DataObject
) -> None:
    """Neither for who it is nor for what is remembered."""
    other = tuple(data.draw(st.permutations(named)))

    assert same_patient(known, other) == same_patient(known, named) == same_patient(named, known)
    assert remember_patient(known, other) == remember_patient(known, named)


@quickly(max_examples=300)
@given(known=_ids(8), named=_ids(20))
def test_adding_identifiers_never_loses_the_common_one(
    known: tuple[str, ...], named: tuple[str, ...]
) -> None:
    """At most eight are kept; both messages' patient is still the same one."""
    kept = remember_patient(known, named)

    assert len(kept) <= REMEMBERED_IDS
    if same_patient(known, named):
        assert same_patient(kept, named)
        assert same_patient(kept, known)
        assert remember_patient(kept, named) == kept or len(set(named)) > REMEMBERED_IDS


@quickly(max_examples=200)
@given(own=_ids(), others=_ids(), between=st.lists(_ids() | st.just(()), max_size=4))
def test_patients_without_a_common_identifier_always_conflict(
    own: tuple[str, ...], others: tuple[str, ...], between: list[tuple[str, ...]]
) -> None:
    """Whatever else came between, as long as it named the first of them or nobody."""
    others = tuple(f"2{one}".replace("~", "~2") for one in others)
    state = applied(None, incoming(patients=own))
    for number, named in enumerate(between, start=2):
        more = (*named, own[0]) if named else ()
        state = applied(state, _at(number, patients=more))
    state = applied(state, _at(9, patients=others, phone=OTHER_PHONE))

    assert (state.patient_conflict, state.texting.blocked) == (True, PATIENT_CHANGED)
    assert state.texting.phone == OTHER_PHONE


def _at(number: int, **said: Any) -> Any:
    return incoming("S14", NOW + number * timedelta(minutes=1), number=number, **said)


def test_the_oldest_identifiers_fall_out() -> None:
    """Those that the newest message names stay."""
    known = tuple(f"1-{number}" for number in range(8))
    kept = remember_patient(known, ("1-0", "1-new"))

    assert kept == (*known[2:], "1-new", "1-0")


def test_a_bare_number_gives_way_to_the_one_with_its_authority() -> None:
    """Else a number of another authority would still be taken for it."""
    assert remember_patient(("1-a",), ("1-a~1-x",)) == ("1-a~1-x",)
    assert remember_patient(("1-a~1-x",), ("1-a",)) == ("1-a~1-x",)


def test_fingerprints_hold_no_number_and_know_the_rows_of_earlier_releases() -> None:
    """Those have the keyed hash of the bare number."""
    rings = World().rings
    tenant = CONNECTION.tenant
    bare, whole = patient_hashes(rings, tenant, [PatientId(MRN), PatientId(MRN, "LAMNA")])

    assert bare == keys.keyed_hash(rings.hash, "patient", tenant, MRN)
    assert same_patient([bare], [whole])
    assert MRN not in whole
    assert "LAMNA" not in whole
    assert patient_hashes(rings, "another tenant", [PatientId(MRN)]) != (bare,)


def _booked(**said: Any) -> Appointment:
    return applied(None, incoming(language="es", **said))


def test_the_number_that_is_kept_in_a_conflict_is_the_newest_patients() -> None:
    """Nobody is texted at it; the first patient's is gone."""
    decision = decided(_booked(), _at(2, patient="1-other", phone=OTHER_PHONE))
    row = decision.appointment

    assert row is not None
    assert (row.patient_conflict, row.other_patients) == (True, ("1-other",))
    assert (row.texting.phone, decision.texts) == (OTHER_PHONE, ())


@pytest.mark.parametrize(
    "named",
    [
        [("1-other", None)],
        [("1-other", DELETED)],
        [("1-other", OTHER_PHONE), ("1-third", None)],
        [("1-other", OTHER_PHONE), ("1-patient", None)],
    ],
)
def test_no_number_outlives_the_change_to_another_patient(named: list[tuple[str, Any]]) -> None:
    """Neither the first patient's nor, when that one is named again, the other's."""
    state = _booked(minor=True)
    for number, (who, phone) in enumerate(named, start=2):
        state = applied(state, _at(number, patient=who, phone=phone, language=None, minor=None))

    assert (state.texting.phone, state.texting.minor, state.language) == (None, None, None)


def test_the_same_other_patient_keeps_what_was_said() -> None:
    """Also under further identifiers, and where a message names nobody."""
    state = applied(_booked(), _at(2, patient="1-other", phone=OTHER_PHONE))
    state = applied(state, _at(3, patients=("1-other", "1-merged"), phone=None))
    state = applied(state, _at(4, patient=None, phone=None))

    assert state.texting.phone == OTHER_PHONE
    assert set(state.other_patients) == {"1-other", "1-merged"}


def test_an_older_message_brings_no_number_of_the_first_patient_into_a_conflict() -> None:
    """A booking that comes late revives the visit; its patient is not the newest."""
    state = applied(_booked(), _at(3, patient="1-other", phone=OTHER_PHONE))
    ended = applied(state, incoming("S15", NOW + timedelta(seconds=1), number=7, patient=None))
    late = incoming("S12", NOW + timedelta(seconds=2), number=8, patient="1-patient", phone=PHONE)
    revived = applied(ended, late)

    assert (revived.status, revived.patient_conflict) == ("active", True)
    assert revived.texting.phone in (None, OTHER_PHONE)


def test_no_cancellation_is_told_in_a_conflict() -> None:
    """Neither patient hears of it, and no number stays."""
    state = applied(_booked(), _at(2, patient="1-other", phone=OTHER_PHONE))
    for who in ("1-other", "1-patient", None):
        decision = decided(state, incoming("S15", LATEST, number=9, patient=who))

        assert decision.appointment is not None
        assert (decision.appointment.texting.phone, decision.texts) == (None, ())


def test_a_merge_texts_nobody_again() -> None:
    """The version stays: a patient of more identifiers is no other one."""
    world = World()
    world.apply()
    version = world.row().version
    world.take(SMS_OUTBOUND)
    world.apply(siu("S14", LATER).replace(A.encode(), f"{NEW}~{A}".encode()))

    assert (world.row().version, len(world.row().patients)) == (version, 2)
    assert world.take(SMS_OUTBOUND) == []
