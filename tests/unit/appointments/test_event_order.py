"""Where an event stands among its siblings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared_code.appointments.domain import EventOrder
from shared_code.wall_clock import LocalTime
from tests.world.clock import NOW
from tests.world.events import applied, incoming, wall

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def _order(moment: timedelta, control: int | None, arrival: timedelta) -> EventOrder:
    return EventOrder(NOW + moment, control, NOW + arrival)


NONE = timedelta(0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_order(SECOND, None, NONE), _order(NONE, None, MINUTE)),
        (_order(SECOND, 1, NONE), _order(NONE, 2, MINUTE)),
        (_order(NONE, 2, NONE), _order(NONE, 1, MINUTE)),
        (_order(NONE, 10, NONE), _order(NONE, 9, NONE)),
        (_order(NONE, None, SECOND), _order(NONE, 9, NONE)),
        (_order(NONE, 9, SECOND), _order(NONE, None, NONE)),
        (_order(NONE, 9, SECOND), _order(NONE, 9, NONE)),
    ],
)
@pytest.mark.parametrize("ties", [True, False])
def test_the_newer_event_is_after_the_other(
    one: EventOrder, other: EventOrder, *, ties: bool
) -> None:
    """First by the moment, then by the control id where both have a number, then by arrival."""
    assert (one.is_after(other, ties=ties), other.is_after(one, ties=ties)) == (True, False)


@pytest.mark.parametrize("ties", [True, False])
def test_nothing_tells_a_tie_apart(*, ties: bool) -> None:
    """Then the caller says who wins."""
    order = _order(NONE, 9, NONE)

    assert ties == order.is_after(order, ties=ties)


@pytest.mark.parametrize(
    ("made", "arrived", "moment"),
    [
        (-60, 0, -60),
        (0, 0, 0),
        (9, 0, 9),
        (10, 0, 10),
        (11, 0, 10),
        (60 * 24 * 365, 0, 10),
        (30, 25, 30),
    ],
)
def test_a_sender_whose_clock_is_ahead_gains_ten_minutes_at_most(
    made: int, arrived: int, moment: int
) -> None:
    """The earlier of MSH-7 and arrival + 10 minutes orders the event."""
    arrival = NOW + arrived * MINUTE
    state = applied(None, incoming(at=NOW + made * MINUTE, arrival=arrival))

    assert NOW + moment * MINUTE == state.order.moment
    assert arrival == state.order.arrival


@pytest.mark.parametrize(
    ("control_id", "number"),
    [
        ("1000241", 1000241),
        ("0", 0),
        ("007", 7),
        ("9" * 19, 10**19 - 1),
        ("9" * 20, None),
        ("", None),
        ("A1", None),
        ("-1", None),
        ("1.5", None),
        ("١٢", None),
        ("²", None),
    ],
)
def test_a_control_id_counts_when_it_is_an_integer(control_id: str, number: int | None) -> None:
    """Anything but ASCII digits of a sensible length is no number."""
    assert number == applied(None, incoming(control_id=control_id)).order.control


def test_the_hour_that_exists_twice_is_resolved_near_the_arrival() -> None:
    """A message made at the second 01:30 and arriving then is not an hour old."""
    arrival = datetime(2026, 11, 1, 7, 31, tzinfo=UTC)
    made = LocalTime(datetime.fromisoformat("2026-11-01 01:30"))
    state = applied(None, incoming(created=made, arrival=arrival))

    assert arrival - MINUTE == state.order.moment


def test_a_cancel_follows_an_event_that_does_not_say_when_it_was_made() -> None:
    """A message without MSH-7 is as old as its arrival: a cancel a minute later is newer."""
    booked = applied(None, incoming("S12", created=None, arrival=NOW))
    later = NOW + MINUTE
    cancelled = applied(booked, incoming("S15", later, number=2, created=wall(later)))

    assert cancelled.status == "cancelled"
