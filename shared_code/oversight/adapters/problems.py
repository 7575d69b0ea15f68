"""
Table `problems`: what a person should look at. A problem never names a patient.

Partition: tenant and day; row: the hash in the problem's id.

Cost. A worker keeps each row as it wrote it last and writes again under that ETag: one operation a
report. Where another worker was there meanwhile a Conflict costs two more. Threads of one worker
write one after another.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date

from shared_code.errors import Code, Conflict
from shared_code.oversight import PROBLEMS
from shared_code.oversight.adapters.places import Place
from shared_code.oversight.domain.problem import Closing, Problem
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, row, written

_TRIES = 25
_MOST_KNOWN = 200
"""Rows that a worker keeps: those written last."""


class TableProblems:
    """The port ProblemStore. `lock_timeout`: seconds that a thread waits for another."""

    def __init__(self, account: StorageAccount, *, lock_timeout: float = 5.0) -> None:
        self._table = Table(account, PROBLEMS)
        self._lock_timeout = lock_timeout
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Stored[Problem]] = OrderedDict()

    def change(
        self, problem_id: str, changed: Callable[[Problem | None], Problem | None]
    ) -> Problem | None:
        """Write what `changed` makes of the problem. Raises Conflict when others are too many."""
        place = Place.find(problem_id)
        if place is None:
            return changed(None)
        locked = self._lock.acquire(timeout=self._lock_timeout)  # without it, ETags still decide
        try:
            return self._change(place, changed)
        finally:
            if locked:
                self._lock.release()

    def of(self, tenant: str, first: date, last: date) -> Sequence[Problem]:
        """Return the tenant's problems of the days (UTC), both included."""
        found = self._table.rows(
            "PartitionKey ge @first and PartitionKey le @last",
            first=f"{tenant}-{first:%Y%m%d}",
            last=f"{tenant}-{last:%Y%m%d}",
        )
        return [_read(kept) for kept in found]

    def list(self) -> Sequence[Problem]:
        """Return all problems, the newest first. The table is small: they are kept for a week."""
        found = [_read(kept) for kept in self._table.rows("PartitionKey ge @first", first="")]
        return sorted(found, key=lambda problem: problem.last, reverse=True)

    def remove(self, problem_id: str) -> None:
        """Erase the problem. Does nothing if it does not exist."""
        place = Place.find(problem_id)
        if place is not None:
            self._table.remove(*_keys(place))

    def _change(
        self, place: Place, changed: Callable[[Problem | None], Problem | None]
    ) -> Problem | None:
        known = self._known.pop(str(place), None)
        fresh = False
        for _ in range(_TRIES):
            if known is None:
                known, fresh = self._read(place), True
            before = known.value if known else None
            after = changed(before)
            if after is None or after == before:
                if fresh:  # what was kept may be older than what others wrote
                    if known:
                        self._keep(str(place), known)
                    return after
                known = None
                continue
            try:
                etag = self._write(place, after, known.etag if known else None)
            except Conflict:
                known = None
                continue
            self._keep(str(place), Stored(after, etag))
            return after
        raise Conflict

    def _read(self, place: Place) -> Stored[Problem] | None:
        found = self._table.get(*_keys(place))
        return Stored(_read(found.value), found.etag) if found else None

    def _write(self, place: Place, problem: Problem, etag: str | None) -> str:
        new = row(
            *_keys(place),
            code=problem.code,
            connection=problem.connection,
            subjects=json.dumps(problem.subjects),
            further=" ".join(problem.further),
            at=written(problem.at),
            last=written(problem.last),
            count=problem.count,
            settled=problem.settled,
            closed=problem.closed,
        )
        return self._table.insert(new) if etag is None else self._table.replace(new, etag)

    def _keep(self, problem_id: str, stored: Stored[Problem]) -> None:
        self._known[problem_id] = stored
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)


def _read(found: Row) -> Problem:
    """Rows of earlier releases hold one `subject`, and nothing of what came later."""
    tenant, _, day = found["PartitionKey"].rpartition("-")
    subjects = json.loads(found["subjects"]) if "subjects" in found else [found["subject"]]
    closed = found.get("closed")
    return Problem(
        id=str(Place(tenant, day, found["RowKey"])),
        tenant=tenant,
        code=Code(found["code"]),
        connection=found["connection"],
        subjects=tuple(subjects),
        at=read_moment(found["at"]),
        last=read_moment(found.get("last") or found["at"]),
        count=found.get("count", 1),
        settled=found.get("settled", 0),
        closed=Closing(closed) if closed else None,
        further=tuple(found.get("further", "").split()),
    )


def _keys(place: Place) -> tuple[str, str]:
    return f"{place.tenant}-{place.day}", place.digest
