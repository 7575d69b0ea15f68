"""
Table `switches`: small facts about the installation that every worker shares.

Partition: `installation` for what happened last, `switches` for what is set; row: the name.
"""

from __future__ import annotations

from datetime import datetime

from shared_code.oversight import SWITCHES
from shared_code.oversight.ports import Switch
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Table, read_moment, row, written

_INSTALLATION = "installation"
_SWITCHES = "switches"


class TableSwitches:
    """The port Switches."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, SWITCHES)

    def beat(self, name: str, at: datetime) -> None:
        """Notes that something happened at a time."""
        self._table.put(row(_INSTALLATION, name, at=written(at)))

    def last_beat(self, name: str) -> datetime | None:
        """When it happened last."""
        found = self._table.get(_INSTALLATION, name)
        return read_moment(found.value["at"]) if found else None

    def set(self, switch: Switch) -> None:
        """Setting a switch that is set changes nothing."""
        self._table.insert_if_absent(
            row(_SWITCHES, switch.name, by=switch.by, at=written(switch.since))
        )

    def clear(self, name: str) -> None:
        """Clearing a switch that is not set is well."""
        self._table.remove(_SWITCHES, name)

    def get(self, name: str) -> Switch | None:
        """The switch, or None when it is not set."""
        found = self._table.get(_SWITCHES, name)
        if found is None:
            return None
        return Switch(name, found.value["by"], read_moment(found.value["at"]))
