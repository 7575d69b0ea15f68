"""
Table `numberdays`: the texts of one day to one number; no number and no words.

Partition: connection and day on the connection's own clock; row: keyed hash of the number. Changed
only under its ETag.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime

from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, row
from shared_code.texting import NUMBER_DAYS
from shared_code.texting.domain.number_day import Expected, NumberDay, NumberKey


class TableNumberDays:
    """The port NumberDays."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, NUMBER_DAYS)

    def load(self, key: NumberKey) -> Stored[NumberDay] | None:
        """The day, or None."""
        found = self._table.get(*_keys(key))
        return Stored(_read(found.value), found.etag) if found else None

    def insert(self, key: NumberKey, day: NumberDay) -> None:
        """Raises Conflict when there is one."""
        self._table.insert(_written(key, day))

    def replace(self, key: NumberKey, day: NumberDay, etag: str) -> None:
        """Raises Conflict when the ETag differs or the row is gone."""
        self._table.replace(_written(key, day), etag)

    def forget(self, key: NumberKey) -> None:
        """Erases the day of one number; does nothing if there is none."""
        self._table.remove(*_keys(key))

    def remove(self, connection: str, day: date) -> None:
        """Erases all numbers of the day; does nothing if there are none."""
        partition = _partition(connection, day)
        found = self._table.rows("PartitionKey eq @day", day=partition)
        self._table.remove_all(partition, [each["RowKey"] for each in found])


def _partition(connection: str, day: date) -> str:
    return f"{connection}-{day:%Y%m%d}"


def _keys(key: NumberKey) -> tuple[str, str]:
    return _partition(key.connection, key.day), key.recipient


def _written(key: NumberKey, day: NumberDay) -> Row:
    expected = [
        (each.mark, each.arrival.isoformat(), each.could_go.isoformat()) for each in day.expected
    ]
    return row(
        *_keys(key),
        counted=_json(day.counted),
        expected=_json(expected),
    )


def _read(found: Row) -> NumberDay:
    expected = [
        Expected(mark, datetime.fromisoformat(arrival), datetime.fromisoformat(could_go))
        for mark, arrival, could_go in json.loads(found["expected"])
    ]
    return NumberDay(tuple(json.loads(found["counted"])), tuple(expected))


def _json(values: Iterable[object]) -> str:
    return json.dumps(list(values), separators=(",", ":"))
