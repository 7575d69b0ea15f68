"""The port Counts as a dictionary under a lock; tests/contract tests it like the real one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from shared_code.texting.domain.metrics import Metric, Numbers, Shard


class MemoryCounts:
    """The port Counts. `sums` holds the counts by shard."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sums: dict[Shard, Counter[Metric]] = {}

    def add(self, shard: Shard, numbers: Numbers, before_first: Callable[[], None]) -> None:
        """Add the numbers to the counts."""
        if shard not in self.sums:
            before_first()
        with self._lock:
            self.sums.setdefault(shard, Counter()).update(numbers)

    def of(self, connection: str, first: date, last: date) -> Mapping[date, Numbers]:
        """Return the sums by day."""
        days: dict[date, Counter[Metric]] = {}
        with self._lock:
            for shard, numbers in self.sums.items():
                if shard.connection == connection and first <= shard.day <= last:
                    days.setdefault(shard.day, Counter()).update(numbers)
        return days

    def remove(self, connection: str, day: date) -> None:
        """Erase every shard of the day."""
        with self._lock:
            for shard in list(self.sums):
                if (shard.connection, shard.day) == (connection, day):
                    del self.sums[shard]
