"""
Table `optouts`: who has opted out of an organization's texts. It holds no patient's number.

Partition: tenant; row: keyed hash of the recipient. Its one property lists the organization's
numbers to which STOP was sent, `link` for *Stop text messages* on the patient's page, and
`operator` for the command `stop-recipient`. A row whose list becomes empty is erased.
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
    """The port OptOuts. Raises Conflict if other workers keep changing the same row."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, OPT_OUTS)

    def add(self, tenant: str, recipient: str, sender: str) -> None:
        """Record an opt-out. Recording it again changes nothing."""
        self._change(tenant, recipient, lambda senders: senders | {sender})

    def remove(self, tenant: str, recipient: str, sender: str | None = None) -> None:
        """Withdraw the opt-out for one sender, or all of them if `sender` is None."""
        if sender is None:
            self._change(tenant, recipient, lambda _: frozenset())
        else:
            self._change(tenant, recipient, lambda senders: senders - {sender})

    def stops(self, tenant: str, recipient: str) -> frozenset[str]:
        """
        Return the senders to whom the number said STOP. If there are any, the tenant must not text.
        """
        return _senders(self._table.get(tenant, recipient))

    def _change(self, tenant: str, recipient: str, change: Callable[[_Senders], _Senders]) -> None:
        """Apply `change` to the current row, and retry when another worker has changed it."""
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
