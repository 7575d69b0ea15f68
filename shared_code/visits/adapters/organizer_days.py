"""
Table `organizerdays`: what an organizer was given on a day, and until when it is left out.

Partition: tenant and a hash of the account's object id; row: day. Those of an organization are
found by one range before a meeting is made, at most every five minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from shared_code.errors import Conflict
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_optional, row, written
from shared_code.visits import ORGANIZER_DAYS
from shared_code.visits.domain.organizers import OrganizerDay, OrganizerUse

_TRIES = 8


class TableOrganizerDays:
    """The port OrganizerDays."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, ORGANIZER_DAYS)

    def uses(self, tenant: str, since: date) -> Mapping[str, OrganizerUse]:
        """Return the sums of an organization's days from `since` on, by organizer_key()."""
        rows = self._table.rows(
            "PartitionKey ge @first and PartitionKey lt @last and RowKey ge @since",
            first=f"{tenant}~",
            last=f"{tenant}~~",
            since=since.isoformat(),
        )
        days: dict[str, list[OrganizerUse]] = {}
        for found in rows:
            days.setdefault(found["PartitionKey"], []).append(_read(found))
        return {organizer: OrganizerUse.of(each) for organizer, each in days.items()}

    def add(self, day: OrganizerDay, use: OrganizerUse, before_first: Callable[[], None]) -> None:
        """Add to the day; `before_first` comes before its row is made. Raises Conflict."""
        for _ in range(_TRIES):
            found = self._table.get(*_keys(day))
            if found is None:
                before_first()
            try:
                self._put(day, use, found)
            except Conflict:
                continue
            return
        raise Conflict

    def remove(self, day: OrganizerDay) -> None:
        """Erase the day. Does nothing if it does not exist."""
        self._table.remove(*_keys(day))

    def _put(self, day: OrganizerDay, use: OrganizerUse, found: Stored[Row] | None) -> None:
        if found is None:
            self._table.insert(_write(day, use))
        else:
            self._table.replace(_write(day, OrganizerUse.of((_read(found.value), use))), found.etag)


def _keys(day: OrganizerDay) -> tuple[str, str]:
    return day.organizer, day.day.isoformat()


def _write(day: OrganizerDay, use: OrganizerUse) -> Row:
    left_out_until = written(use.left_out_until)
    return row(*_keys(day), meetings=use.meetings, left_out_until=left_out_until)


def _read(found: Row) -> OrganizerUse:
    return OrganizerUse(found["meetings"], read_optional(found.get("left_out_until")))
