"""
The ports RateWindow and CircuitBreaker in memory; tests/contract tests them like the real ones.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta

from shared_code.oversight.domain.circuit import CLOSED, Circuit
from shared_code.texting.domain.rate import (
    Reservation,
    Slot,
    beyond_reach,
    first_slot,
    reserve,
    slot_of,
)


class MemoryRateWindow:
    """The port RateWindow. `slots` holds what was granted to each number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.slots: dict[str, dict[datetime, Slot]] = {}

    def reserve(self, number: str, wanted: Reservation, now: datetime) -> datetime:
        """Reserve the next free place and return when it begins."""
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
        """Return segments by connection in the slots of a period."""
        sums: Counter[str] = Counter()
        with self._lock:
            for begin, slot in self.slots.get(number, {}).items():
                if slot_of(since) <= begin < until:
                    sums.update(slot.granted)
        return dict(sums)


class FreeRateWindow:
    """The port RateWindow of a number without other users."""

    def reserve(self, number: str, wanted: Reservation, now: datetime) -> datetime:
        """Return `now`: there is always a free place."""
        return now

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Return nothing: grants are not counted."""
        return {}


class SharedCircuit:
    """The state of a circuit that all workers share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.circuit = CLOSED


class MemoryCircuitBreaker:
    """
    The port CircuitBreaker of one worker. `who` names the thread.

    Unlike the real one, acquire() never blocks: if three other requests are on the wire, it says
    when to ask again. Texts that wait for the service all return at the same time.
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
        """Return None if one request may be made, else when to ask again."""
        with self.shared.lock:
            if len(self._wire.keys() - {self._who()}) >= 3:
                return now + timedelta(seconds=2)
            until = self.shared.circuit.waits_until(now)
            if until is None:
                self.shared.circuit = self.shared.circuit.acquired(now)
                self._wire[self._who()] = self.shared.circuit
            return until

    def record(self, answered: bool, now: datetime) -> None:
        """Record the outcome of the request."""
        with self.shared.lock:
            self._wire.pop(self._who(), None)
            self.shared.circuit = self.shared.circuit.recorded(answered, now)

    def release(self, now: datetime) -> None:
        """Give the permission back: the request was not made."""
        with self.shared.lock:
            acquired = self._wire.pop(self._who(), CLOSED)
            self.shared.circuit = self.shared.circuit.released(acquired, now)

    def look(self, now: datetime) -> Circuit:
        """Return the circuit."""
        return self.shared.circuit


class ClosedCircuit:
    """The port CircuitBreaker, always closed."""

    def acquire(self, now: datetime) -> datetime | None:
        """Return None: a request may be made."""
        return None

    def record(self, answered: bool, now: datetime) -> None:
        """Do nothing."""

    def release(self, now: datetime) -> None:
        """Do nothing."""

    def look(self, now: datetime) -> Circuit:
        """Return the closed circuit."""
        return CLOSED
