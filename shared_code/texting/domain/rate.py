"""
How fast a number may send, and how its connections share that: aligned slots of ten seconds.

Pure: `reserve()` finds the first slot in which a text fits. The adapter stores slots and makes sure
that two workers do not grant the same segment. Nothing here knows a patient.

The service counts segments in a *sliding* minute: 200 for a toll-free number, 6,000 for a short
code. Why SEGMENTS_PER_SLOT never exceeds that: a text is sent only in the first six seconds of its
slot (USABLE, `may_go()`) and reaches the service within the next four (claim, connect, request),
so before the slot ends. A minute, wherever it begins, touches at most seven slots: 7 * 28 = 196 and
7 * 857 = 5,999. A sixth of 200 would be 33, and 7 * 33 = 231. A text of more segments than a slot
holds goes in an empty slot, and the excess is charged to the next one. Only for the last slot of a
minute is that outside the minute: 31 segments, the most of any text (2,048 bytes), make 196 + 3.

Texts that are not urgent together use at most three quarters of a slot. Of what its kind may use, a
connection takes at most half of a slot that another connection has something in, and of any slot
up to the last one that another connection has reserved. The quarter kept for urgent texts is not
halved, so that a connection's other texts never keep its urgent ones out. A text that is larger
than its share goes alone in an empty slot. A place is never taken back: a text waits for those that
reserved before it, never for later ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from shared_code.connections.sms_setup import NumberKind

SLOT = timedelta(seconds=10)
USABLE = timedelta(seconds=6)
"""How long after its begin a slot may still be used."""
AHEAD = timedelta(hours=24)
"""How far ahead slots are granted."""
KEPT = timedelta(days=1)
"""How long slots are kept, for the storm brake and for people."""
SEGMENTS_PER_SLOT: Mapping[NumberKind, int] = MappingProxyType(
    {NumberKind.TOLL_FREE: 28, NumberKind.SHORT_CODE: 857}
)


@dataclass(frozen=True, slots=True)
class Slot:
    """Segments granted in a slot, by connection; `outbound` of them to texts not urgent."""

    granted: Mapping[str, int] = field(default_factory=dict)
    outbound: int = 0

    @property
    def used(self) -> int:
        """All segments granted."""
        return sum(self.granted.values())


@dataclass(frozen=True, slots=True)
class Reservation:
    """
    A place for one text of `segments`, at least one. `limit` is the number's segments per slot.
    """

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


def grant(slot: Slot, wanted: Reservation, *, is_shared: bool) -> Slot | None:
    """
    The slot with the text in it, or None if it does not fit. `is_shared`: another connection has
    reserved something in this slot or a later one. An empty slot takes any text, up to its limit.
    """
    is_empty, limit, outbound_limit = not slot.used, wanted.limit, wanted.limit * 3 // 4
    segments = min(wanted.segments, limit) if is_empty else wanted.segments
    mine = slot.granted.get(wanted.connection, 0) + segments
    outbound = slot.outbound + (0 if wanted.urgent else segments)
    after = Slot({**slot.granted, wanted.connection: mine}, outbound)
    usable = limit if wanted.urgent else outbound_limit
    has_share = mine <= (usable // 2 if is_shared else usable)
    if wanted.urgent:
        has_share = has_share or after.used - outbound <= limit - outbound_limit
    else:
        has_share = has_share and outbound <= outbound_limit
    return after if is_empty or (has_share and after.used <= limit) else None


def reserve(
    slots: Mapping[datetime, Slot], first: datetime, wanted: Reservation
) -> dict[datetime, Slot] | None:
    """
    The slots as they must be written for a place: the one in which the text goes, and the next one
    if that is charged with an excess. None when nothing is free within AHEAD. `slots`: those known
    from `first` on; others are empty.
    """
    others = [begin for begin, slot in slots.items() if slot.granted.keys() - {wanted.connection}]
    last = max(others, default=first - SLOT)
    excess = replace(wanted, segments=wanted.segments - wanted.limit)
    for number in range(AHEAD // SLOT):
        begin = first + number * SLOT
        granted = grant(slots.get(begin, EMPTY), wanted, is_shared=begin <= last)
        if granted is None:
            continue
        if excess.segments <= 0:
            return {begin: granted}
        after = begin + SLOT
        charged = grant(slots.get(after, EMPTY), excess, is_shared=after <= last)
        if charged is not None:
            return {begin: granted, after: charged}
    return None
