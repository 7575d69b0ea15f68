"""
One table: point reads, conditional writes, ranges. Knows no port and no domain type.

Adapters make keys only from ids and keyed hashes, because the SDK's own loggers print them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared_code.errors import Conflict, NotStored
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.translate import Missing, made_on_demand, translated

Row = Mapping[str, Any]

_MOST_IN_ONE = 100
"""Rows of one transaction: the service's limit."""
_REPEATED = frozenset({"PATCH", "POST"})
"""Methods that the SDK does not repeat by itself after a lost answer; here that changes nothing."""


def row(partition: str, row_key: str, **properties: str | int | bool | None) -> Row:
    """Return the entity to store, without properties that are None."""
    kept = {name: value for name, value in properties.items() if value is not None}
    return {"PartitionKey": partition, "RowKey": row_key, **kept}


def written(moment: datetime | None) -> str | None:
    """Return a time as stored: text, because two events may differ by one microsecond."""
    return moment.isoformat() if moment else None


def read_moment(text: str) -> datetime:
    """Read what written() returned."""
    return datetime.fromisoformat(text)


def read_optional(text: str | None) -> datetime | None:
    """Read what written() returned; None if the property is missing."""
    return read_moment(text) if text else None


class Table:
    """
    A table that the first write creates.

    `settles`: a conditional write whose answer is lost is looked up; it counts if it was done, and
    is repeated if it was not. That is for rows which no two writers write alike and which somebody
    waits for. Without it the caller gets NotStored or Conflict.
    """

    def __init__(self, account: StorageAccount, name: str, *, settles: bool = False) -> None:
        self._account = account
        self._name = name
        self._settles = settles

    def get(self, partition: str, row_key: str) -> Stored[Row] | None:
        """Return the row, or None."""
        try:
            with translated():
                found = self._account.table(self._name).get_entity(partition, row_key)
                return Stored(found, str(found.metadata["etag"]))
        except Missing:
            return None

    def insert(self, new: Row) -> str:
        """Write a new row and return its ETag. Raises Conflict if the row exists."""
        return self._settled(
            new, None, lambda: made_on_demand(lambda: self._insert(new), self._create)
        )

    def insert_if_absent(self, new: Row) -> None:
        """Write the row unless it exists."""
        try:
            self.insert(new)
        except Conflict:
            return

    def put(self, new: Row) -> None:
        """Write the row, overwriting any other."""
        made_on_demand(lambda: self._put(new), self._create)

    def merge(self, new: Row) -> None:
        """Write the row, or set its properties in the row that exists and leave the others."""
        made_on_demand(lambda: self._merge(new), self._create)

    def replace(self, new: Row, etag: str) -> str:
        """
        Replace the row and return the new ETag.

        Raises Conflict if the ETag differs or the row is gone.
        """
        return self._settled(new, etag, lambda: self._replace(new, etag))

    def remove(self, partition: str, row_key: str, etag: str | None = None) -> None:
        """Erase the row. Does nothing if it does not exist; raises Conflict if `etag` differs."""
        from azure.core import MatchConditions

        condition = MatchConditions.IfNotModified if etag else None
        try:
            with translated():
                self._account.table(self._name).delete_entity(
                    partition, row_key, etag=etag, match_condition=condition
                )
        except Missing:
            return

    def remove_all(self, partition: str, row_keys: Sequence[str]) -> None:
        """Erase rows of one partition, a hundred in one request. A row that is gone is no error."""
        for first in range(0, len(row_keys), _MOST_IN_ONE):
            some = row_keys[first : first + _MOST_IN_ONE]
            try:
                with translated():
                    self._account.table(self._name).submit_transaction(
                        [("delete", {"PartitionKey": partition, "RowKey": each}) for each in some],
                        retry_on_methods=_REPEATED,
                    )
            except Missing:  # one of them is gone: the request did nothing
                for each in some:
                    self.remove(partition, each)

    def rows(self, query: str, **parameters: str) -> Iterator[Row]:
        """Yield the rows of a range in the order of their keys, read page by page."""
        try:
            with translated():
                yield from self._account.table(self._name).query_entities(
                    query, parameters=parameters
                )
        except Missing:
            return

    def stored_rows(self, query: str, **parameters: str) -> Iterator[Stored[Row]]:
        """Yield the rows of a range as rows() does, each with its ETag."""
        for found in self.rows(query, **parameters):
            yield Stored(found, str(found.metadata["etag"]))  # type: ignore[attr-defined]

    def _settled(self, new: Row, etag: str | None, write: Callable[[], str]) -> str:
        """Write, once more if the answer is lost and the row is still as it was."""
        try:
            return write()
        except NotStored:
            if not self._settles:
                raise
        found = self.get(new["PartitionKey"], new["RowKey"])
        if found is not None and dict(found.value) == new:
            return found.etag
        if (found.etag if found else None) != etag:
            raise Conflict
        return write()

    def _replace(self, new: Row, etag: str) -> str:
        from azure.core import MatchConditions
        from azure.data.tables import UpdateMode

        # the SDK would repeat a write that was done, and report its own ETag as a conflict
        once = {"retry_read": 0} if self._settles else {}
        try:
            with translated():
                answer = self._account.table(self._name).update_entity(
                    new,
                    UpdateMode.REPLACE,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                    **once,
                )
                return str(answer["etag"])
        except Missing:
            raise Conflict from None

    def _insert(self, new: Row) -> str:
        return str(self._account.table(self._name).create_entity(new)["etag"])

    def _put(self, new: Row) -> None:
        from azure.data.tables import UpdateMode

        self._account.table(self._name).upsert_entity(new, UpdateMode.REPLACE)

    def _merge(self, new: Row) -> None:
        from azure.data.tables import UpdateMode

        self._account.table(self._name).upsert_entity(
            new, UpdateMode.MERGE, retry_on_methods=_REPEATED
        )

    def _create(self) -> None:
        self._account.table(self._name).create_table()
