"""Links where visits are held: valid while the visit can be joined, by the visit's time now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared_code.appointments.domain import JoinWindow
from shared_code.links.domain import LINK_CANCELLED, LINK_DEAD, LINK_EXPIRED, digest_of
from shared_code.links.flows import RETIRE_LINK, PatientLink
from tests.unit.links.texted_patient import Patient
from tests.world.clock import NOW
from tests.world.connection import LAUNCHING
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import START, WALL
from tests.world.world import World

LATER, LATER_STILL = NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
END = START + 30 * MINUTE
CLOSES = END + 60 * MINUTE
WEEK = timedelta(days=7)


def _patient() -> Patient:
    patient = Patient(World(connection=LAUNCHING))
    patient.world.line.calls.clear()
    return patient


def _shown(patient: Patient) -> PatientLink:
    found = patient.open().found
    assert isinstance(found, PatientLink)
    return found


def _moved(patient: Patient, by: timedelta, at: datetime = LATER) -> None:
    patient.world.apply(siu("S14", at, start_local=WALL + by))


def test_the_link_shows_its_window() -> None:
    """From 15 minutes before the start to 60 after the end."""
    patient = _patient()
    shown = _shown(patient)

    assert PatientLink(patient.world.row(), START, join_window=shown.join_window) == shown
    assert JoinWindow(START - 15 * MINUTE, CLOSES) == shown.join_window
    assert patient.open().link_digest == digest_of(patient.token)


def test_a_link_is_valid_until_the_visit_can_no_longer_be_joined() -> None:
    patient = _patient()
    patient.without_phone()
    patient.world.clock.now = CLOSES - timedelta(microseconds=1)
    still = _shown(patient)
    patient.world.clock.now = CLOSES

    assert still.start == START
    assert patient.code() == LINK_EXPIRED.code


def test_a_longer_visit_keeps_its_link_longer() -> None:
    """Another duration makes no other link: it counts when the link is opened."""
    patient = _patient()
    row = patient.world.row()
    patient.world.appointments.rows.put(row.ref, replace(row, minutes=240))
    patient.world.clock.now = CLOSES + HOUR

    assert _shown(patient).join_window == JoinWindow(START - 15 * MINUTE, START + 5 * HOUR)


def test_a_changed_window_counts_for_links_already_sent() -> None:
    patient = _patient()
    visits = replace(LAUNCHING.visits, opens_before=60, closes_after=0)  # type: ignore[type-var]
    patient.world.configure(replace(LAUNCHING, visits=visits))

    assert _shown(patient).join_window == JoinWindow(START - HOUR, END)


@pytest.mark.parametrize("by", [timedelta(hours=2, minutes=30), -2 * HOUR, 30 * DAY])
def test_an_old_link_of_a_moved_visit_leads_to_it_by_itself(by: timedelta) -> None:
    """To the new time and its window, earlier or later; no other link is needed for it."""
    patient = _patient()
    _moved(patient, by)
    before = list(patient.world.links.rows.values())
    patient.world.clock.now = START + by - 10 * MINUTE
    shown = _shown(patient)

    assert (shown.start, shown.moved, shown.moved_to) == (START + by, True, "")
    assert shown.join_window == JoinWindow(START + by - 15 * MINUTE, CLOSES + by)
    assert list(patient.world.links.rows.values()) == before


def test_a_visit_that_came_back_to_its_time_was_not_moved() -> None:
    patient = _patient()
    _moved(patient, DAY)
    _moved(patient, timedelta(0), LATER_STILL)

    assert not _shown(patient).moved


def test_opening_a_link_writes_nothing() -> None:
    patient = _patient()
    _moved(patient, DAY)
    patient.world.line.calls.clear()
    patient.open()

    reads = {"links.find", "connections.find", "appointments.load", "optouts.stops"}
    assert set(patient.world.line.calls) == reads


def test_a_cancelled_visit_never_leads_to_another_one() -> None:
    """Not even to one that was booked in its place."""
    patient = _patient()
    patient.world.apply(siu("S15", LATER))
    patient.world.apply(siu("S12", LATER_STILL, key="41200"))

    assert patient.code() == LINK_CANCELLED.code


@pytest.mark.parametrize("erased", [False, True])
def test_a_no_show_that_comes_late_still_joins(*, erased: bool) -> None:
    """Twelve minutes late, and reported as a no-show."""
    patient = _patient()
    patient.world.clock.now = START + 10 * MINUTE
    patient.world.apply(siu("S26", patient.world.clock.now))
    if erased:
        patient.without_phone()
    patient.world.clock.now = START + 12 * MINUTE

    assert _shown(patient).start == START
    patient.world.clock.now = CLOSES
    assert patient.code() == LINK_EXPIRED.code


def test_a_moved_visit_without_a_phone_is_nobodys() -> None:
    """Nothing says any more that it is the same patient's."""
    patient = _patient()
    _moved(patient, DAY)
    patient.without_phone()

    assert patient.code() == LINK_DEAD.code


def test_a_link_is_erased_a_week_after_its_window_closed() -> None:
    patient = _patient()
    patient.world.clock.now = CLOSES + WEEK - MINUTE
    patient.world.run_agenda()
    kept = patient.world.links.find(digest_of(patient.token))
    patient.world.clock.now = CLOSES + WEEK
    patient.world.run_agenda()

    assert kept is not None
    assert (kept.start, kept.not_after) == (START, CLOSES)
    assert patient.world.links.rows.values() == []


def test_the_link_of_a_visit_moved_far_ahead_is_kept_as_long() -> None:
    """The text that the patient still has must not become unknown before the visit."""
    patient = _patient()
    _moved(patient, 30 * DAY)
    patient.world.clock.now = CLOSES + WEEK
    patient.world.run_agenda()
    patient.world.clock.now = START + 30 * DAY
    kept = _shown(patient)
    patient.world.clock.now = CLOSES + 30 * DAY + WEEK
    patient.world.run_agenda()

    assert kept.moved
    assert patient.world.links.rows.values() == []
    assert RETIRE_LINK not in {row.duty for row in patient.world.agenda.rows.values()}


def test_the_digest_is_in_no_log() -> None:
    with captured_logs() as log:
        patient = _patient()
        opened = patient.open()

    assert opened.link_digest not in log.getvalue()
    assert opened.link_digest not in repr(opened)
