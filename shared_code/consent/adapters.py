"""
Table `optouts`: who said STOP to an organization. No patient's number stands in it.

Partition: tenant; row: keyed hash of the recipient. One property: the organization's numbers to
which STOP was said, and `link` for *no more texts* on the patient's page. A row without any of
them is erased.
"""

from __future__ import annotations

from collections.abc import Callable

from shared_code.consent import OPT_OUTS
from shared_code.errors import Conflict
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, row

_TRIES = 8

type _Senders = frozenset[str]


class TableOptOuts:
    """The port OptOuts. Raises Conflict when a row stays contended."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, OPT_OUTS)

    def add(self, tenant: str, recipient: str, sender: str) -> None:
        """Adding again changes nothing."""
        self._change(tenant, recipient, lambda senders: senders | {sender})

    def remove(self, tenant: str, recipient: str, sender: str | None = None) -> None:
        """Takes back one STOP, or with None all of them."""
        if sender is None:
            self._change(tenant, recipient, lambda _: frozenset())
        else:
            self._change(tenant, recipient, lambda senders: senders - {sender})

    def stops(self, tenant: str, recipient: str) -> frozenset[str]:
        """The senders to whom the number said STOP; with any, the tenant must not text."""
        return _senders(self._table.get(tenant, recipient))

    def _change(self, tenant: str, recipient: str, change: Callable[[_Senders], _Senders]) -> None:
        """Changes the newest row as often as somebody else was first."""
        for _ in range(_TRIES):
            stored = self._table.get(tenant, recipient)
            before = _senders(stored)
            after = change(before)
            if after == before:
                return
            try:
                self._write(row(tenant, recipient, senders=" ".join(sorted(after))), stored)
            except Conflict:
                continue
            return
        raise Conflict

    def _write(self, new: Row, stored: Stored[Row] | None) -> None:
        if stored is None:
            self._table.insert(new)
        elif new["senders"]:
            self._table.replace(new, stored.etag)
        else:
            self._table.remove(new["PartitionKey"], new["RowKey"], stored.etag)


def _senders(stored: Stored[Row] | None) -> _Senders:
    return frozenset(str(stored.value["senders"]).split()) if stored else frozenset()
