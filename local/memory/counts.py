"""The port Counts as a dictionary under a lock; tests/contract tests it like the real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date

from shared_code.texting.domain.metrics import Numbers, Shard
from shared_code.texting.domain.tally import Addition, Tally


class MemoryCounts:
    """The port Counts. `tallies` holds the numbers by shard."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.tallies: dict[Shard, Tally] = {}

    @property
    def sums(self) -> Mapping[Shard, Numbers]:
        """Return the sums by shard."""
        return {shard: tally.sums for shard, tally in self.tallies.items()}

    def add(self, shard: Shard, addition: Addition, before_first: Callable[[], None]) -> None:
        """Add the numbers to the counts."""
        if shard not in self.tallies:
            before_first()
        with self._lock:
            self.tallies[shard] = self.tallies.get(shard, Tally()).plus(addition)

    def of(self, connection: str, first: date, last: date) -> Mapping[date, Tally]:
        """Return the numbers by day."""
        days: dict[date, list[Tally]] = {}
        with self._lock:
            for shard, tally in self.tallies.items():
                if shard.connection == connection and first <= shard.day <= last:
                    days.setdefault(shard.day, []).append(tally)
        return {day: Tally.merged(tallies) for day, tallies in days.items()}

    def remove(self, connection: str, day: date) -> None:
        """Erase every shard of the day."""
        with self._lock:
            for shard in list(self.tallies):
                if (shard.connection, shard.day) == (connection, day):
                    del self.tallies[shard]
