"""Hints and duties: what the agenda plans, and what becomes of a hint."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.appointments.domain import Status, Version
from shared_code.connections.domain import FieldPaths
from shared_code.errors import NotStored
from shared_code.graph.errors import GraphBusy, GraphRefused, GraphUnavailable, Refusal
from shared_code.visits.domain.organizers import OrganizerDay, OrganizerUse, organizer_key
from shared_code.visits.domain.plan import plan_preparation
from shared_code.visits.domain.visit import VisitRef, VisitState
from tests.world.connection import CONNECTION, TENANT
from tests.world.visit import START
from tests.world.visiting import FIRST, Clinic, always, booked, failing

MINUTE = timedelta(minutes=1)
LATER = START + timedelta(hours=3)


@pytest.fixture
def clinic() -> Clinic:
    """Return a clinic with one visit booked, 45 minutes before its start."""
    clinic = Clinic()
    made = clinic.book()
    clinic.world.agenda.add(plan_preparation(made, clinic.world.connection, clinic.now))
    clinic.world.clock.now = START - 45 * MINUTE
    return clinic


def _minutes(clinic: Clinic, number: int) -> None:
    """Let the agenda run each minute, and a worker follow its hints."""
    for _ in range(number):
        clinic.wait(minutes=1)
        clinic.world.run_agenda()
        for work, delay in clinic.hints():
            assert delay == 0
            clinic.worker().on_hint(work)


def _duties(clinic: Clinic) -> Counter[Duty]:
    return Counter(row.duty for row in clinic.world.agenda.rows.values())


def _ref(number: int) -> VisitRef:
    return VisitRef("lamna", f"1-{number:032x}")


def _move(clinic: Clinic, **changes: Any) -> None:
    stored = clinic.world.appointments.load(booked().ref)
    assert stored is not None
    changed = replace(stored.value, version=Version(2, "00000002"), **changes)
    clinic.world.agenda.add(plan_preparation(changed, clinic.world.connection, clinic.now))
    clinic.world.appointments.replace(changed, stored.etag)


def test_a_visit_is_ready_half_an_hour_before_its_start(clinic: Clinic) -> None:
    """Its row is gone then; the one that erases the visit is there."""
    _minutes(clinic, 20)

    assert clinic.visit().state is VisitState.READY
    assert _duties(clinic) == {"retire_visit": 1, "retire_organizer_day": 1}


def test_hints_are_sent_every_two_minutes_until_it_is_ready(clinic: Clinic) -> None:
    """However long Graph says no, until the visit is over."""
    clinic.graph.before = always(lambda: GraphRefused(Refusal.OTHER, 400))
    _minutes(clinic, 75)
    asked = clinic.graph.asked["create_or_get"]

    assert 29 <= asked <= 38
    _minutes(clinic, 10)
    assert clinic.graph.asked["create_or_get"] == asked
    assert _duties(clinic).keys() == {"retire_visit", "retire_problem"}


def test_nothing_of_graph_is_asked_by_the_agenda(clinic: Clinic) -> None:
    """Its handlers call storage and queues alone."""
    clinic.wait(minutes=16)
    clinic.world.line.calls.clear()
    clinic.world.run_agenda()

    used = {call.partition(".")[0] for call in clinic.world.line.calls}
    assert used <= {"agenda", "appointments", "connections", "visits", "queues", "switches"}
    assert len(clinic.hints()) == 1


def test_a_moved_visit_keeps_its_meeting(clinic: Clinic) -> None:
    """Start and end are patched when it is prepared anew; the lobby is asked for again."""
    _minutes(clinic, 20)
    _move(clinic, start=LATER)
    clinic.world.clock.now = LATER - 45 * MINUTE
    _minutes(clinic, 20)

    assert list(clinic.graph.times.values()) == [(LATER, LATER + 30 * MINUTE)]
    assert clinic.visit().start == LATER
    assert clinic.graph.asked == Counter(create_or_get=1, set_lobby=2, guest_link=1)


def test_a_visit_moved_to_now_is_prepared_at_once(clinic: Clinic) -> None:
    """Nothing waits for a moment that has passed."""
    _move(clinic, start=clinic.now + 10 * MINUTE)
    _minutes(clinic, 1)

    assert clinic.visit().state is VisitState.READY


def test_a_refused_move_is_not_asked_for_again(clinic: Clinic) -> None:
    """The times in Teams are only for show; our own start counts."""
    _minutes(clinic, 20)
    clinic.graph.before = always(lambda: GraphRefused(Refusal.ORGANIZER, 403), "set_lobby")
    _move(clinic, start=LATER)
    clinic.world.clock.now = LATER - 45 * MINUTE
    _minutes(clinic, 20)

    assert (clinic.visit().start, clinic.visit().state) == (LATER, VisitState.READY)
    assert clinic.graph.asked["set_lobby"] == 2


def test_a_move_whose_answer_shows_an_open_lobby_makes_patients_wait(clinic: Clinic) -> None:
    """What was ready is not any more, until the lobby is closed again."""
    _minutes(clinic, 20)
    clinic.graph.shown = ("everyone", "organization")
    _move(clinic, start=LATER)
    clinic.world.clock.now = LATER - 45 * MINUTE
    _minutes(clinic, 16)
    assert clinic.visit().state is not VisitState.READY

    clinic.graph.shown = ("organizationExcludingGuests", "organization")
    _minutes(clinic, 6)
    assert clinic.visit().state is VisitState.READY


def test_a_launch_does_not_move_a_meeting(clinic: Clinic) -> None:
    """It needs nothing of Graph, and Graph may be down."""
    _minutes(clinic, 20)
    clinic.launch(start=LATER)

    assert clinic.graph.asked["set_lobby"] == 1


@pytest.mark.parametrize(
    "changes",
    [{"status": Status.CANCELLED}, {"virtual": False}],
    ids=["cancelled", "in_person"],
)
def test_what_nobody_joins_is_not_prepared(clinic: Clinic, changes: dict[str, object]) -> None:
    """Not by the agenda, and not by a hint that is late."""
    _move(clinic, **changes)
    _minutes(clinic, 35)
    clinic.hint()

    assert not clinic.graph.asked
    assert _duties(clinic) == {}


def test_what_no_launch_can_name_is_not_prepared(clinic: Clinic) -> None:
    """Messages name the CSN in a field of its own, and none has said it yet."""
    named_apart = replace(clinic.world.connection, fields=FieldPaths(csn="PV1-19.1"))
    clinic.world.configure(named_apart)
    _move(clinic, csn=None)
    _minutes(clinic, 35)
    clinic.hint()

    assert not clinic.graph.asked


def test_a_version_that_is_not_committed_yet_waits(clinic: Clinic) -> None:
    """Its row was written first, and the worker may still write the appointment."""
    clinic.world.agenda.rows = type(clinic.world.agenda.rows)()
    row = AgendaRow(clinic.now, Duty("prepare_visit"), str(booked().ref), "2-00000002")
    clinic.world.agenda.add([row])
    clinic.world.run_agenda()
    assert clinic.hints() == []

    _move(clinic, start=START)
    _minutes(clinic, 20)
    assert clinic.visit().state is VisitState.READY


def test_the_agenda_waits_as_long_as_graph_asks(clinic: Clinic) -> None:
    """The hint itself comes back then, and the agenda two minutes after it."""
    clinic.graph.before = always(lambda: GraphBusy(600))
    clinic.wait(minutes=16)
    clinic.world.run_agenda()
    ((work, _),) = clinic.hints()
    clinic.worker().on_hint(work)
    ((work, delay),) = clinic.hints()
    assert delay == 601

    for _ in range(11):
        clinic.wait(minutes=1)
        clinic.world.run_agenda()
    assert clinic.hints() == []
    clinic.wait(minutes=1)
    clinic.world.run_agenda()
    assert len(clinic.hints()) == 1


def test_a_hint_that_meets_no_storage_is_left_to_the_agenda(clinic: Clinic) -> None:
    """It raises nothing, so it never becomes a dead letter."""

    def fail(call: str) -> None:
        if call.startswith("visits."):
            raise NotStored

    clinic.world.line.before = fail
    clinic.hint()

    assert (clinic.hints(), not clinic.graph.asked) == ([], True)


@pytest.mark.parametrize("work", [{}, {"appointment": ""}, {"appointment": "a~b~c"}, {"text": "x"}])
def test_a_hint_that_names_no_appointment_is_foreign(clinic: Clinic, work: dict[str, str]) -> None:
    """It ends as a dead letter."""
    with pytest.raises(ValueError, match="unpack"):
        clinic.worker().on_hint(work)


def test_a_hint_at_what_is_gone_changes_nothing(clinic: Clinic) -> None:
    """The appointment, or its connection."""
    clinic.worker().on_hint({"appointment": "lamna~1-00"})
    clinic.worker().on_hint({"appointment": "gone~1-00"})

    assert not clinic.graph.asked


def test_a_visit_is_erased_thirty_days_after_its_end(clinic: Clinic) -> None:
    """Not earlier, also if it was moved; and nothing of it is left."""
    _minutes(clinic, 20)
    _move(clinic, start=LATER)
    clinic.world.clock.now = LATER - 45 * MINUTE
    _minutes(clinic, 20)

    clinic.world.clock.now = START + timedelta(days=30, minutes=31)
    clinic.world.run_agenda()
    assert clinic.visit().start == LATER
    clinic.world.clock.now = LATER + timedelta(days=30, minutes=31)
    clinic.world.run_agenda()
    assert clinic.world.visits.rows.values() == []

    clinic.world.clock.now = LATER + timedelta(days=41)
    clinic.world.run_agenda()
    assert (clinic.world.organizer_days.days, _duties(clinic)) == ({}, {})


def test_an_account_near_its_limit_is_told_and_then_left_alone(clinic: Clinic) -> None:
    """1,600 meetings in 31 days are a problem, 1,900 are the end."""
    days = clinic.world.organizer_days
    key = organizer_key(TENANT, FIRST)
    for ago in (31, 1):
        day = OrganizerDay(key, (clinic.now - timedelta(days=ago)).date())
        days.add(day, OrganizerUse(meetings=799), lambda: None)
    long_ago = OrganizerDay(key, (clinic.now - timedelta(days=32)).date())
    days.add(long_ago, OrganizerUse(meetings=900), lambda: None)

    clinic.launch(organizers=(FIRST,))
    assert clinic.problems() == []
    clinic.wait(minutes=6)
    clinic.launch(ref=_ref(1), organizers=(FIRST,))
    assert clinic.problems() == [("organizer_limit", FIRST)]

    days.add(OrganizerDay(key, clinic.now.date()), OrganizerUse(meetings=300), lambda: None)
    clinic.wait(minutes=6)
    clinic.launch(ref=_ref(2), organizers=(FIRST,))
    assert clinic.graph.asked["create_or_get"] == 2
    assert ("organizers_unavailable", "lamna") in clinic.problems()


def test_a_hint_is_silent_while_the_circuit_is_open(clinic: Clinic) -> None:
    """It ends at once and is not put back: the agenda looks again."""
    clinic.graph.before = failing(*[GraphUnavailable] * 9)
    for _ in range(3):
        clinic.hint()
        clinic.wait(seconds=15)
    clinic.hint()

    assert (clinic.graph.asked["create_or_get"], clinic.hints()) == (3, [])


def test_only_connections_that_hold_visits_plan_them() -> None:
    """And only visits with a start that are not over."""
    made, holds = booked(), Clinic().world.connection
    now = START - timedelta(hours=2)

    assert plan_preparation(made, CONNECTION, now) == ()
    assert plan_preparation(booked(start=None), holds, now) == ()
    assert plan_preparation(made, holds, START + 30 * MINUTE) == ()
    (row,) = plan_preparation(made, holds, now)
    assert (row.duty, row.subject, row.version) == ("prepare_visit", str(made.ref), "1-3fa9c1d2")


def test_the_visits_of_one_minute_are_spread() -> None:
    """Between 45 and 30 minutes before the start, about evenly; what is booked late is due now."""
    holds, now = Clinic().world.connection, START - timedelta(hours=2)
    dues = [
        row.due
        for number in range(1500)
        for row in plan_preparation(booked(f"{number * 40503}"), holds, now)
    ]

    assert min(dues) >= START - 45 * MINUTE
    assert max(dues) <= START - 30 * MINUTE
    assert max(Counter(due.replace(second=0, microsecond=0) for due in dues).values()) < 150
    (late,) = plan_preparation(booked(), holds, START - 20 * MINUTE)
    assert late.due == START - 20 * MINUTE
