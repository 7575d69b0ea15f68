"""Visits of a series that go by one key: each is an appointment of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from shared_code.appointments.domain import CSN_MISMATCH, Appointment, Status, Version
from shared_code.appointments.refs import appointment_ref
from shared_code.connections.domain import Connection, FieldPaths
from shared_code.errors import NotStored, Refused
from shared_code.operating.errors import APPOINTMENT_UNKNOWN, OCCURRENCE_NEEDED
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND
from shared_code.texting.domain.reasons import OCCURRENCE_UNSAID
from tests.faults.turns import interleaved
from tests.world.clock import NOW
from tests.world.connection import CONNECTION, connection
from tests.world.logs import captured_logs
from tests.world.messages import read_sample, read_schedule_event, s12, siu
from tests.world.visit import GRACE, KEY, START, WALL
from tests.world.world import World

WEEK, MINUTE = timedelta(weeks=1), timedelta(minutes=1)
APART = connection(fields=FieldPaths(csn="ZCS-1"))
OFF = connection(fields=FieldPaths(occurrence=""))


def of_series(
    which: str, trigger: str = "S12", at: datetime = NOW, *, week: int = 0, **said: Any
) -> bytes:
    """A message of an occurrence, and of the visit that many weeks after the usual one."""
    body = siu(trigger, at, start_local=WALL + week * WEEK, **said)
    body = body.replace(f"SCH|1|{KEY}||".encode(), f"SCH|1|{KEY}|{which}|".encode())
    return body + f"ZCS|{which or 'none'}\r".encode()


def world_of(known: Connection = APART, *messages: bytes) -> World:
    world = World(connection=known)
    world.configure(known)
    for message in messages:
        world.apply(message)
    return world


def _series(known: Connection = APART, *messages: bytes) -> World:
    """The first two visits of a series."""
    both = (of_series("1"), of_series("2", at=NOW + MINUTE, week=1))
    return world_of(known, *both, *messages)


def rows_of(world: World) -> dict[str | None, Appointment]:
    return {row.occurrence: row for row in world.appointments.rows.values()}


def active_of(world: World) -> list[str | None]:
    rows = rows_of(world)
    return sorted((which for which in rows if rows[which].status is Status.ACTIVE), key=str)


def problems_of(world: World) -> set[str]:
    return {problem.code for problem in world.problem_store.list()}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (FieldPaths(), "2"),
        (FieldPaths(key="SCH-2"), "2"),
        (FieldPaths(occurrence="SCH-3"), "2"),
        (FieldPaths(occurrence=""), None),
        (FieldPaths(key="SCH-1.1"), None),
        (FieldPaths(key="SCH-1.1", occurrence="SCH-3.1"), "2"),
        (FieldPaths(occurrence="ZOC-1"), "2026-06-10"),
        (FieldPaths(occurrence="ZOC-2"), None),
        (FieldPaths(occurrence="ZOC-3"), "0"),
    ],
)
def test_the_occurrence_is_read_beside_the_usual_key(
    fields: FieldPaths, expected: str | None
) -> None:
    text = s12(sch="1|36996|02||||||30|MIN|^^^202606101330", more='ZOC|2026-06-10|""|000')

    assert read_schedule_event(text, connection(fields=fields)).occurrence == expected


def test_the_sample_of_a_series_is_its_second_visit() -> None:
    assert read_sample("occurrence-of-a-series").occurrence == "2"


def test_two_occurrences_are_two_appointments_with_texts_of_their_own() -> None:
    world = _series()
    rows, hints = rows_of(world), world.take(SMS_OUTBOUND)

    assert sorted(rows, key=str) == ["1", "2"]
    assert rows["2"].start == START + WEEK
    assert rows["1"].start == START
    assert len({work["text"] for work, _ in hints}) == 2
    for work, _ in hints:
        world.send(work)
    assert len(world.service.executed) == 2
    assert problems_of(world) == set()


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_each_visit_ends_the_same_in_every_order(order: tuple[int, ...]) -> None:
    messages = (
        of_series("1", at=NOW),
        of_series("2", at=NOW + MINUTE, week=1),
        of_series("1", "S14", NOW + 2 * MINUTE, week=3, control_id="1000243"),
        of_series("2", "S15", NOW + 3 * MINUTE, week=1, control_id="1000244"),
    )
    rows = rows_of(world_of(APART, *(messages[number] for number in order)))

    assert {which: (row.status, row.start) for which, row in rows.items()} == {
        "1": (Status.ACTIVE, START + 3 * WEEK),
        "2": (Status.CANCELLED, START + WEEK),
    }


def test_a_message_that_comes_again_finds_its_own_visit() -> None:
    world = _series()
    before, sent = rows_of(world), list(world.queues.sent)
    world.apply(of_series("2", at=NOW + MINUTE, week=1))
    world.apply(of_series("1"))

    assert rows_of(world) == before
    assert world.queues.sent == sent


@pytest.mark.parametrize("failing", range(12))
@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_leaves_no_visit_out(failing: int, after: bool) -> None:
    """Wherever it dies: a further visit is enlisted before it is written."""
    world = world_of(APART, of_series("1"))
    calls = iter(range(100))

    def fail_once(call: str) -> None:
        if next(calls) == failing:
            raise NotStored

    assert world.post(of_series("2", at=NOW + MINUTE, week=1)).status == 200
    ((work, _),) = world.take(HL7_INBOUND)
    setattr(world.line, "after" if after else "before", fail_once)
    world.services.intake.apply_schedule.on_message(work)
    for again, _ in world.take(HL7_INBOUND):
        world.services.intake.apply_schedule.on_message(again)
    world.line.before = world.line.after = lambda call: None
    first = appointment_ref(world.rings, APART.id, KEY)

    assert {which: row.version.counter for which, row in rows_of(world).items()} == {"1": 1, "2": 1}
    assert rows_of(world)["1"].ref == first
    assert list(world.appointments.occurrences(APART.id, KEY)) == [rows_of(world)["2"].ref]


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("numbers", [("1", "2"), ("2", "2")])
def test_two_workers_place_the_first_visits_of_a_series_at_once(
    seed: int, numbers: tuple[str, str]
) -> None:
    """Only one of them gets the row of the key; the same message twice is one visit."""
    world = world_of(APART)
    for which in numbers:
        assert world.post(of_series(which, week=int(which))).status == 200
    one, other = (work for work, _ in world.take(HL7_INBOUND))
    apply = [world.services_of(name).intake.apply_schedule for name in ("worker-1", "worker-2")]
    jobs = (lambda: apply[0].on_message(one), lambda: apply[1].on_message(other))
    interleaved(world, jobs, seed)

    rows = list(world.appointments.rows.values())
    assert sorted(str(row.occurrence) for row in rows) == sorted(set(numbers))
    assert appointment_ref(world.rings, APART.id, KEY) in [row.ref for row in rows]
    assert len(world.appointments.occurrences(APART.id, KEY)) == len(rows) - 1


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S15", "S17", "S26"])
def test_a_message_that_does_not_say_which_visit_changes_none(trigger: str) -> None:
    """Nothing is cancelled in silence, and nothing is moved: somebody is told."""
    world = _series()
    before = rows_of(world)
    with captured_logs() as log:
        world.apply(of_series("", trigger, NOW + 5 * MINUTE, week=2))

    assert rows_of(world) == before
    assert problems_of(world) == {OCCURRENCE_UNSAID.code}
    assert KEY not in log.getvalue()


def test_the_only_visit_of_its_key_needs_no_name() -> None:
    """Some senders number a booking and nothing after it."""
    world = world_of(APART, of_series("1"), of_series("", "S15", NOW + MINUTE))

    assert (active_of(world), problems_of(world)) == ([], set())


def test_a_booking_without_an_occurrence_is_the_first_ones() -> None:
    """Others number nothing but what comes after it."""
    world = world_of(
        APART, of_series(""), of_series("1", "S14", NOW + MINUTE), of_series("2", week=1)
    )

    assert sorted(rows_of(world), key=str) == ["1", "2"]
    assert rows_of(world)["1"].version.counter == 1


def test_a_late_message_says_which_visit_a_row_without_one_is() -> None:
    """It changes nothing else."""
    world = world_of(APART, of_series("", at=NOW + MINUTE), of_series("1", "S14", NOW, week=3))
    world.apply(of_series("2", at=NOW + MINUTE, week=1))

    assert {which: row.start for which, row in rows_of(world).items()} == {
        "1": START,
        "2": START + WEEK,
    }


def test_a_row_of_an_earlier_release_is_that_of_the_first_occurrence_that_comes() -> None:
    """Else a patient would be texted anew for every visit that was booked before."""
    world = world_of(APART, of_series(""))
    ((ref, stored),) = [(row.ref, row) for row in world.appointments.rows.values()]
    assert (stored.occurrence, stored.version.counter) == (None, 1)
    world.take(SMS_OUTBOUND)
    world.apply(of_series("1", "S14", NOW + MINUTE))

    assert (world.row().ref, world.row().occurrence) == (ref, "1")
    assert world.take(SMS_OUTBOUND) == []


def test_one_occurrence_is_cancelled_alone() -> None:
    world = _series(APART, of_series("2", "S15", NOW + 5 * MINUTE, week=1))

    assert active_of(world) == ["1"]


def test_the_last_occurrence_left_is_the_only_one() -> None:
    """When the row of the key is erased, later visits are still found, and no visit is made up."""
    world = _series()
    _erase_first(world)
    world.apply(of_series("2", "S14", NOW + 5 * MINUTE, week=1))
    found = sorted(rows_of(world), key=str)
    world.apply(of_series("", "S15", NOW + 6 * MINUTE, week=1))

    assert found == ["2"]
    assert (active_of(world), problems_of(world)) == ([], set())


def test_several_visits_left_are_not_cancelled_in_silence_either() -> None:
    world = _series(APART, of_series("3", at=NOW + 2 * MINUTE, week=2))
    _erase_first(world)
    world.apply(of_series("", "S15", NOW + 6 * MINUTE, week=1))

    assert active_of(world) == ["2", "3"]
    assert problems_of(world) == {OCCURRENCE_UNSAID.code}


def _erase_first(world: World) -> None:
    first = world.appointments.load(appointment_ref(world.rings, APART.id, KEY))
    assert first is not None
    world.appointments.remove(first.value.ref, first.etag)


def test_a_visit_is_struck_off_the_series_before_it_is_erased() -> None:
    world = _series()
    world.clock.now = START + WEEK + GRACE
    world.run_agenda()
    world.clock.now += timedelta(days=30)
    world.line.calls.clear()
    world.run_agenda()

    assert world.appointments.rows.values() == []
    assert world.appointments.occurrences(APART.id, KEY) == []
    assert world.line.calls.index("appointments.delist") < world.line.calls.index(
        "appointments.remove"
    )


def test_without_the_setting_a_series_is_one_appointment() -> None:
    """As a key was before, whatever SCH-3 says."""
    world = _series(OFF)

    assert (world.row().occurrence, world.row().start) == (None, START + WEEK)


def test_a_feed_without_occurrences_costs_no_operation_more() -> None:
    world = world_of(CONNECTION)
    for number, trigger in enumerate(("S12", "S14", "S15")):
        world.line.calls.clear()
        world.apply(siu(trigger, NOW + number * MINUTE))

        calls = [call for call in world.line.calls if call.startswith("appointments.")]
        writes = "appointments.replace" if number else "appointments.insert"
        assert calls == ["appointments.load", writes]


def test_each_visit_is_found_by_its_csn() -> None:
    world = _series()
    found = [world.appointments.by_csn(APART.id, csn) for csn in ("1", "2")]

    assert [each.value.occurrence if each else None for each in found] == ["1", "2"]
    assert problems_of(world) == set()


@pytest.mark.parametrize("known", [CONNECTION, connection(fields=FieldPaths(csn="PV1-19"))])
def test_a_csn_that_two_visits_share_is_a_problem(known: Connection) -> None:
    """Their patients would sit in one meeting. Launches find the first that came."""
    world = _series(known)
    found = world.appointments.by_csn(known.id, KEY)

    assert found is not None
    assert found.value.occurrence == "1"
    assert problems_of(world) == {CSN_MISMATCH.code}


@pytest.mark.parametrize("known", [CONNECTION, connection(fields=FieldPaths(csn="PV1-19"))])
def test_a_visit_that_is_cancelled_gives_the_shared_csn_away(known: Connection) -> None:
    world = world_of(
        known,
        of_series("1"),
        of_series("1", "S15", NOW + MINUTE),
        of_series("2", at=NOW + 2 * MINUTE, week=1),
    )
    found = world.appointments.by_csn(known.id, KEY)

    assert found is not None
    assert found.value.occurrence == "2"
    assert problems_of(world) == set()


def _finding(world: World) -> Callable[[str], str | None]:
    find = world.services.operating.find_appointment

    def found(name: str) -> str | None:
        return find.named(world.connection, name).value.occurrence

    return found


def test_operators_name_a_visit_of_a_series_with_its_occurrence() -> None:
    """By the key alone where there is one visit, and always by its own CSN."""
    alone, both = _finding(world_of(APART, of_series("1"))), _finding(_series())

    assert (alone(KEY), alone(f"{KEY}/1")) == ("1", "1")
    assert (both(f"{KEY}/1"), both(f"{KEY}/2"), both("2")) == ("1", "2", "2")
    assert (both(f"{KEY}/01"), both(f"{KEY}/002")) == ("1", "2")  # as SCH-3 says it
    with pytest.raises(Refused) as refused:
        both(KEY)
    assert refused.value.code == OCCURRENCE_NEEDED.code


@pytest.mark.parametrize("name", [f"{KEY}/3", f"{KEY}/", "/1", "/", "41200", "41200/1"])
def test_what_names_no_visit_is_unknown(name: str) -> None:
    with pytest.raises(Refused) as refused:
        _finding(_series())(name)

    assert refused.value.code == APPOINTMENT_UNKNOWN.code


def test_the_last_visit_left_is_found_by_the_key() -> None:
    world = _series()
    _erase_first(world)

    assert _finding(world)(KEY) == "2"
    assert _finding(world)(f"{KEY}/2") == "2"


def test_a_key_with_a_slash_is_a_key() -> None:
    world = World()
    world.apply(siu(key="7/2"))
    row = world.row()

    assert (row.key, row.version) == ("7/2", Version(1, row.version.tag))
    assert replace(world.connection) == CONNECTION
    assert world.services.operating.find_appointment.named(CONNECTION, "7/2").value == row
