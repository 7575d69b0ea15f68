"""The ports of sending in memory: slots and outages. tests/contract holds them to the real ones."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta

from shared_code.texting.domain.circuit import CLOSED, Outage, Wait, after, given_back, may_claim
from shared_code.texting.domain.rate import (
    NEIGHBOUR,
    SlotState,
    Wish,
    beyond_reach,
    first_slot,
    place,
    slot_of,
)


class MemorySlots:
    """The port Slots. `slots` holds what every number granted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.slots: dict[str, dict[datetime, SlotState]] = {}

    def book(
        self,
        number: str,
        limit: int,
        connection: str,
        segments: int,
        now: datetime,
        *,
        urgent: bool,
    ) -> datetime:
        """Books the next free slot and returns when it begins."""
        first = first_slot(now)
        wish = Wish(connection, max(1, segments), limit, urgent)
        with self._lock:
            slots = self.slots.setdefault(number, {})
            known = {begin: each for begin, each in slots.items() if begin >= first - NEIGHBOUR}
            planned = place(known, first, wish)
            if planned is None:
                return beyond_reach(first)
            slots.update(planned)
            return next(iter(planned))

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Segments by connection in the slots of a time."""
        sums: Counter[str] = Counter()
        with self._lock:
            for begin, state in self.slots.get(number, {}).items():
                if slot_of(since) <= begin < until:
                    sums.update(state.granted)
        return dict(sums)


class SharedOutage:
    """What all workers share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.outage = CLOSED


class MemoryOutages:
    """
    The port Outages of one worker. `who` tells its texts apart; nobody waits at the gate, and
    those who wait for the service all come back at the same time.
    """

    def __init__(
        self,
        shared: SharedOutage | None = None,
        who: Callable[[], Hashable] = threading.get_ident,
    ) -> None:
        self.shared = shared or SharedOutage()
        self._who = who
        self._passed: dict[Hashable, datetime | None] = {}

    def ask(self, now: datetime) -> datetime | None:
        """None: one text may go. Else: when to ask again."""
        with self.shared.lock:
            if len(self._passed.keys() - {self._who()}) >= 3:
                return now + timedelta(seconds=2)
            answer = may_claim(self.shared.outage, now)
            if isinstance(answer, Wait):
                return answer.until
            took_turn = answer.outage != self.shared.outage
            self.shared.outage = answer.outage
            self._passed[self._who()] = answer.outage.next_probe if took_turn else None
            return None

    def tell(self, answered: bool | None, now: datetime) -> None:
        """What became of the text; None: it did not go."""
        with self.shared.lock:
            taken = self._passed.pop(self._who(), None)
            self.shared.outage = self._after(answered, taken, now)

    def _after(self, answered: bool | None, taken: datetime | None, now: datetime) -> Outage:
        outage = self.shared.outage
        if answered is not None:
            return after(outage, now, answered=answered)
        return given_back(outage, taken, now) if taken else outage


class FreeSlots:
    """The port Slots of a number that nobody else uses."""

    def book(
        self,
        number: str,
        limit: int,
        connection: str,
        segments: int,
        now: datetime,
        *,
        urgent: bool,
    ) -> datetime:
        """Now."""
        return now

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Nobody counts."""
        return {}


class NoOutage:
    """The port Outages when all is well."""

    def ask(self, now: datetime) -> datetime | None:
        """Go."""
        return None

    def tell(self, answered: bool | None, now: datetime) -> None:
        """Good to know."""
