"""Whether an app is well, told from what it did; how work comes back."""

from __future__ import annotations

from typing import Any

import azure.functions as func
import pytest

from functions import favicon
from functions import health as door
from shared_code import retry
from shared_code.errors import NotStored
from shared_code.operating.flows.health import DoorHealth, Health, WorkHealth
from shared_code.queues import SMS_OUTBOUND
from tests.world.line import unavailable
from tests.world.world import World


def test_the_door_is_well_when_it_could_store_a_message() -> None:
    """And not when the queue does not answer."""
    world = World()
    well = DoorHealth(world.queues, world.rings).check()
    world.line.before = unavailable("queues.can_send")

    assert (Health(True), Health(False)) == (well, DoorHealth(world.queues, world.rings).check())


@pytest.mark.parametrize(("seconds", "healthy"), [(0, True), (180, True), (181, False)])
def test_work_is_well_when_the_agenda_ran_lately(seconds: int, *, healthy: bool) -> None:
    """Within the last three minutes."""
    world = World()
    world.run_agenda()
    world.clock.advance(seconds=seconds)

    assert Health(healthy, seconds) == WorkHealth(world.switches, world.clock).check()


@pytest.mark.parametrize(("seconds", "expected"), [(-30, Health(True, 0)), (-31, Health(False))])
def test_a_run_in_the_future_says_nothing(seconds: int, expected: Health) -> None:
    """Workers' clocks differ a little; beyond that the age is unknown, not negative."""
    world = World()
    world.run_agenda()
    world.clock.advance(seconds=seconds)

    assert WorkHealth(world.switches, world.clock).check() == expected


def test_an_agenda_that_never_ran_is_not_well() -> None:
    """Neither is one that cannot be asked about."""
    world = World()
    never = WorkHealth(world.switches, world.clock).check()
    world.line.before = unavailable("switches.last_beat")

    assert Health(False) == never == WorkHealth(world.switches, world.clock).check()


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 0), (2, 30), (3, 120), (4, 300), (5, 600), (99_999, 600), (0, 600), (-1, 600)],
)
def test_attempts_are_further_and_further_apart(attempt: int, seconds: int) -> None:
    """Up to ten minutes."""
    assert seconds == retry.delay_after(attempt)


@pytest.mark.parametrize(
    ("text", "attempt"),
    [("1", 1), ("7", 7), ("", 1), ("x", 1), ("-3", 1), ("1e3", 1), ("9" * 6, 1), ("٣", 1)],
)
def test_an_attempt_that_is_no_number_is_the_first(text: str, attempt: int) -> None:
    """Foreign work does not wait for ever."""
    assert attempt == retry.attempt_of({"attempt": text})
    assert retry.attempt_of({}) == 1


def test_work_comes_back_as_its_next_attempt() -> None:
    """With everything else as it was."""
    world = World()
    retry.try_again(world.queues, SMS_OUTBOUND, {"text": "t", "attempt": "2"})
    retry.try_again(world.queues, SMS_OUTBOUND, {"text": "t"}, 17)

    assert world.take(SMS_OUTBOUND) == [
        ({"text": "t", "attempt": "3"}, 30),
        ({"text": "t", "attempt": "2"}, 17),
    ]


def test_when_the_queue_is_away_work_cannot_come_back() -> None:
    """Then the host must try."""
    world = World()
    world.line.before = unavailable("queues.send")

    with pytest.raises(NotStored):
        retry.try_again(world.queues, SMS_OUTBOUND, {"text": "t"})


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (181, 503)])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_monitor_may_ask_for_the_status_alone(
    monkeypatch: pytest.MonkeyPatch, method: str, seconds: int, status: int
) -> None:
    """HEAD has the status and the headers of GET, and no body."""
    world = World()
    world.run_agenda()
    world.clock.advance(seconds=seconds)
    monkeypatch.setattr(door, "services", lambda: world.services)
    function: Any = door.health
    answer = function._function.get_user_function()(func.HttpRequest(method, "/", body=b""))

    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.get_body() == b"") == (method == "HEAD")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_browsers_are_told_that_there_is_no_icon(method: str) -> None:
    """They ask for it beside every page, and a 404 looks like a mistake."""
    function: Any = favicon.favicon
    answer = function._function.get_user_function()(func.HttpRequest(method, "/", body=b""))

    assert (answer.status_code, answer.get_body()) == (204, b"")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
