"""
Table `switches`: the circuit of each service that is called, one row.

Partition: `installation`; row: `outage-` and a hash of the service's name. The rule stands in
domain/circuit.py; here it is kept for all workers under an ETag, and a worker has only a few
requests on the wire: three, where nothing else is said.

Cost. While the service answers: one read in two seconds and no write. The row is written when a
request fails, when one is made or released in a half-open or open circuit, and when it closes. It
is overwritten, never erased.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count

from shared_code.errors import Conflict
from shared_code.oversight import SWITCHES
from shared_code.oversight.domain.circuit import CLOSED, HALF_OPEN_PAUSE, Circuit
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Table, read_optional, row, written

WIRE = 3
"""Requests of one worker that may be without an answer at once."""
FRESH = timedelta(seconds=2)
"""For how long the row is believed without reading it."""
BUSY = timedelta(seconds=2)
"""When to come back if the wire stayed full."""
_SPREAD = 30
"""Seconds over which those who wait come back."""
_ATTEMPTS = 20
_PARTITION = "installation"
_ABSENT = ""


class TableCircuitBreaker:
    """
    The port CircuitBreaker. `wire`: requests that may be without an answer at once;
    `lock_timeout`: seconds that a thread waits while as many others are on the wire; `who` names
    the thread, which records or releases what it acquired. Threads of one worker read and write the
    row one after another, without that limit.
    """

    def __init__(
        self,
        account: StorageAccount,
        service: str,
        *,
        wire: int = WIRE,
        lock_timeout: float = 5.0,
        who: Callable[[], Hashable] = threading.get_ident,
    ) -> None:
        self._table = Table(account, SWITCHES)
        self._row = f"outage-{hashlib.sha256(service.encode('utf-8')).hexdigest()[:16]}"
        self._most = wire
        self._lock_timeout = lock_timeout
        self._who = who
        self._wire_changed = threading.Condition()
        self._wire: dict[Hashable, tuple[datetime, Circuit]] = {}
        self._lock = threading.Lock()
        self._seen: tuple[Stored[Circuit], datetime] | None = None
        self._waiting = count()

    def acquire(self, now: datetime) -> datetime | None:
        """None: one request may be made and must be recorded or released. Else: when to ask."""
        if not self._enter_wire(now):
            return now + BUSY
        with ExitStack() as leaving:
            leaving.callback(self._leave_wire)
            before, after = self._change(lambda circuit: circuit.acquired(now), now)
            until = before.waits_until(now)
            if until is not None:
                return until + timedelta(seconds=next(self._waiting) * 7 % _SPREAD)
            self._wire[self._who()] = now, after
            leaving.pop_all()
            return None

    def record(self, answered: bool, now: datetime) -> None:
        """What became of the request. Who did not acquire may record as well."""
        try:
            self._change(lambda circuit: circuit.recorded(answered, now), now)
        finally:  # not before: the next request must meet what this one learned
            self._leave_wire()

    def release(self, now: datetime) -> None:
        """The request was not made. Costs nothing while the circuit is closed."""
        _, acquired = self._wire.get(self._who(), (now, CLOSED))
        try:
            if acquired.failures:
                self._change(lambda circuit: circuit.released(acquired, now), now)
        finally:
            self._leave_wire()

    def look(self, now: datetime) -> Circuit:
        """Return the circuit as all workers have seen it."""
        with self._lock:
            return self._look(now).value

    def _enter_wire(self, now: datetime) -> bool:
        """
        Whether fewer than `wire` others are on the wire, or soon were. A thread that never returned
        counts only as long as a request can take; one that asks again keeps its place.
        """
        me = self._who()

        def is_free() -> bool:
            others = [since for who, (since, _) in self._wire.items() if who != me]
            return sum(now - since < HALF_OPEN_PAUSE for since in others) < self._most

        with self._wire_changed:
            free = self._wire_changed.wait_for(is_free, self._lock_timeout)
            if free:
                self._wire[me] = now, CLOSED
            return free

    def _leave_wire(self) -> None:
        with self._wire_changed:
            self._wire.pop(self._who(), None)
            self._wire_changed.notify()

    def _change(
        self, change: Callable[[Circuit], Circuit], now: datetime
    ) -> tuple[Circuit, Circuit]:
        """Stores what `change` makes of the circuit, if anything; returns it before and after."""
        for _ in range(_ATTEMPTS):
            with self._lock:
                seen = self._look(now)
                changed = change(seen.value)
                if changed == seen.value or self._write(changed, seen, now):
                    return seen.value, changed
        raise Conflict

    def _look(self, now: datetime) -> Stored[Circuit]:
        if self._seen is not None and abs(now - self._seen[1]) < FRESH:
            return self._seen[0]
        stored = Stored(CLOSED, _ABSENT)
        if found := self._table.get(_PARTITION, self._row):
            value = found.value
            since, probe = (read_optional(value.get(name)) for name in ("since", "next_probe"))
            stored = Stored(Circuit(value["failures"], since, probe), found.etag)
        self._seen = stored, now
        return stored

    def _write(self, circuit: Circuit, seen: Stored[Circuit], now: datetime) -> bool:
        """Whether the row was still as it was seen; else it is read again."""
        new = row(
            _PARTITION,
            self._row,
            failures=circuit.failures,
            since=written(circuit.since),
            next_probe=written(circuit.next_probe),
        )
        try:
            if seen.etag == _ABSENT:
                etag = self._table.insert(new)
            else:
                etag = self._table.replace(new, seen.etag)
        except Conflict:
            self._seen = None
            return False
        self._seen = Stored(circuit, etag), now
        return True
