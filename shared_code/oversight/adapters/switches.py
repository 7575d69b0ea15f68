"""
Table `switches`: facts about the installation that all workers share.

Partition: `installation` for times of last runs, `switches` for what is set; row: the name.
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
        """Record that something happened at a time."""
        self._table.put(row(_INSTALLATION, name, at=written(at)))

    def last_beat(self, name: str) -> datetime | None:
        """Return when it last happened, or None."""
        found = self._table.get(_INSTALLATION, name)
        return read_moment(found.value["at"]) if found else None

    def set(self, switch: Switch) -> None:
        """Set the switch. Setting it again changes nothing."""
        self._table.insert_if_absent(
            row(_SWITCHES, switch.name, by=switch.by, at=written(switch.since))
        )

    def clear(self, name: str) -> None:
        """Clear the switch. Does nothing if it is not set."""
        self._table.remove(_SWITCHES, name)

    def get(self, name: str) -> Switch | None:
        """Return the switch, or None if it is not set."""
        found = self._table.get(_SWITCHES, name)
        if found is None:
            return None
        return Switch(name, found.value["by"], read_moment(found.value["at"]))
