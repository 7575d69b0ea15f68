"""The rate window: the service's sliding minute, the urgent quarter, halves, progress."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.connections.sms_setup import NumberKind
from shared_code.texting.domain.rate import (
    AHEAD,
    EMPTY,
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
OUTBOUND = LIMIT * 3 // 4
LARGEST = 31
"""Segments of a text of 2,048 bytes, the longest that there is."""

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


def test_a_sixth_of_a_minute_would_be_too_much() -> None:
    """Why a toll-free slot holds 28 segments and not 33: a minute touches seven slots."""
    sixth = PER_MINUTE[NumberKind.TOLL_FREE] // 6

    assert [7 * limit for limit in SEGMENTS_PER_SLOT.values()] == [196, 5999]
    assert (sixth, 7 * sixth) == (33, 231)


@settings(max_examples=80, deadline=None)
@given(st.lists(reservations, min_size=1, max_size=100))
def test_a_slot_keeps_its_limit_its_urgent_quarter_and_its_halves(asked: list[Reservation]) -> None:
    """Whatever is asked in whatever order; a text above its share is alone when it comes."""
    number = Number()
    for wanted in asked:
        earlier = dict(number.slots)
        begin = number.reserve(wanted)
        before, after = earlier.get(begin, EMPTY), number.slots[begin]
        if before.used:
            usable = LIMIT if wanted.urgent else OUTBOUND
            is_shared = any(
                later >= begin and slot.granted.keys() - {wanted.connection}
                for later, slot in earlier.items()
            )
            in_urgent_quarter = wanted.urgent and after.used - after.outbound <= LIMIT - OUTBOUND
            share = usable // 2 if is_shared else usable
            assert in_urgent_quarter or after.granted[wanted.connection] <= share
            assert wanted.urgent or after.outbound <= OUTBOUND

    assert all(slot.used <= LIMIT for slot in number.slots.values())


@settings(max_examples=60, deadline=None)
@given(st.lists(reservations, min_size=1, max_size=60))
def test_nobody_starves(asked: list[Reservation]) -> None:
    """Every text goes after the last slot that others have reserved before it, or earlier."""
    number = Number()
    for wanted in asked:
        latest = max(number.slots, default=NOW - SLOT) + SLOT
        assert number.reserve(wanted) <= latest


def test_a_connection_alone_may_take_all_that_its_kind_may_use() -> None:
    """21 segments of 28; the rest stays for urgent ones, which may use all."""
    number = Number()
    begins = [number.reserve(_wanted()) for _ in range(22)]
    urgent = [number.reserve(_wanted(urgent=True)) for _ in range(8)]

    assert begins == [NOW] * 21 + [NOW + SLOT]
    assert urgent == [NOW] * 7 + [NOW + SLOT]


def test_none_takes_more_than_half_where_another_one_waits() -> None:
    """Up to the last slot that the other one has reserved; after it all that its kind may use."""
    number = Number()
    number.slots[NOW + 5 * SLOT] = Slot({"b": 1}, 1)
    begins = [number.reserve(_wanted("a")) for _ in range(100)]

    assert [begins.count(NOW + n * SLOT) for n in range(9)] == [10] * 6 + [21, 19, 0]


@pytest.mark.parametrize(("urgent", "half"), [(False, 10), (True, 14)])
def test_two_connections_that_ask_in_turn_get_a_half_each(urgent: bool, half: int) -> None:
    """In every slot after the first text of the second one."""
    number = Number()
    for connection in "ba" * 100:
        number.reserve(_wanted(connection, urgent=urgent))

    assert [number.slots[NOW + n * SLOT].granted for n in range(5)] == [{"a": half, "b": half}] * 5


def test_a_burst_is_not_halved_for_good_by_one_text_of_another() -> None:
    """5,000 and one take hardly longer than 5,000."""
    number = Number()
    number.slots[NOW + 5 * SLOT] = Slot({"b": 1}, 1)
    last = max(number.reserve(_wanted("a")) for _ in range(5000))

    assert last <= NOW + (5000 // OUTBOUND + 4) * SLOT


@pytest.mark.parametrize("segments", [1, 4, 7])
@pytest.mark.parametrize("connection", ["a", "b", "c"])
def test_an_urgent_text_finds_a_place_although_others_wait(connection: str, segments: int) -> None:
    """Of the connection whose burst waits, of the one that waits behind it, and of a third one."""
    number = Number()
    for _ in range(200):
        number.reserve(_wanted("a"))
    number.reserve(_wanted("b"))

    assert number.reserve(_wanted(connection, segments, urgent=True)) == NOW


@pytest.mark.parametrize(("segments", "excess"), [(22, 0), (28, 0), (31, 3)])
def test_a_text_above_its_share_goes_alone_and_its_excess_is_charged_to_the_next_slot(
    segments: int, excess: int
) -> None:
    """It waits for an empty slot."""
    number = Number()
    number.reserve(_wanted("b"))

    assert number.reserve(_wanted("a", segments)) == NOW + SLOT
    charged = [number.slots.get(NOW + n * SLOT, EMPTY).granted.get("a", 0) for n in (1, 2, 3)]
    assert [min(segments, LIMIT), excess, 0] == charged


@pytest.mark.parametrize(("used", "begins"), [(18, 0), (19, 2)])
def test_the_excess_needs_room_in_the_next_slot(used: int, begins: int) -> None:
    """Else a minute could hold more than the service allows."""
    number = Number()
    number.slots[NOW + SLOT] = Slot({"b": used}, used)

    assert number.reserve(_wanted("a", LARGEST)) == NOW + begins * SLOT


def test_a_full_half_is_full_for_its_connection_alone_and_a_full_slot_for_all() -> None:
    """Of urgent texts: the other one may take what is left of its half."""
    slot = Slot({"a": 14, "b": 13}, 0)

    assert grant(slot, _wanted("a", urgent=True), is_shared=True) is None
    assert grant(slot, _wanted("b", 2, urgent=True), is_shared=True) is None
    assert grant(slot, _wanted("b", urgent=True), is_shared=True) == Slot({"a": 14, "b": 14}, 0)
    assert grant(Slot({"a": 14, "b": 14}, 0), _wanted("c", urgent=True), is_shared=True) is None


@pytest.mark.parametrize(
    ("second", "first", "usable"), [(0, 0, True), (5.9, 0, True), (6, 10, False), (9.9, 10, False)]
)
def test_a_slot_is_used_in_its_first_six_seconds(second: float, first: int, usable: bool) -> None:
    """A text that comes later reserves again."""
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
