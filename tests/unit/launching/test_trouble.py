"""What administrators hear of launches, and that anonymous launches do not become writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from local.memory.sign_in import DANA
from shared_code.agenda.domain import DONE, AgendaRow, Later
from shared_code.launching.domain import tokens
from shared_code.launching.domain.errors import (
    ENDPOINT_ELSEWHERE,
    LAUNCHES_FAIL,
    RECORD_PLACEHOLDER,
)
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.flows.buckets import (
    MOST_AT_ONCE,
    RETIRE_LAUNCHES,
    RETIRE_SESSIONS,
    Buckets,
)
from shared_code.launching.flows.trouble import LaunchTrouble
from shared_code.oversight.domain.problem import Closing
from shared_code.oversight.flows.problems import Problems
from tests.unit.launching.scene import callback, launch_url, opened, problems, stored, told
from tests.world.connection import LAUNCHING
from tests.world.launches import Browser, LaunchWorld
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.problems import reported
from tests.world.world import World


def trouble_of(world: World) -> LaunchTrouble:
    """Return the trouble of a new worker."""
    return LaunchTrouble(Problems(world.problem_store, world.agenda), world.clock)


def test_a_problem_is_written_once_in_ten_minutes_by_each_worker() -> None:
    """The same again writes nothing; the next day it is another problem."""
    world = LaunchWorld()
    one, other = trouble_of(world), trouble_of(world)
    for _ in range(50):
        one.report(ENDPOINT_ELSEWHERE, LAUNCHING)
        other.report(ENDPOINT_ELSEWHERE, LAUNCHING)
        one.report(RECORD_PLACEHOLDER, LAUNCHING)
    assert world.line.calls.count("problems.change") == 3
    assert len(problems(world)) == 2

    world.clock.advance(days=1)
    one.report(ENDPOINT_ELSEWHERE, LAUNCHING)
    assert len(problems(world)) == 3


@pytest.mark.parametrize("why", Closing)
def test_a_problem_that_was_closed_and_goes_on_is_open_again(why: Closing) -> None:
    """Half an hour later, by the same worker on the same day."""
    world = LaunchWorld()
    trouble = trouble_of(world)
    trouble.report(LAUNCHES_FAIL, LAUNCHING)
    (problem,) = world.problem_store.rows.values()
    world.problem_store.change(problem.id, lambda kept: kept and kept.closed_by_person(why))
    trouble.report(LAUNCHES_FAIL, LAUNCHING)
    soon = reported(world, LAUNCHES_FAIL)
    world.clock.advance(minutes=30)
    trouble.report(LAUNCHES_FAIL, LAUNCHING)

    assert soon == []
    assert reported(world, LAUNCHES_FAIL) == [("launches",)]


def test_a_problem_that_stays_open_is_not_counted_again() -> None:
    """However long it lasts on that day."""
    world = LaunchWorld()
    trouble = trouble_of(world)
    for _ in range(8):
        trouble.report(ENDPOINT_ELSEWHERE, LAUNCHING)
        world.clock.advance(minutes=30)
    (problem,) = world.problem_store.rows.values()

    assert problem.count == 1


def test_a_problem_that_was_not_kept_is_reported_again() -> None:
    """The launch went on, and the log says that the problem is missing."""
    world = LaunchWorld()
    trouble = trouble_of(world)
    world.line.before = unavailable("agenda.add")
    with captured_logs() as written:
        trouble.report(ENDPOINT_ELSEWHERE, LAUNCHING)
    assert "launch.problem_not_kept" in written.getvalue()

    world.line.before = unavailable()
    trouble.report(ENDPOINT_ELSEWHERE, LAUNCHING)
    assert len(problems(world)) == 1


def test_refusals_are_counted_by_connection() -> None:
    """Two of one and one of another are no problem."""
    world = LaunchWorld()
    trouble = trouble_of(world)
    north = replace(LAUNCHING, id="lamna-north")
    for connection in (LAUNCHING, north, LAUNCHING, north):
        trouble.refused_by_epic(connection)
    assert problems(world) == []
    world.clock.advance(minutes=10)
    trouble.refused_by_epic(north)
    assert problems(world) == [(LAUNCHES_FAIL.code, "lamna-north", "launches")]


def test_100_000_anonymous_launches_in_ten_minutes_write_one_agenda_row_a_worker() -> None:
    """Reminders are in the same agenda, and stay punctual."""
    world = LaunchWorld()
    workers = [Buckets(world.agenda, world.launches, world.sessions, world.clock) for _ in range(4)]
    for number in range(100_000):
        key = TokenKey(tokens.bucket_of(world.clock()), f"{number:064x}")
        workers[number % 4].plan(RETIRE_LAUNCHES, key)

    assert world.line.calls.count("agenda.add") == 4
    assert len(world.agenda.rows.values()) == 1


def test_hostile_launches_write_no_more_than_a_few_rows() -> None:
    """Unknown senders, look-alikes and callbacks that are forged, for ten minutes."""
    world, _ = opened()
    before = len(world.agenda.rows.values())
    browser = Browser(world, keeps=False)
    for number in range(150):
        browser.get(launch_url("https://epic.lamna.example/api/FHIR/DSTU2/"))
        browser.get(launch_url("https://evil.example/", connection=""))
        browser.get(launch_url(f"https://evil{number}.example/api/FHIR/R4/"))
        browser.get(launch_url(f"https://epic.lamna.example/{number}/api/FHIR/R4/", connection=""))
        browser.get(launch_url())
        browser.get(callback("x", f"202606101830-{'a' * 26}"))
        browser.get(f"/launch/callback?error=invalid_launch_token&state={browser.start()}")
        world.clock.advance(seconds=4 if number else 0)

    assert len(world.agenda.rows.values()) - before <= 8
    assert stored(world)[1:] == (0, 0)
    assert {code for code, _, _ in problems(world)} == {"launch_unregistered", "launches_fail"}
    named = [about for _, _, about in problems(world) if ": https://" in about]
    assert len(named) == 3


def test_a_bucket_whose_row_could_not_be_planned_is_planned_by_the_next_launch() -> None:
    """No launch is stored that nobody would erase."""
    world, browser = opened()
    world.line.before = unavailable("agenda.add", times=1)
    assert told(browser.get(launch_url())) == (503, "storage_unavailable")
    assert stored(world)[0] == 0

    browser.get(launch_url())
    assert [row.duty for row in world.agenda.rows.values()] == [RETIRE_LAUNCHES]


def test_a_bucket_is_erased_in_portions() -> None:
    """A run that erases launches for hours would make reminders late."""
    world, browser = opened()
    for _ in range(MOST_AT_ONCE + 10):
        browser.get(launch_url())
    buckets = Buckets(world.agenda, world.launches, world.sessions, world.clock)
    bucket = tokens.bucket_of(world.clock())
    row = AgendaRow(world.clock(), RETIRE_LAUNCHES, bucket)

    again = Later(world.clock())
    assert [buckets.retire_launches(row) for _ in range(2)] == [again, DONE]
    assert stored(world)[0] == 0


def test_launches_and_pages_are_erased_when_nobody_can_use_them_any_more() -> None:
    """Launches soon after ten minutes, pages after twelve hours; others' buckets stay."""
    world, browser = opened()
    browser.launch(DANA)
    world.clock.advance(minutes=25)
    browser.launch(DANA)
    world.run_agenda()
    assert stored(world)[:2] == (2, 2)

    world.clock.advance(minutes=10)
    world.run_agenda()
    assert stored(world)[:2] == (1, 2)
    world.clock.advance(hours=13)
    world.run_agenda()
    assert stored(world)[:2] == (0, 0)
    assert {row.duty for row in world.agenda.rows.values()} & {
        RETIRE_LAUNCHES,
        RETIRE_SESSIONS,
    } == set()
