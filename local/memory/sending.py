"""Sending's ports in memory: rate and circuit. tests/contract holds them to the real ones."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta

from shared_code.texting.domain.circuit import CLOSED, Circuit
from shared_code.texting.domain.rate import (
    Reservation,
    Slot,
    beyond_reach,
    first_slot,
    reserve,
    slot_of,
)


class MemoryRateWindow:
    """The port RateWindow. `slots` holds what every number granted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.slots: dict[str, dict[datetime, Slot]] = {}

    def reserve(self, number: str, wanted: Reservation, now: datetime) -> datetime:
        """Reserves the next free place and returns when it begins."""
        first = first_slot(now)
        with self._lock:
            slots = self.slots.setdefault(number, {})
            known = {begin: slot for begin, slot in slots.items() if begin >= first}
            planned = reserve(known, first, wanted)
            if planned is None:
                return beyond_reach(first)
            slots.update(planned)
            return next(iter(planned))

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Segments by connection in the slots of a time."""
        sums: Counter[str] = Counter()
        with self._lock:
            for begin, slot in self.slots.get(number, {}).items():
                if slot_of(since) <= begin < until:
                    sums.update(slot.granted)
        return dict(sums)


class FreeRateWindow:
    """The port RateWindow of a number that nobody else uses."""

    def reserve(self, number: str, wanted: Reservation, now: datetime) -> datetime:
        """Now."""
        return now

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Nobody counts."""
        return {}


class SharedCircuit:
    """What all workers share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.circuit = CLOSED


class MemoryCircuitBreaker:
    """
    The port CircuitBreaker of one worker. `who` names the thread; nobody waits while three are on
    the wire, and those who wait for the service all come back at the same time.
    """

    def __init__(
        self,
        shared: SharedCircuit | None = None,
        who: Callable[[], Hashable] = threading.get_ident,
    ) -> None:
        self.shared = shared or SharedCircuit()
        self._who = who
        self._wire: dict[Hashable, Circuit] = {}

    def acquire(self, now: datetime) -> datetime | None:
        """None: one request may be made. Else: when to ask again."""
        with self.shared.lock:
            if len(self._wire.keys() - {self._who()}) >= 3:
                return now + timedelta(seconds=2)
            until = self.shared.circuit.waits_until(now)
            if until is None:
                self.shared.circuit = self.shared.circuit.acquired(now)
                self._wire[self._who()] = self.shared.circuit
            return until

    def record(self, answered: bool, now: datetime) -> None:
        """What became of the request."""
        with self.shared.lock:
            self._wire.pop(self._who(), None)
            self.shared.circuit = self.shared.circuit.recorded(answered, now)

    def release(self, now: datetime) -> None:
        """The request was not made."""
        with self.shared.lock:
            acquired = self._wire.pop(self._who(), CLOSED)
            self.shared.circuit = self.shared.circuit.released(acquired, now)


class ClosedCircuit:
    """The port CircuitBreaker while the service answers."""

    def acquire(self, now: datetime) -> datetime | None:
        """None."""
        return None

    def record(self, answered: bool, now: datetime) -> None:
        """Does nothing."""

    def release(self, now: datetime) -> None:
        """Does nothing."""
