"""When a visit ends, and from when until when it can be joined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared_code.appointments.domain import JoinWindow, join_window
from shared_code.wall_clock import LocalTime, resolve
from tests.world.visit import START, appointment

MINUTE = timedelta(minutes=1)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(("minutes", "lasts"), [(None, 60), (30, 30), (1440, 1440)])
def test_a_visit_ends_after_its_minutes_or_the_usual_ones(minutes: int | None, lasts: int) -> None:
    assert appointment(minutes=minutes).end == START + lasts * MINUTE


def test_a_visit_without_a_start_has_neither_end_nor_window() -> None:
    unknown = appointment(start=None, minutes=30)

    assert (unknown.end, join_window(unknown, 15, 60)) == (None, None)


def test_the_window_reaches_from_before_the_start_to_after_the_end() -> None:
    window = join_window(appointment(minutes=30), 15, 60)

    assert window == JoinWindow(START - 15 * MINUTE, START + 90 * MINUTE)


@pytest.mark.parametrize(
    ("moment", "early", "closed"),
    [
        (START - 15 * MINUTE - timedelta(microseconds=1), True, False),
        (START - 15 * MINUTE, False, False),
        (START + 120 * MINUTE - timedelta(microseconds=1), False, False),
        (START + 120 * MINUTE, False, True),
    ],
)
def test_the_window_is_open_from_its_first_moment_to_before_its_last(
    moment: datetime, early: bool, closed: bool
) -> None:
    window = join_window(appointment(), 15, 60)

    assert window is not None
    assert (window.is_early(moment), window.is_closed(moment)) == (early, closed)


def test_a_phone_in_another_zone_changes_nothing() -> None:
    """Visit at 13:30 in Chicago, opened at 12:16 in Denver: that is 14 minutes before."""
    window = join_window(appointment(), 15, 60)
    opened = datetime(2026, 6, 10, 12, 16, tzinfo=ZoneInfo("America/Denver"))

    assert window is not None
    assert not window.is_early(opened)
    assert window.is_early(opened - 2 * MINUTE)


def test_two_visits_in_the_hour_that_comes_twice_are_an_hour_apart() -> None:
    """01:30 CDT and 01:30 CST on the day the clocks go back."""
    wall = datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001 - a wall clock
    starts = [resolve(LocalTime(wall, timedelta(hours=h)), CHICAGO).utc for h in (-5, -6)]
    first, second = (join_window(appointment(start=each, minutes=30), 15, 0) for each in starts)

    assert first is not None
    assert second is not None
    assert second.opens - first.opens == timedelta(hours=1)
    assert first.closes <= second.opens
    assert first.opens == datetime(2026, 11, 1, 6, 15, tzinfo=UTC)


def test_a_visit_over_a_change_of_the_clocks_lasts_as_long_as_any() -> None:
    """From 01:30 CST to 03:30 CDT is one hour on the day the clocks go forward."""
    start = datetime(2026, 3, 8, 1, 30, tzinfo=CHICAGO).astimezone(UTC)
    window = join_window(appointment(start=start, minutes=60), 15, 0)

    assert window is not None
    assert window.closes.astimezone(CHICAGO).hour == 3
    assert window.closes - window.opens == 75 * MINUTE
