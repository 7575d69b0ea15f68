"""
Table `switches`: whether the SMS service answers, one row for each SMS resource.

Partition: `installation`; row: `outage-` and a hash of the resource's endpoint. The rule stands in
domain/circuit.py; here it is kept, for all workers under an ETag, and for the threads of this
worker by a gate of three: a text passes when fewer are on the wire.

Cost. While the service answers: one read in two seconds and no write. The row is written when a
text fails, takes its turn or ends the row of failures. It is overwritten, never erased.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from itertools import count

from shared_code.errors import Conflict
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_optional, row, written
from shared_code.texting.domain.circuit import (
    CLOSED,
    TURN,
    Go,
    Outage,
    Wait,
    after,
    given_back,
    may_claim,
)

WIRE = 3
"""Texts of one worker that may be without an answer at once."""
FRESH = timedelta(seconds=2)
"""For how long the row is believed without reading it."""
BUSY = timedelta(seconds=2)
"""When to come back if the gate stayed full."""
_SPREAD = 30
"""Seconds over which those who wait come back."""
_ATTEMPTS = 20
_PARTITION = "installation"
_ABSENT = ""


class _Gate:
    """Who of this worker is on the wire, since when, and until when it took the turn."""

    def __init__(self, patience: float, who: Callable[[], Hashable]) -> None:
        self._patience = patience
        self._who = who
        self._changed = threading.Condition()
        self._passed: dict[Hashable, tuple[datetime, datetime | None]] = {}

    def enter(self, now: datetime) -> bool:
        """
        False when it stayed full. Who never came back counts no longer than a request can take,
        and whoever asks again takes its own place.
        """
        me = self._who()
        with self._changed:
            free = self._changed.wait_for(lambda: self._others(me, now) < WIRE, self._patience)
            if free:
                self._passed[me] = (now, None)
            return free

    def take_turn(self, now: datetime, until: datetime | None) -> None:
        """Remembers the turn that this one took."""
        with self._changed:
            self._passed[self._who()] = (now, until)

    def turn(self) -> datetime | None:
        """The turn that this one took."""
        with self._changed:
            return self._passed.get(self._who(), (None, None))[1]

    def leave(self) -> None:
        """Leaving twice is well."""
        with self._changed:
            self._passed.pop(self._who(), None)
            self._changed.notify()

    def _others(self, me: Hashable, now: datetime) -> int:
        passed = self._passed.items()
        return sum(1 for who, (since, _) in passed if who != me and now - since < TURN)


class TableOutages:
    """
    The port Outages. `patience`: seconds that a thread waits at the gate; `who` tells apart those
    who pass it: one text is asked for and told of by the same thread.
    """

    def __init__(
        self,
        account: StorageAccount,
        endpoint: str,
        *,
        patience: float = 5.0,
        who: Callable[[], Hashable] = threading.get_ident,
    ) -> None:
        self._table = Table(account, "switches")
        self._row = f"outage-{hashlib.sha256(endpoint.encode('utf-8')).hexdigest()[:16]}"
        self._gate = _Gate(patience, who)
        self._lock = threading.Lock()
        self._seen: tuple[Stored[Outage], datetime] | None = None
        self._news = 0
        self._waiting = count()

    def ask(self, now: datetime) -> datetime | None:
        """None: one text may go, and its end must be told. Else: when to ask again."""
        if not self._gate.enter(now):
            return now + BUSY
        until: datetime | None = now
        try:
            until = self._take_turn(now)
        finally:
            if until is not None:
                self._gate.leave()
        return until

    def tell(self, answered: bool | None, now: datetime) -> None:
        """
        What became of the text: answered, also by a no; not answered (5xx, time-out, connection
        broken or refused); None: it did not go. Who did not ask may tell as well.
        """
        taken = self._gate.turn()
        try:
            if answered is not None:
                self._change(lambda outage: after(outage, now, answered=answered), now)
            elif taken is not None:
                self._change(lambda outage: given_back(outage, taken, now), now)
        finally:  # not before: the next one must meet what this one learned
            self._gate.leave()

    def _take_turn(self, now: datetime) -> datetime | None:
        for _ in range(_ATTEMPTS):
            seen = self._look(now)
            match may_claim(seen.value, now):
                case Wait(until):
                    return until + timedelta(seconds=next(self._waiting) * 7 % _SPREAD)
                case Go(outage) if outage == seen.value:
                    return None
                case Go(outage):
                    if self._write(outage, seen, now):
                        self._gate.take_turn(now, outage.next_probe)
                        return None
        raise Conflict

    def _change(self, change: Callable[[Outage], Outage], now: datetime) -> None:
        """Stores what `change` makes of the row, if it makes anything else of it."""
        for _ in range(_ATTEMPTS):
            seen = self._look(now)
            changed = change(seen.value)
            if changed == seen.value or self._write(changed, seen, now):
                return
        raise Conflict

    def _look(self, now: datetime) -> Stored[Outage]:
        with self._lock:
            seen, news = self._seen, self._news
        if seen is not None and abs(now - seen[1]) < FRESH:
            return seen[0]
        found = self._table.get(_PARTITION, self._row)
        stored = Stored(_read(found.value), found.etag) if found else Stored(CLOSED, _ABSENT)
        with self._lock:
            if news == self._news:  # else somebody learned something while this was read
                self._seen = stored, now
        return stored

    def _learn(self, stored: Stored[Outage] | None, now: datetime) -> None:
        with self._lock:
            self._news += 1
            self._seen = (stored, now) if stored else None

    def _write(self, outage: Outage, seen: Stored[Outage], now: datetime) -> bool:
        """Whether nobody was first."""
        new = row(
            _PARTITION,
            self._row,
            failures=outage.failures,
            since=written(outage.since),
            next_probe=written(outage.next_probe),
        )
        try:
            if seen.etag == _ABSENT:
                etag = self._table.insert(new)
            else:
                etag = self._table.replace(new, seen.etag)
        except Conflict:
            self._learn(None, now)
            return False
        self._learn(Stored(outage, etag), now)
        return True


def _read(found: Row) -> Outage:
    since, probe = read_optional(found.get("since")), read_optional(found.get("next_probe"))
    return Outage(found["failures"], since, probe)
