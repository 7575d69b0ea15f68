"""
Table `attendees`: one row for each person of a visit.

Partition: the visit's connection and row; row: the keyed hash of the person. One merging write
records a launch or a press, so nobody has to read the row first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared_code.attendance import ATTENDEES
from shared_code.attendance.domain import Attendee, Role
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, read_optional, row, written
from shared_code.visits.domain.visit import VisitRef


class TableAttendees:
    """The port Attendees."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, ATTENDEES)

    def record(self, attendee: Attendee) -> None:
        """Write the person, or add the newer moments to the row that exists."""
        self._table.merge(
            row(
                str(attendee.visit),
                attendee.person,
                role=attendee.role.value,
                opened=written(attendee.opened),
                pressed_join=written(attendee.pressed_join),
                account=attendee.account or None,
            )
        )

    def of(self, visit: VisitRef) -> Sequence[Attendee]:
        """Return the persons of a visit."""
        return [_read(visit, found) for found in self._rows(visit)]

    def remove(self, visit: VisitRef) -> None:
        """Erase all persons of a visit. Does nothing if there are none."""
        self._table.remove_all(str(visit), [found["RowKey"] for found in self._rows(visit)])

    def _rows(self, visit: VisitRef) -> list[Row]:
        return list(self._table.rows("PartitionKey eq @visit", visit=str(visit)))


def _read(visit: VisitRef, found: Row) -> Attendee:
    opened: datetime = read_moment(found["opened"])
    return Attendee(
        visit=visit,
        person=found["RowKey"],
        role=Role(found["role"]),
        opened=opened,
        pressed_join=read_optional(found.get("pressed_join")),
        account=found.get("account", ""),
    )
