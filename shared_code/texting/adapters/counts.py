"""
Table `dailycounts`: how many texts of a connection were due, sent, held … on a day.

Partition: connection and month; row: the day (UTC) and one hexadecimal digit, so that workers
that count at the same time seldom meet.

Cost. A worker keeps each row as it wrote it last and writes again under that ETag: one operation
a count. Where another worker was there meanwhile a Conflict costs two more: the row is read and
added to anew. Threads of one worker that count under the same digit do so one after another.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shared_code.errors import Conflict
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, row
from shared_code.texting import DAILY_COUNTS
from shared_code.texting.domain.metrics import Metric, Numbers, Shard

_TRIES = 8
_DAY = "%Y%m%d"


@dataclass(frozen=True, slots=True)
class _Known:
    """A row as it was read or written last; `etag` is None where there is none."""

    day: date
    sums: Numbers
    etag: str | None


class TableCounts:
    """The port Counts. `lock_timeout`: seconds that a thread waits for another."""

    def __init__(self, account: StorageAccount, *, lock_timeout: float = 5.0) -> None:
        self._lock_timeout = lock_timeout
        self._table = Table(account, DAILY_COUNTS)
        self._locks: dict[str, threading.Lock] = {}
        self._known: dict[tuple[str, str], _Known] = {}

    def add(self, shard: Shard, numbers: Numbers, before_first: Callable[[], None]) -> None:
        """
        Adds to the newest row as often as somebody else was first. Raises Conflict when too many
        others are. An answer that was lost on its way counts twice.
        """
        lock = self._locks.setdefault(shard.digit, threading.Lock())
        if not lock.acquire(timeout=self._lock_timeout):
            raise Conflict
        try:
            self._add(shard, numbers, before_first)
        finally:
            lock.release()

    def of(self, connection: str, first: date, last: date) -> Mapping[date, Numbers]:
        """One range query for each month."""
        sums: dict[date, Counter[Metric]] = {}
        for month in _months(first, last):
            for found in self._rows(_partition(connection, month), first, last):
                day = datetime.strptime(found["RowKey"][:8], _DAY).date()  # noqa: DTZ007 - a date
                sums.setdefault(day, Counter()).update(_sums(found))
        return sums

    def remove(self, connection: str, day: date) -> None:
        """Every shard of the day."""
        partition = _partition(connection, day)
        for found in list(self._rows(partition, day, day)):
            self._table.remove(partition, found["RowKey"])

    def _add(self, shard: Shard, numbers: Numbers, before_first: Callable[[], None]) -> None:
        place = (shard.connection, shard.digit)
        known = self._known.pop(place, None)
        if known is not None and known.day != shard.day:
            known = None
        for _ in range(_TRIES):
            known = known or self._read(shard)
            if known.etag is None:
                before_first()
            sums = Counter(known.sums)
            sums.update(numbers)
            try:
                etag = self._write(shard, sums, known.etag)
            except Conflict:
                known = None
                continue
            self._known[place] = _Known(shard.day, sums, etag)
            return
        raise Conflict

    def _read(self, shard: Shard) -> _Known:
        stored = self._table.get(*_keys(shard))
        if stored is None:
            return _Known(shard.day, {}, None)
        return _Known(shard.day, _sums(stored.value), stored.etag)

    def _write(self, shard: Shard, sums: Numbers, etag: str | None) -> str:
        new = {**row(*_keys(shard)), **{metric.value: sums.get(metric, 0) for metric in Metric}}
        return self._table.insert(new) if etag is None else self._table.replace(new, etag)

    def _rows(self, partition: str, first: date, last: date) -> Iterator[Row]:
        return self._table.rows(
            "PartitionKey eq @month and RowKey ge @first and RowKey le @last",
            month=partition,
            first=f"{first:{_DAY}}",
            last=f"{last:{_DAY}}~~",
        )


def _keys(shard: Shard) -> tuple[str, str]:
    return _partition(shard.connection, shard.day), f"{shard.day:{_DAY}}~{shard.digit}"


def _partition(connection: str, day: date) -> str:
    return f"{connection}-{day:%Y%m}"


def _months(first: date, last: date) -> Iterator[date]:
    """The first day of each month that the range touches."""
    for months in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(months // 12, months % 12 + 1, 1)


def _sums(found: Row) -> dict[Metric, int]:
    return {metric: found[metric.value] for metric in Metric if metric.value in found}
