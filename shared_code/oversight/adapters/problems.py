"""
Table `problems`: what a person should look at. A problem never names an appointment.

Partition: tenant and day; row: the hash in the problem's id.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared_code.errors import Code
from shared_code.oversight import PROBLEMS
from shared_code.oversight.adapters.places import Place
from shared_code.oversight.ports import Problem
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, row, written


class TableProblems:
    """The port Problems."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, PROBLEMS)

    def record(self, problem: Problem) -> None:
        """Write the problem. Recording it again changes nothing."""
        self._table.insert_if_absent(
            row(
                *_keys(Place.of(problem.id)),
                code=problem.code,
                connection=problem.connection,
                subject=problem.subject,
                at=written(problem.at),
            )
        )

    def list(self) -> Sequence[Problem]:
        """Return all problems, the newest first. The table is small: they are kept for a week."""
        found = [_read(kept) for kept in self._table.rows("PartitionKey ge @first", first="")]
        return sorted(found, key=lambda problem: problem.at, reverse=True)

    def remove(self, problem_id: str) -> None:
        """Erase the problem. Does nothing if it does not exist."""
        place = Place.find(problem_id)
        if place is not None:
            self._table.remove(*_keys(place))


def _read(found: Row) -> Problem:
    tenant, _, day = found["PartitionKey"].rpartition("-")
    return Problem(
        id=str(Place(tenant, day, found["RowKey"])),
        tenant=tenant,
        code=Code(found["code"]),
        connection=found["connection"],
        subject=found["subject"],
        at=read_moment(found["at"]),
    )


def _keys(place: Place) -> tuple[str, str]:
    return f"{place.tenant}-{place.day}", place.digest
