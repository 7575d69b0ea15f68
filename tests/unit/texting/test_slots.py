"""Slots: the service's sliding minute, the urgent quarter, fairness, progress."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.connections.domain import NumberKind
from shared_code.texting.domain.rate import (
    AHEAD,
    EMPTY,
    NEIGHBOUR,
    SEGMENTS_PER_SLOT,
    SLOT,
    USABLE,
    Reservation,
    Slot,
    beyond_reach,
    first_slot,
    grant,
    may_go,
    reserve,
)

NOW = datetime(2026, 3, 8, 8, 0, 0, tzinfo=UTC)
LIMIT = SEGMENTS_PER_SLOT[NumberKind.TOLL_FREE]
PER_MINUTE = {NumberKind.TOLL_FREE: 200, NumberKind.SHORT_CODE: 6000}
LARGEST = 31

seconds = st.floats(0, 90, allow_nan=False)
reservations = st.builds(
    Reservation,
    connection=st.sampled_from("abc"),
    segments=st.integers(1, 4) | st.integers(20, LARGEST),
    limit=st.just(LIMIT),
    urgent=st.booleans(),
)


class Number:
    """All slots of one number."""

    def __init__(self) -> None:
        self.slots: dict[datetime, Slot] = {}
        self.went: list[tuple[datetime, Reservation]] = []

    def reserve(self, wanted: Reservation, now: datetime = NOW) -> datetime:
        planned = reserve(self.slots, first_slot(now), wanted)
        assert planned is not None
        self.slots.update(planned)
        begin = next(iter(planned))
        self.went.append((begin, wanted))
        return begin

    def texts(self, begin: datetime) -> list[Reservation]:
        return [wanted for booked, wanted in self.went if booked == begin]


def _wanted(
    connection: str = "a", segments: int = 1, *, limit: int = LIMIT, urgent: bool = False
) -> Reservation:
    return Reservation(connection, segments, limit, urgent)


def _most_in_a_minute(arrivals: list[tuple[datetime, int]]) -> int:
    minute = timedelta(seconds=60)
    return max(
        sum(segments for at, segments in arrivals if start <= at < start + minute)
        for start, _ in arrivals
    )


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(seconds, reservations), min_size=60, max_size=120),
    st.integers(0, 12),
    st.booleans(),
)
def test_no_sliding_minute_holds_more_than_the_service_allows(
    asked: list[tuple[float, Reservation]], edge: int, at_once: bool
) -> None:
    """
    The worst times of arrival: up to some slot the texts come at the end of theirs, later ones at
    once.
    """
    number, arrivals = Number(), []
    for second, wanted in sorted(asked, key=lambda each: each[0]):
        begin = number.reserve(wanted, NOW + timedelta(seconds=0 if at_once else second))
        late = 9.999 if begin <= NOW + edge * SLOT else 0.0
        arrivals.append((begin + timedelta(seconds=late), wanted.segments))

    assert _most_in_a_minute(arrivals) <= PER_MINUTE[NumberKind.TOLL_FREE]


@pytest.mark.parametrize("kind", NumberKind)
@pytest.mark.parametrize("excess", [0, 3])
def test_the_worst_minute_is_allowed(kind: NumberKind, excess: int) -> None:
    """Full slots; the first one's texts arrive at its end, the last one's at its begin."""
    number, limit = Number(), SEGMENTS_PER_SLOT[kind]
    if kind is NumberKind.SHORT_CODE:
        excess = 0  # no text is larger than its slots
    for segments in [limit] * 6 + [limit + excess]:
        number.reserve(_wanted(segments=segments, limit=limit))
    first, last = NOW, NOW + 6 * SLOT

    arrivals = [
        (begin + (timedelta(seconds=9.999) if begin == first else timedelta(0)), wanted.segments)
        for begin, wanted in number.went
        if first <= begin <= last
    ]

    assert 7 * limit + excess == _most_in_a_minute(arrivals)
    assert 7 * limit + excess <= PER_MINUTE[kind]


def test_the_share_of_a_minute_would_be_too_much() -> None:
    """Why a toll-free slot does not hold the 31 of 200 · 10 / 60."""
    assert [7 * limit for limit in SEGMENTS_PER_SLOT.values()] == [196, 5999]
    assert PER_MINUTE[NumberKind.TOLL_FREE] < 7 * 31


@settings(max_examples=60, deadline=None)
@given(st.lists(reservations, min_size=1, max_size=100))
def test_a_slot_keeps_its_limit_its_urgent_quarter_and_its_shares(asked: list[Reservation]) -> None:
    """Whatever is asked in whatever order; a text above its share is alone when it comes."""
    number = Number()
    for wanted in asked:
        earlier = dict(number.slots)
        begin = number.reserve(wanted)
        before, after = earlier.get(begin, EMPTY), number.slots[begin]
        usable = LIMIT if wanted.urgent else 21
        if before.used:
            others_have = before.granted.keys() - {wanted.connection}
            in_urgent_quarter = wanted.urgent and after.used - after.outbound <= LIMIT - 21
            share = usable // 2 if others_have else usable
            assert in_urgent_quarter or after.granted[wanted.connection] <= share
            assert wanted.urgent or after.outbound <= usable

    assert all(state.used <= LIMIT for state in number.slots.values())


@settings(max_examples=60, deadline=None)
@given(st.lists(reservations, min_size=1, max_size=60))
def test_every_text_is_placed_within_as_many_slots_as_there_are_texts(
    asked: list[Reservation],
) -> None:
    """Twice as many where large ones take of two slots."""
    number = Number()
    for count, wanted in enumerate(asked, start=1):
        assert number.reserve(wanted) <= NOW + 2 * count * SLOT


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.booleans(), st.sampled_from([0.1, 0.5, 0.8, 1.0]))
def test_of_two_connections_that_wait_neither_gets_less_than_a_fifth(
    seed: int, urgent: bool, share: float
) -> None:
    """However much oftener and earlier one of them asks, in sizes of one to three segments."""
    number, chance = Number(), random.Random(seed)
    number.slots[NOW + SLOT] = Slot({"a": 1, "b": 1}, 2)
    for _ in range(150):
        connection = "a" if chance.random() < share else "b"
        number.reserve(_wanted(connection, chance.randint(1, 3), urgent=urgent))
    for connection in "ab" * 150:
        number.reserve(_wanted(connection, chance.randint(1, 3), urgent=urgent))

    last = {
        connection: max(begin for begin, wanted in number.went if wanted.connection == connection)
        for connection in "ab"
    }
    for begin, state in number.slots.items():
        if NOW < begin < min(last.values()):
            assert min(state.granted.values()) >= state.used / 5
            assert len(state.granted) == 2


def test_a_connection_alone_may_take_all_that_its_kind_may_use() -> None:
    """21 segments of 28; the rest stays for urgent ones, which may use all."""
    number = Number()
    begins = [number.reserve(_wanted()) for _ in range(22)]
    urgent = [number.reserve(_wanted(urgent=True)) for _ in range(8)]

    assert begins == [NOW] * 21 + [NOW + SLOT]
    assert urgent == [NOW] * 7 + [NOW + SLOT]


def test_a_burst_leaves_a_quarter_for_a_neighbour() -> None:
    """Who used the number lately does not wait behind the burst with the next text."""
    number = Number()
    number.slots[NOW - NEIGHBOUR] = Slot({"b": 1}, 1)
    for _ in range(300):
        number.reserve(_wanted("a"))

    assert number.slots[NOW] == Slot({"a": 15}, 15)
    assert [number.reserve(_wanted("b")) for _ in range(7)] == [NOW] * 6 + [NOW + SLOT]


def test_none_takes_more_than_half_while_another_one_waits() -> None:
    """Up to the slot for which the other one waits; after it a quarter is left."""
    number = Number()
    number.slots[NOW + 5 * SLOT] = Slot({"b": 1}, 1)
    begins = [number.reserve(_wanted("a")) for _ in range(100)]

    assert [begins.count(NOW + n * SLOT) for n in range(10)] == [10] * 6 + [15, 15, 10, 0]


def test_a_burst_is_not_halved_for_good_by_one_text_of_another() -> None:
    """5,000 and one take hardly longer than three quarters allow."""
    number = Number()
    number.slots[NOW + 5 * SLOT] = Slot({"b": 1}, 1)
    last = max(number.reserve(_wanted("a")) for _ in range(5000))

    assert last <= NOW + (5000 // 15 + 3) * SLOT


@pytest.mark.parametrize("segments", [1, 4, 7])
def test_urgent_texts_find_room_beside_a_burst_of_their_own_connection(segments: int) -> None:
    """Also while another connection waits: they have their own quarter."""
    number = Number()
    for _ in range(200):
        number.reserve(_wanted("a"))
    number.reserve(_wanted("b"))

    assert number.reserve(_wanted("a", segments, urgent=True)) == NOW


def test_urgent_texts_of_one_connection_leave_room_for_those_of_another() -> None:
    """In the urgent quarter too, none takes all while another one is there."""
    number = Number()
    number.slots[NOW - SLOT] = Slot({"b": 1}, 0)
    for connection in "a" * 21 + "b" * 15:
        number.reserve(_wanted(connection))
    begins = [number.reserve(_wanted("a", urgent=True)) for _ in range(10)]

    assert begins.count(NOW) == 3
    assert [number.reserve(_wanted("b", urgent=True)) for _ in range(4)] == [NOW] * 4


@pytest.mark.parametrize(("segments", "others"), [(22, 0), (28, 0), (31, 3), (57, 29)])
def test_a_text_above_its_share_goes_alone_and_charges_the_next_slots(
    segments: int, others: int
) -> None:
    """It waits for an empty slot; what a slot cannot hold is taken of those after it."""
    number = Number()
    number.reserve(_wanted("b"))

    assert number.reserve(_wanted("a", segments)) == NOW + SLOT
    charged = [number.slots.get(NOW + n * SLOT, EMPTY).granted.get("a", 0) for n in (1, 2, 3)]
    assert [min(segments, LIMIT), min(others, LIMIT), max(0, others - LIMIT)] == charged


def test_the_excess_needs_empty_slots_too() -> None:
    """Else a window could hold more than the service allows."""
    number = Number()
    number.slots[NOW + SLOT] = Slot({"b": 1}, 1)

    assert number.reserve(_wanted("a", LARGEST)) == NOW + 2 * SLOT


def test_what_is_refused_once_is_refused_for_good() -> None:
    """So a worker's old picture of a slot never says no where a new one says yes."""
    full = Slot({"a": 14, "b": 13}, 0)

    assert grant(full, _wanted("a", 2, urgent=True)) is None
    assert grant(Slot({"a": 14, "b": 14}, 0), _wanted("a", 1, urgent=True)) is None
    assert grant(full, _wanted("b", 1, urgent=True)) == Slot({"a": 14, "b": 14}, 0)


@pytest.mark.parametrize(
    ("second", "first", "usable"), [(0, 0, True), (5.9, 0, True), (6, 10, False), (9.9, 10, False)]
)
def test_a_slot_is_used_in_its_first_six_seconds(second: float, first: int, usable: bool) -> None:
    """A text that comes later books again."""
    now = NOW + timedelta(seconds=second)

    assert NOW + timedelta(seconds=first) == first_slot(now)
    assert usable is may_go(NOW, now)
    assert not may_go(NOW + SLOT, now)


def test_nothing_is_granted_beyond_a_day() -> None:
    """The text comes back in the last slot, and has to ask again then."""
    full = Slot({"b": LIMIT}, 0)
    slots = {NOW + n * SLOT: full for n in range(AHEAD // SLOT)}

    assert reserve(slots, NOW, _wanted()) is None
    again = beyond_reach(NOW)
    assert again == NOW + AHEAD - SLOT + USABLE
    assert not may_go(again, again)
    del slots[NOW + AHEAD - SLOT]
    assert list(reserve(slots, NOW, _wanted()) or ()) == [NOW + AHEAD - SLOT]
