"""What launching and attendance erase, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from local.memory.sign_in import ALEX, DANA
from shared_code.agenda.domain import DONE, AgendaRow, Duty, Later, RowOutcome
from shared_code.agenda.flows import Handler
from shared_code.attendance.domain import Role
from shared_code.attendance.flows import RETIRE_ATTENDEES
from shared_code.launching.domain.launch import Door
from shared_code.launching.flows.buckets import MOST_AT_ONCE, RETIRE_LAUNCHES, RETIRE_SESSIONS
from shared_code.launching.flows.linked_users import RETIRE_LINKED_USER
from tests.unit.launching.clinic import (
    begin,
    change,
    come_back,
    confirm,
    hospital,
    link_user,
    minutes,
    persons,
    prepared,
    user_hash,
)
from tests.world.launches import Browser, LaunchWorld
from tests.world.line import unavailable
from tests.world.visit import START
from tests.world.visiting import Clinic

WEEK, YEAR = timedelta(days=7), timedelta(days=400)


def planned(world: LaunchWorld, duty: Duty) -> list[AgendaRow]:
    """Return the agenda's rows of a duty, the earliest first."""
    rows = [each for each in world.agenda.rows.values() if each.duty == duty]
    return sorted(rows, key=lambda row: row.due)


def handlers(world: LaunchWorld) -> Mapping[Duty, Handler]:
    """Return what the agenda calls."""
    return world.services.launching.handlers()


def run(world: LaunchWorld, row: AgendaRow, at: datetime | None = None) -> RowOutcome:
    """Let the row be due."""
    world.clock.now = at or row.due
    return handlers(world)[row.duty](row)


def test_launches_of_ten_minutes_are_erased_together() -> None:
    """When the last of them can no longer be finished, sign-ins as well."""
    world = hospital()
    begin(Browser(world))
    Browser(world).launch()
    (row, *more) = planned(world, RETIRE_LAUNCHES)
    assert {each.subject for each in more} <= {row.subject, "202606101830"}
    assert row.due >= START + timedelta(minutes=20)
    assert len(world.launches.launches.values()) == 2
    for each in (row, *more):
        assert run(world, each) == DONE
    assert (world.launches.launches.values(), world.launches.attempts.values()) == ([], [])


def test_a_sign_in_begun_from_a_page_that_is_read_is_erased_as_well() -> None:
    """Its handoff lives ten minutes, so its bucket may be the next one."""
    world = hospital()
    browser = Browser(world)
    come_back(browser, begin(browser))
    world.clock.advance(minutes=9)
    browser.get(browser.link("signin"))
    attempts = {each.key.bucket for each in world.launches.attempts.values()}
    assert len(attempts) == 2
    assert attempts <= {row.subject for row in planned(world, RETIRE_LAUNCHES)}
    for row in planned(world, RETIRE_LAUNCHES):
        assert run(world, row) == DONE
    assert world.launches.attempts.values() == []


def test_pages_are_erased_when_none_of_them_can_live() -> None:
    """Twelve hours after the ten minutes in which they were made."""
    world = hospital()
    browser = Browser(world)
    browser.launch()
    (row, *_) = planned(world, RETIRE_SESSIONS)
    (session,) = world.sessions.rows.values()
    assert row.due >= session.created + timedelta(hours=12)
    assert run(world, row) == DONE
    assert world.sessions.rows.values() == []


@pytest.mark.parametrize("duty", [RETIRE_SESSIONS, RETIRE_LAUNCHES])
def test_a_large_bucket_is_erased_in_parts(duty: Duty) -> None:
    """A run erases so many rows and comes back in a minute."""
    world = hospital()
    Browser(world).launch()
    (stored,) = world.sessions.rows.values()
    (launch,) = world.launches.launches.values()
    for number in range(MOST_AT_ONCE):
        key = replace(stored.key, digest=f"{number:064x}")
        world.sessions.insert(replace(stored, key=key))
        world.launches.insert_launch(replace(launch, key=replace(launch.key, digest=key.digest)))
    (row, *_) = planned(world, duty)
    assert run(world, row) == Later(row.due)  # the next run: a minute is rounded up
    assert run(world, row) == DONE


