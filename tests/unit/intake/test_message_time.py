"""MSH-7 is empty or unreadable: order by arrival, and care on the first day of SMS."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.appointments.domain import EventOrder, Status
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import MESSAGE_TIME_UNREADABLE
from shared_code.texting.domain.reasons import BEFORE_SMS_ENABLED
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.events import applied, decided, incoming, played, wall
from tests.world.messages import altered, siu
from tests.world.problems import reported
from tests.world.visit import PHONE, START
from tests.world.world import World

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)
UNTIMED: dict[str, Any] = {"created": None, "remarks": (MESSAGE_TIME_UNREADABLE,)}


def _since(ago: timedelta) -> Any:
    return connection(sms=replace(ENABLED, enabled_since=NOW - ago))


def _order(moment: timedelta, arrival: timedelta, *, timed: bool) -> EventOrder:
    return EventOrder(NOW + moment, 1, NOW + arrival, timed)


@pytest.mark.parametrize("timed", [(True, False), (False, True), (False, False)])
def test_where_one_time_is_missing_arrival_decides(timed: tuple[bool, bool]) -> None:
    """Whatever the other says of itself, and whatever the control ids are."""
    first = replace(_order(5 * MINUTE, timedelta(0), timed=timed[0]), control=9)
    then = _order(-5 * MINUTE, SECOND, timed=timed[1])

    assert (then.is_after(first, ties=False), first.is_after(then, ties=True)) == (True, False)


def test_a_change_written_to_the_minute_still_follows_a_booking_without_time() -> None:
    """Its MSH-7 lies before the arrival of the booking."""
    booking = incoming("S12", NOW, arrival=NOW + 40 * SECOND, **UNTIMED)
    change = incoming("S14", NOW, number=2, arrival=NOW + 50 * SECOND, start=wall(START + DAY))

    assert played(booking, change).start == START + DAY


@pytest.mark.parametrize("trigger", ["S15", "S17", "S26"])
def test_an_end_without_time_ends_what_arrived_before(trigger: str) -> None:
    """Also if the booking's clock is ahead of ours."""
    booking = incoming("S12", NOW + 5 * MINUTE, arrival=NOW)
    end = incoming(trigger, NOW, number=2, arrival=NOW + SECOND, **UNTIMED)

    assert played(booking, end).status is not Status.ACTIVE


def test_a_booking_without_time_leads_out_of_an_older_cancellation() -> None:
    """The cancellation's clock is ahead of ours."""
    end = incoming("S15", NOW + 5 * MINUTE, arrival=NOW)
    booking = incoming("S13", NOW, number=2, arrival=NOW + SECOND, **UNTIMED)

    assert played(end, booking).status is Status.ACTIVE


@pytest.mark.parametrize(
    ("enabled", "said", "blocked"),
    [
        (timedelta(0), UNTIMED, BEFORE_SMS_ENABLED),
        (23 * HOUR, UNTIMED, BEFORE_SMS_ENABLED),
        (24 * HOUR - SECOND, UNTIMED, BEFORE_SMS_ENABLED),
        (24 * HOUR, UNTIMED, None),
        (30 * DAY, UNTIMED, None),
        (-HOUR, UNTIMED, BEFORE_SMS_ENABLED),
        (timedelta(0), {}, None),
        (-SECOND, {}, BEFORE_SMS_ENABLED),
    ],
)
@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S18"])
def test_what_is_new_without_a_time_is_not_texted_on_the_first_day(
    trigger: str, enabled: timedelta, said: dict[str, Any], blocked: Reason | None
) -> None:
    """That is when a feed's existing visits are loaded; afterwards it is texted."""
    agreed = _since(enabled)
    state = applied(None, incoming(trigger, **said), connection=agreed)

    assert (state.texting.blocked, state.texting.phone) == (blocked, None if blocked else PHONE)


def test_a_change_of_a_visit_that_was_told_goes_on_the_first_day_too() -> None:
    """It was booked with a time."""
    booked = applied(None, incoming(), connection=_since(HOUR))
    moved = incoming("S14", NOW + MINUTE, number=2, start=wall(START + DAY), **UNTIMED)
    decision = decided(booked, moved, connection=_since(HOUR))

    assert len(decision.texts) == 1


def test_a_change_of_a_loaded_visit_does_not_go_on_the_first_day() -> None:
    """Nobody was told of it; its next message after that day is texted."""
    loaded = applied(None, incoming(**UNTIMED), connection=_since(HOUR))
    soon = applied(
        loaded, incoming("S14", NOW + MINUTE, number=2, **UNTIMED), connection=_since(HOUR)
    )
    later = applied(soon, incoming("S14", NOW + DAY, number=3, **UNTIMED), connection=_since(HOUR))

    assert (soon.texting.blocked, later.texting.blocked) == (BEFORE_SMS_ENABLED, None)


@pytest.mark.parametrize("msh_7", ["", '""', "20260601", "06/01/2026 09:00", "garbage"])
def test_a_booking_without_time_is_texted_and_somebody_is_told_once_a_day(msh_7: str) -> None:
    """One problem for the feed, however many messages."""
    world = World()
    for key in ("1", "2", "3"):
        world.apply(altered(siu("S12", key=key), MSH_7=msh_7))
    rows = [stored.texting.blocked for stored in world.appointments.rows.values()]

    assert rows == [None, None, None]
    assert len(reported(world, MESSAGE_TIME_UNREADABLE)) == 1


@pytest.mark.parametrize(
    "said", [{"visit_codes": ("1001",)}, {"start": wall(NOW - DAY)}, {"phone": None}]
)
def test_it_is_wrong_with_the_feed_whatever_the_visit_is(said: dict[str, Any]) -> None:
    """Also of visits in person and of those that are over."""
    assert MESSAGE_TIME_UNREADABLE in decided(None, incoming(**UNTIMED, **said)).problems


def test_sixteen_digits_are_a_time() -> None:
    """Epic's own example."""
    world = World()
    world.apply(altered(siu(), MSH_7="2026060109000000"))

    assert world.row().order.timed
    assert world.row().order.moment == NOW
    assert reported(world, MESSAGE_TIME_UNREADABLE) == []
