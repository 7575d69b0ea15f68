"""
Table `dailycounts`: how many texts of a connection were due, sent, held … on a day, and by what.

Partition: connection and month; row: the day (UTC) and one hexadecimal digit, so that workers
that count at the same time seldom meet. Each row is a whole tally of its own: the sums in columns,
combinations and the last hour's reports as JSON. A day is the sum of its rows.

Cost. A worker keeps each row as it wrote it last and writes again under that ETag: one operation
a count. Where another worker was there meanwhile a Conflict costs two more: the row is read and
added to anew. Who meets others again goes on to the next digit: what is counted there counts as
much. Threads of one worker that count in the same row do so one after another.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from shared_code.errors import Conflict
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, row
from shared_code.texting import DAILY_COUNTS
from shared_code.texting.domain.metrics import Combination, Metric, Numbers, Shard
from shared_code.texting.domain.tally import Addition, Tally

_TRIES = 32
_TRIES_IN_A_ROW = 4
_DAY = "%Y%m%d"
_PART = 15_000
"""Characters of one property: a table's text holds 32 Ki units of UTF-16, two for some letters."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A row as it was read or written last; `etag` is None where there is none."""

    day: date
    tally: Tally
    etag: str | None


class TableCounts:
    """The port Counts. `lock_timeout`: seconds that a thread waits for another."""

    def __init__(self, account: StorageAccount, *, lock_timeout: float = 5.0) -> None:
        self._lock_timeout = lock_timeout
        self._table = Table(account, DAILY_COUNTS)
        self._locks: dict[tuple[str, str], threading.Lock] = {}
        self._known: dict[tuple[str, str], _Known] = {}

    def add(self, shard: Shard, addition: Addition, before_first: Callable[[], None]) -> None:
        """
        Adds to the newest row as often as somebody else was first. Raises Conflict when too many
        others are. An answer that was lost on its way counts twice.
        """
        for tried in range(_TRIES):
            place = shard.moved(tried // _TRIES_IN_A_ROW)
            lock = self._locks.setdefault(_place(place), threading.Lock())
            if not lock.acquire(timeout=self._lock_timeout):
                raise Conflict
            try:
                self._add(place, addition, before_first)
            except Conflict:
                continue
            finally:
                lock.release()
            return
        raise Conflict

    def of(self, connection: str, first: date, last: date) -> Mapping[date, Tally]:
        """One range query for each month."""
        found: dict[date, list[Tally]] = {}
        for month in _months(first, last):
            for each in self._rows(_partition(connection, month), first, last):
                day = datetime.strptime(each["RowKey"][:8], _DAY).date()  # noqa: DTZ007 - a date
                found.setdefault(day, []).append(_read(each))
        return {day: Tally.merged(tallies) for day, tallies in found.items()}

    def remove(self, connection: str, day: date) -> None:
        """Every shard of the day."""
        partition = _partition(connection, day)
        for found in list(self._rows(partition, day, day)):
            self._table.remove(partition, found["RowKey"])

    def _add(self, shard: Shard, addition: Addition, before_first: Callable[[], None]) -> None:
        """Once. What is remembered of the row is forgotten where that goes wrong."""
        known = self._known.pop(_place(shard), None)
        if known is None or known.day != shard.day:
            known = self._find(shard)
        if known.etag is None:
            before_first()
        tally = known.tally.plus(addition)
        new = {**row(*_keys(shard)), **_written(tally)}
        etag = self._table.replace(new, known.etag) if known.etag else self._table.insert(new)
        self._known[_place(shard)] = _Known(shard.day, tally, etag)

    def _find(self, shard: Shard) -> _Known:
        stored = self._table.get(*_keys(shard))
        if stored is None:
            return _Known(shard.day, Tally(), None)
        return _Known(shard.day, _read(stored.value), stored.etag)

    def _rows(self, partition: str, first: date, last: date) -> Iterator[Row]:
        return self._table.rows(
            "PartitionKey eq @month and RowKey ge @first and RowKey le @last",
            month=partition,
            first=f"{first:{_DAY}}",
            last=f"{last:{_DAY}}~~",
        )


def _place(shard: Shard) -> tuple[str, str]:
    return shard.connection, shard.digit


def _keys(shard: Shard) -> tuple[str, str]:
    return _partition(shard.connection, shard.day), f"{shard.day:{_DAY}}~{shard.digit}"


def _partition(connection: str, day: date) -> str:
    return f"{connection}-{day:%Y%m}"


def _months(first: date, last: date) -> Iterator[date]:
    """The first day of each month that the range touches."""
    for months in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(months // 12, months % 12 + 1, 1)


def _written(tally: Tally) -> Row:
    combinations = [
        [*astuple(combination), _numbers(numbers)]
        for combination, numbers in tally.combinations.items()
    ]
    reports = {step.isoformat(): dict(found) for step, found in tally.reports.items()}
    text = json.dumps(combinations, ensure_ascii=False, separators=(",", ":"))
    parts = [text[start : start + _PART] for start in range(0, len(text), _PART)]
    return {
        **{metric.value: tally.sums.get(metric, 0) for metric in Metric},
        **{f"combinations{number}": part for number, part in enumerate(parts)},
        **({"reports": json.dumps(reports)} if reports else {}),
    }


def _numbers(numbers: Numbers) -> dict[str, int]:
    return {metric.value: number for metric, number in numbers.items()}


def _read(found: Row) -> Tally:
    """Rows of earlier versions have sums alone."""
    parts = [found[name] for name in sorted(found) if name.startswith("combinations")]
    reports = json.loads(found.get("reports", "{}"))
    return Tally(
        sums={metric: found[metric.value] for metric in Metric if metric.value in found},
        combinations=dict(map(_combination, json.loads("".join(parts) or "[]"))),
        reports={datetime.fromisoformat(step): each for step, each in reports.items()},
    )


def _combination(written: list[Any]) -> tuple[Combination, Numbers]:
    *names, numbers = written
    return Combination(*names), {Metric(name): number for name, number in numbers.items()}
