"""The port NumberDays as a dictionary under a lock; tests/contract tests it like the real one."""

from __future__ import annotations

from datetime import date

from local.memory.rows import Rows
from shared_code.rows import Stored
from shared_code.texting.domain.number_day import NumberDay, NumberKey


class MemoryNumberDays:
    """The port NumberDays."""

    def __init__(self) -> None:
        self.rows: Rows[NumberKey, NumberDay] = Rows()

    def load(self, key: NumberKey) -> Stored[NumberDay] | None:
        """Return the day, or None."""
        return self.rows.get(key)

    def insert(self, key: NumberKey, day: NumberDay) -> None:
        """Write a new row. Raises Conflict if there is one."""
        self.rows.insert(key, day)

    def replace(self, key: NumberKey, day: NumberDay, etag: str) -> None:
        """Replace the row. Raises Conflict if the ETag differs or the row is gone."""
        self.rows.replace(key, day, etag)

    def forget(self, key: NumberKey) -> None:
        """Erase the day of one number."""
        self.rows.remove(key)

    def remove(self, connection: str, day: date) -> None:
        """Erase all numbers of the day."""
        for key in self.rows.all_keys():
            if (key.connection, key.day) == (connection, day):
                self.rows.remove(key)
