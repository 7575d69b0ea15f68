"""
Table `problems`: what a person should look at, without saying whose appointment it was.

Partition: tenant and day; row: the hash in the problem's id.
"""

from __future__ import annotations

from shared_code.ports import Problem
from shared_code.storage.connect import StorageAccount
from shared_code.storage.places import Place
from shared_code.storage.tables import Table, row, written


class TableProblems:
    """The port Problems."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, "problems")

    def record(self, problem: Problem) -> None:
        """Recording the same problem again changes nothing."""
        self._table.insert_if_absent(
            row(
                *_keys(Place.of(problem.id)),
                code=problem.code.value,
                connection=problem.connection,
                subject=problem.subject,
                at=written(problem.at),
            )
        )

    def remove(self, problem_id: str) -> None:
        """A missing problem is well."""
        place = Place.find(problem_id)
        if place is not None:
            self._table.remove(*_keys(place))


def _keys(place: Place) -> tuple[str, str]:
    return f"{place.tenant}-{place.day}", place.digest
