"""
How fast a number may send: aligned slots of ten seconds, and who gets what of a slot.

Pure: `reserve()` finds the first slots in which a text fits. Where slots are kept, and that two
workers do not grant the same segment, is the adapter's matter. Nothing here knows a patient.

The service counts segments in a *sliding* minute: 200 for a toll-free number, 6,000 for a short
code. Why SEGMENTS_PER_SLOT never exceeds that: a text goes out only in the first six seconds of
its slot (USABLE, `may_go()`) and reaches the service within the next four (claim, connect,
request), so before the slot ends. A window of 60 seconds, wherever it begins, meets at most seven
slots of ten: 7 * 28 = 196 and 7 * 857 = 5,999. A text of more segments than a slot holds goes in
an empty slot and charges the excess to the slot after it, so only the last slot of a window can
hold an excess that is not counted in it: 31 segments (what 2,048 bytes can become at most) make
196 + 3 = 199. The 31 in ten seconds that a minute divided by six suggests would make 217.

Who gets what. Not-urgent texts together use at most three quarters of a slot, so that urgent ones
find room in the next one. Of what its kind may use, a connection takes at most half of a slot that
another one has something in, or up to the last slot that another one waits for; later ones at most
to three quarters when another one used the number in the last hour (NEIGHBOUR): a long burst of
one leaves room in every slot for the others' next text, and flows at full rate where there are no
others. What a connection holds of a slot for texts that are not urgent does not keep its urgent
ones out: the first urgent text of a slot may fill the urgent quarter, and for later ones the same
shares apply to that quarter alone. A text that is larger than any of this goes alone in an empty
slot. What is granted is never taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from shared_code.connections.domain import NumberKind

SLOT = timedelta(seconds=10)
USABLE = timedelta(seconds=6)
"""How long after its begin a slot may still be used."""
AHEAD = timedelta(hours=24)
"""How far ahead slots are granted."""
NEIGHBOUR = timedelta(hours=1)
"""For how long others leave room for a connection after its last slot."""
KEPT = timedelta(days=1)
"""How long slots are kept, for the storm brake and for people."""
SEGMENTS_PER_SLOT: Mapping[NumberKind, int] = MappingProxyType(
    {NumberKind.TOLL_FREE: 28, NumberKind.SHORT_CODE: 857}
)


@dataclass(frozen=True, slots=True)
class Slot:
    """Segments granted in one slot, by connection; `outbound` of them are of not-urgent texts."""

    granted: Mapping[str, int] = field(default_factory=dict)
    outbound: int = 0

    @property
    def used(self) -> int:
        """All segments granted."""
        return sum(self.granted.values())


@dataclass(frozen=True, slots=True)
class Reservation:
    """A place for one text. `limit` is the number's segments per slot."""

    connection: str
    segments: int
    limit: int
    urgent: bool


EMPTY = Slot()


def slot_of(moment: datetime) -> datetime:
    """The begin of the slot that holds the moment."""
    return moment.replace(second=moment.second - moment.second % 10, microsecond=0)


def first_slot(now: datetime) -> datetime:
    """The first slot that a text may still be granted: the current one while it is usable."""
    begin = slot_of(now)
    return begin if now - begin < USABLE else begin + SLOT


def may_go(reserved: datetime, now: datetime) -> bool:
    """Whether a reserved slot may be used now. A text that comes later has to reserve again."""
    begin = slot_of(reserved)
    return begin <= now < begin + USABLE


def beyond_reach(first: datetime) -> datetime:
    """When to ask again if no slot was free: in the last slot, too late for using that one."""
    return first + AHEAD - SLOT + USABLE


def grant(state: Slot, wanted: Reservation, quarters: int = 4) -> Slot | None:
    """
    The slot with the text in it, or None when it does not fit. `quarters` of what its kind may
    use are for one connection. An empty slot takes any text, up to its limit: see reserve().
    """
    if not state.used:
        return _with(state, replace(wanted, segments=min(wanted.segments, wanted.limit)))
    if state.granted.keys() - {wanted.connection}:
        quarters = min(quarters, 2)
    fits = state.used + wanted.segments <= wanted.limit and _has_share(state, wanted, quarters)
    return _with(state, wanted) if fits else None


def _has_share(state: Slot, wanted: Reservation, quarters: int) -> bool:
    for_outbound = wanted.limit * 3 // 4
    mine = state.granted.get(wanted.connection, 0) + wanted.segments
    if not wanted.urgent:
        outbound = state.outbound + wanted.segments
        return outbound <= for_outbound and mine <= for_outbound * quarters // 4
    before, for_urgent = state.used - state.outbound, wanted.limit - for_outbound
    share = for_urgent * quarters // 4 if before else for_urgent
    return before + wanted.segments <= share or mine <= wanted.limit * quarters // 4


def reserve(
    slots: Mapping[datetime, Slot], first: datetime, wanted: Reservation
) -> dict[datetime, Slot] | None:
    """
    The slots as they must be written to reserve a place, the one in which it goes first; None when
    nothing is free within AHEAD. `slots`: those known from `first - NEIGHBOUR` on; others are
    empty.
    """
    others = [begin for begin, state in slots.items() if state.granted.keys() - {wanted.connection}]
    last, after = max(others, default=None), 3 if others else 4
    for number in range(AHEAD // SLOT):
        begin = first + number * SLOT
        quarters = 2 if last is not None and begin <= last else after
        granted = grant(slots.get(begin, EMPTY), wanted, quarters)
        if granted is None:
            continue
        excess = _excess(begin, wanted)
        if not any(slots.get(later, EMPTY).used for later in excess):
            return {begin: granted} | excess
    return None


def _excess(begin: datetime, wanted: Reservation) -> dict[datetime, Slot]:
    """What a text of more segments than a slot holds takes of the slots after it."""
    excess, charged = wanted.segments - wanted.limit, {}
    while excess > 0:
        begin += SLOT
        charged[begin] = _with(EMPTY, replace(wanted, segments=min(excess, wanted.limit)))
        excess -= wanted.limit
    return charged


def _with(state: Slot, wanted: Reservation) -> Slot:
    mine = state.granted.get(wanted.connection, 0) + wanted.segments
    outbound = state.outbound + (0 if wanted.urgent else wanted.segments)
    return Slot({**state.granted, wanted.connection: mine}, outbound)
