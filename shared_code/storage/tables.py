"""
One table: point reads, conditional writes, ranges. Knows no port and no domain type.

Keys are made by the adapters from ids and keyed hashes: the SDK's own loggers print them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared_code.errors import Conflict
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.translate import Missing, made_on_demand, translated

Row = Mapping[str, Any]


def row(partition: str, row_key: str, **properties: str | int | bool | None) -> Row:
    """What is stored: a property that is None is left out."""
    kept = {name: value for name, value in properties.items() if value is not None}
    return {"PartitionKey": partition, "RowKey": row_key, **kept}


def written(moment: datetime | None) -> str | None:
    """A time as it is stored: text, because two events may differ by one microsecond."""
    return moment.isoformat() if moment else None


def read_moment(text: str) -> datetime:
    """The opposite of written()."""
    return datetime.fromisoformat(text)


def read_optional(text: str | None) -> datetime | None:
    """The same for a property that may be left out."""
    return read_moment(text) if text else None


class Table:
    """A table that is created by the first write."""

    def __init__(self, account: StorageAccount, name: str) -> None:
        self._account = account
        self._name = name

    def get(self, partition: str, row_key: str) -> Stored[Row] | None:
        """The row, or None."""
        try:
            with translated():
                found = self._account.table(self._name).get_entity(partition, row_key)
                return Stored(found, str(found.metadata["etag"]))
        except Missing:
            return None

    def insert(self, new: Row) -> str:
        """Returns the ETag. Raises Conflict when the row exists."""
        return made_on_demand(lambda: self._insert(new), self._create)

    def insert_if_absent(self, new: Row) -> None:
        """Leaves a row that exists as it is."""
        try:
            self.insert(new)
        except Conflict:
            return

    def put(self, new: Row) -> None:
        """Writes the row over whatever is there."""
        made_on_demand(lambda: self._put(new), self._create)

    def replace(self, new: Row, etag: str) -> str:
        """Returns the new ETag. Raises Conflict when the ETag differs or the row is gone."""
        from azure.core import MatchConditions
        from azure.data.tables import UpdateMode

        try:
            with translated():
                answer = self._account.table(self._name).update_entity(
                    new,
                    UpdateMode.REPLACE,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                )
                return str(answer["etag"])
        except Missing:
            raise Conflict from None

    def remove(self, partition: str, row_key: str, etag: str | None = None) -> None:
        """A missing row is well; another ETag than the given one raises Conflict."""
        from azure.core import MatchConditions

        condition = MatchConditions.IfNotModified if etag else None
        try:
            with translated():
                self._account.table(self._name).delete_entity(
                    partition, row_key, etag=etag, match_condition=condition
                )
        except Missing:
            return

    def rows(self, query: str, **parameters: str) -> Iterator[Row]:
        """The rows of a range in the order of their keys, read page by page."""
        try:
            with translated():
                yield from self._account.table(self._name).query_entities(
                    query, parameters=parameters
                )
        except Missing:
            return

    def _insert(self, new: Row) -> str:
        return str(self._account.table(self._name).create_entity(new)["etag"])

    def _put(self, new: Row) -> None:
        from azure.data.tables import UpdateMode

        self._account.table(self._name).upsert_entity(new, UpdateMode.REPLACE)

    def _create(self) -> None:
        self._account.table(self._name).create_table()
