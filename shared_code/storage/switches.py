"""
Table `switches`: small facts about the installation that every worker shares.

Partition: `installation`; row: the name.
"""

from __future__ import annotations

from datetime import datetime

from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Table, read_moment, row, written

_INSTALLATION = "installation"


class TableSwitches:
    """The port Switches."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, "switches")

    def beat(self, name: str, at: datetime) -> None:
        """Notes that something happened at a time."""
        self._table.put(row(_INSTALLATION, name, at=written(at)))

    def last_beat(self, name: str) -> datetime | None:
        """When it happened last."""
        found = self._table.get(_INSTALLATION, name)
        return read_moment(found.value["at"]) if found else None