@pytest.mark.parametrize(
    ("duty", "insert"),
    [(RETIRE_LAUNCHES, "launches.insert_launch"), (RETIRE_SESSIONS, "sessions.insert")],
)
def test_the_agenda_knows_a_row_before_it_is_written(duty: Duty, insert: str) -> None:
    """A worker that dies between the two leaves nothing that is never erased."""
    world = hospital()
    Browser(world).launch()
    calls = world.line.calls
    assert "agenda.add" in calls[: calls.index(insert)]
    assert planned(world, duty)

    other = hospital()
    other.line.before = unavailable("agenda.add")
    page = Browser(other).get("/launch/provider/lamna?iss=x&launch=L1")
    assert page.status >= 400
    assert (other.launches.launches.values(), other.sessions.rows.values()) == ([], [])


def test_a_link_is_erased_after_four_hundred_days_without_use() -> None:
    """A launch in between keeps it; being erased, it is asked for again."""
    world = hospital()
    browser = Browser(world)
    state = begin(browser)
    come_back(browser, state)
    confirm(browser, state)
    (row,) = planned(world, RETIRE_LINKED_USER)
    assert row == AgendaRow(START + YEAR, RETIRE_LINKED_USER, f"lamna~{user_hash(world, DANA)}")

    used = START + timedelta(days=100)
    world.clock.now = used
    Browser(world).launch()
    assert run(world, row) == Later(used + YEAR)
    assert len(world.linked_users.rows.values()) == 1
    assert run(world, row, used + YEAR - timedelta(seconds=1)) == Later(used + YEAR)
    assert run(world, row, used + YEAR) == DONE
    assert world.linked_users.rows.values() == []
    assert run(world, row) == DONE


@pytest.mark.parametrize(("hours", "noted"), [(1, False), (23, False), (24, True), (500, True)])
def test_a_use_is_noted_once_a_day(hours: int, noted: bool) -> None:
    """Not at every launch: the row is read by all of them."""
    world = hospital()
    Browser(world).launch()
    link_user(world)
    world.clock.advance(hours=hours)
    Browser(world).launch()
    (linked,) = world.linked_users.rows.values()
    assert (linked.used == world.clock.now) is noted


def test_the_persons_of_a_visit_are_erased_a_week_after_its_end() -> None:
    """Once, however many there were."""
    world = hospital()
    prepared(world)
    for _ in range(2):
        Browser(world).launch_as_patient()
    rows = planned(world, RETIRE_ATTENDEES)
    assert {row.due for row in rows} == {START + minutes(30) + WEEK}
    assert run(world, rows[0]) == DONE
    assert persons(world) == []
    assert run(world, rows[0]) == DONE


def test_the_persons_of_a_moved_visit_wait_for_its_new_end() -> None:
    """Until a week after it."""
    world = hospital()
    prepared(world)
    Browser(world).launch_as_patient()
    (row, *_) = planned(world, RETIRE_ATTENDEES)
    change(world, start=START + timedelta(days=2))
    Clinic(world).hint()
    due = START + timedelta(days=2) + minutes(30) + WEEK
    assert Clinic(world).visit().end + WEEK == due

    assert run(world, row) == Later(due)
    assert len(persons(world)) == 1
    assert run(world, row, due - timedelta(seconds=1)) == Later(due)
    assert run(world, row, due) == DONE
    assert persons(world) == []


def test_whoever_opens_a_visit_after_its_persons_were_erased_is_erased_too() -> None:
    """By the same worker, which planned the erasing long ago."""
    world = hospital()
    prepared(world)
    attendance = world.services.launching.attendance
    visit = Clinic(world).visit().ref
    attendance.opened(visit, "1-a", Role.STAFF, START + minutes(30))
    attendance.opened(visit, "1-b", Role.STAFF, START + minutes(30))
    (row,) = planned(world, RETIRE_ATTENDEES)
    assert run(world, row) == DONE

    attendance.opened(visit, "1-a", Role.STAFF, START + minutes(30))
    (_, again) = planned(world, RETIRE_ATTENDEES)
    assert again.due == row.due + WEEK
    assert run(world, again) == DONE
    assert world.attendees.rows.values() == []


@pytest.mark.parametrize("call", ["agenda.add", "attendees.record"])
def test_a_launch_whose_person_cannot_be_noted_is_tried_again(call: str) -> None:
    """The agenda row comes first, so nothing is kept that is never erased."""
    world = hospital()
    prepared(world)
    browser = Browser(world)
    state, code = browser.start(Door.PATIENT), world.code(ALEX)
    world.line.before = unavailable(call)
    assert browser.get(f"/launch/callback?code={code}&state={state}").status == 503
    assert persons(world) == []
