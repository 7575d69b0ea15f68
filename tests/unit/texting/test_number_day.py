"""Which first confirmations have a place among the texts of a number's day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.texting.domain.number_day import (
    PATIENCE,
    Expected,
    NumberDay,
    Place,
    day_of,
    erased_at,
    mark_of,
)
from shared_code.texting.domain.text import TextKind, TextRef
from tests.unit.texting.test_next_step import TEXT
from tests.world.clock import NOW
from tests.world.connection import connection

SECOND = timedelta(seconds=1)


def _text(number: int) -> Expected:
    """The text of the booking that came as that number, in time to go now."""
    return Expected(f"{number:016x}", NOW - (60 - number) * SECOND, NOW)


def _day(counted: int = 0, expected: Sequence[int] = ()) -> NumberDay:
    marks = tuple(f"counted-{number}" for number in range(counted))
    return NumberDay(counted=marks, expected=tuple(map(_text, expected)))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (_day(), Place.TAKEN),
        (_day(counted=5), Place.TAKEN),
        (_day(counted=6), Place.NONE),
        (_day(counted=7), Place.NONE),
        (_day(counted=5, expected=[9]), Place.TAKEN),
        (_day(counted=5, expected=[6]), Place.LATER),
        (_day(counted=4, expected=[6]), Place.TAKEN),
        (_day(counted=4, expected=[5, 6]), Place.LATER),
        (_day(counted=4, expected=[6, 9, 10]), Place.TAKEN),
        (_day(expected=[1, 2, 3, 4, 5, 6]), Place.LATER),
        (_day(expected=[2, 3, 4, 5, 6, 7, 8, 9]), Place.TAKEN),
        (_day(counted=6, expected=[1]), Place.NONE),
        (replace(_day(counted=6), counted=(*"12345", _text(7).mark)), Place.TAKEN),
    ],
)
def test_places_go_in_the_order_of_arrival(day: NumberDay, expected: Place) -> None:
    """The seventh booking, where six have a place."""
    assert day.place_of(_text(7), 6, NOW) is expected


@pytest.mark.parametrize(("after", "expected"), [(59, Place.LATER), (60, Place.TAKEN)])
def test_an_earlier_booking_is_waited_for_one_minute(after: int, expected: Place) -> None:
    """Its text may never go: it was cancelled, or the number said STOP."""
    assert timedelta(minutes=1) == PATIENCE
    assert _day(5, expected=[6]).place_of(_text(7), 6, NOW + after * SECOND) is expected


def test_what_was_noted_of_a_booking_counts() -> None:
    """Its appointment may have heard of a later message since."""
    day = _day(5, expected=[7, 8])
    late = replace(_text(7), arrival=NOW)

    assert day.place_of(late, 6, NOW) is Place.TAKEN


def test_two_that_arrived_at_once_have_an_order() -> None:
    """Otherwise each could wait for the other."""
    one, two = _text(1), replace(_text(2), arrival=_text(1).arrival)

    assert (one.is_before(two), two.is_before(one)) == (True, False)


def test_a_text_is_counted_once() -> None:
    """Repeated hints and crashes change nothing."""
    day = NumberDay().expecting(_text(1)).counting(_text(1).mark)

    assert (day.counted, day.expected) == ((_text(1).mark,), ())
    assert day == day.counting(_text(1).mark) == day.expecting(_text(1))


def test_what_is_kept_does_not_grow_without_end() -> None:
    """A row holds what a thousand texts leave of themselves; a place is not given all the same."""
    day = NumberDay()
    for number in range(1000):
        day = day.expecting(_text(number)).counting(str(number))

    assert (len(day.counted), len(day.expected)) == (100, 200)
    assert day.place_of(_text(5000), 50, NOW) is Place.NONE


def test_a_text_that_a_person_sends_again_is_another_one() -> None:
    """It counts once more; versions and kinds are texts of their own as well."""
    marks = {
        mark_of(TEXT),
        mark_of(TEXT, again=True),
        mark_of(replace(TEXT, kind=TextKind.REMINDER, offset=60)),
    }

    assert len(marks) == 3
    assert mark_of(TextRef.parse(str(TEXT))) == mark_of(TEXT)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("America/Chicago", datetime(2026, 6, 2, 0, 30, tzinfo=UTC), date(2026, 6, 1)),
        ("America/Chicago", datetime(2026, 6, 2, 5, 0, tzinfo=UTC), date(2026, 6, 2)),
        ("Pacific/Auckland", datetime(2026, 6, 1, 12, 0, tzinfo=UTC), date(2026, 6, 2)),
    ],
)
def test_a_day_is_the_connections(zone: str, moment: datetime, day: date) -> None:
    """At midnight UTC it is five in the afternoon in Seattle: visits are booked then."""
    assert day_of(moment, connection(epic_zone=zone)) == day


def test_a_day_is_erased_when_it_has_been_over_for_two_days() -> None:
    assert erased_at(date(2026, 6, 10)) == datetime(2026, 6, 13, tzinfo=UTC)


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(
    hints=st.lists(st.integers(0, 14), max_size=60),
    noted=st.sets(st.integers(0, 14)),
    limit=st.integers(1, 7),
)
def test_no_order_of_hints_gives_more_places(hints: list[int], noted: set[int], limit: int) -> None:
    """However often each comes; and those that were all noted get theirs in order of arrival."""
    day = NumberDay()
    for number in sorted(noted):
        day = day.expecting(_text(number))
    taken = set()
    for number in hints:
        place = day.place_of(_text(number), limit, NOW)
        if place is Place.TAKEN:
            day = day.counting(_text(number).mark)
            taken.add(number)

    assert len(taken) <= limit
    if noted == set(range(15)):
        assert taken <= set(range(limit))
