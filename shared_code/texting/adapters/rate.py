"""
Table `sendslots`: what each sending number has granted, one row for each slot in use.

Partition: the digits of the organization's own number; row: the slot's begin (UTC). Which slot a
text gets is decided in domain/rate.py; here it is made true for all workers, by ETag.

Cost. A worker keeps the picture of a number's slots that it read when the current slot began (one
range query, also with thousands of texts waiting) and writes under the ETags in it: one operation
a booking, one more for the first booking in ten seconds. A Conflict costs two more: that row is
read, the place is sought again. Threads of one worker book one after another, so only workers
meet. An answer lost on its way counts the text twice: the rate is kept, a little is wasted.

Rows live a day. They are erased by the number's own later bookings: once an hour a worker reads
which are older, and with every slot that it adds it erases two of them. `erase()` is for a number
that nobody uses any more.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared_code.errors import Conflict
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, row
from shared_code.texting.domain.rate import (
    KEPT,
    NEIGHBOUR,
    SlotState,
    Wish,
    beyond_reach,
    first_slot,
    place,
    slot_of,
)

_FORMAT = "%Y%m%d%H%M%S"
_ATTEMPTS = 40
_SWEEP = timedelta(hours=1)
_ERASED_AT_ONCE = 2


@dataclass(slots=True)
class _Picture:
    """One number as this worker saw it last."""

    partition: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    first: datetime | None = None
    states: dict[datetime, SlotState] = field(default_factory=dict)
    etags: dict[datetime, str] = field(default_factory=dict)
    swept: datetime | None = None
    old: deque[str] = field(default_factory=deque)

    def forget(self, begin: datetime) -> None:
        """That slot is not known."""
        self.states.pop(begin, None)
        self.etags.pop(begin, None)


class TableSlots:
    """The port Slots. `patience`: seconds that a thread waits for others of this worker."""

    def __init__(self, account: StorageAccount, *, patience: float = 5.0) -> None:
        self._patience = patience
        self._table = Table(account, "sendslots")
        self._lock = threading.Lock()
        self._pictures: dict[str, _Picture] = {}

    def book(
        self,
        number: str,
        limit: int,
        connection: str,
        segments: int,
        now: datetime,
        *,
        urgent: bool,
    ) -> datetime:
        """
        Books the next free slot and returns when it begins; `now` or earlier means: go. Raises
        Conflict when too many others book at the same time: then it is to be tried again.
        """
        wish = Wish(connection, max(1, segments), limit, urgent)
        picture = self._picture(number)
        if not picture.lock.acquire(timeout=self._patience):
            raise Conflict
        try:
            return self._book(picture, wish, first_slot(now.astimezone(UTC)))
        finally:
            picture.lock.release()

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """
        Segments by connection in the slots from the one that holds `since` up to those that
        begin before `until`. A text that missed its slot and booked again counts twice.
        """
        sums: dict[str, int] = {}
        for found in self._range(_partition(number), since, until):
            for connection, segments in _read(found).granted.items():
                sums[connection] = sums.get(connection, 0) + segments
        return sums

    def erase(self, number: str, before: datetime) -> None:
        """Erases the slots of a number that begin before a time."""
        for key in self._older(_partition(number), before):
            self._table.remove(_partition(number), key)

    def _picture(self, number: str) -> _Picture:
        partition = _partition(number)
        with self._lock:
            return self._pictures.setdefault(partition, _Picture(partition))

    def _book(self, picture: _Picture, wish: Wish, first: datetime) -> datetime:
        if picture.first != first:
            self._look(picture, first)
        for _ in range(_ATTEMPTS):
            planned = place(picture.states, first, wish)
            if planned is None:
                return beyond_reach(first)
            if self._write(picture, planned):
                return next(iter(planned))
        raise Conflict

    def _look(self, picture: _Picture, first: datetime) -> None:
        """Reads the number's slots anew, and once an hour which ones are to be erased."""
        found = list(self._range(picture.partition, first - NEIGHBOUR))
        picture.states = {_begin(each): _read(each) for each in found}
        picture.etags = {_begin(each): _etag(each) for each in found}
        if picture.swept is None or not picture.swept <= first < picture.swept + _SWEEP:
            picture.old = deque(self._older(picture.partition, first - KEPT))
            picture.swept = first
        picture.first = first

    def _write(self, picture: _Picture, planned: dict[datetime, SlotState]) -> bool:
        """Whether all slots were still as they are in the picture; it is mended where not."""
        for begin, state in reversed(planned.items()):
            new, etag = _written(picture.partition, begin, state), picture.etags.get(begin)
            try:
                if etag is None:
                    picture.etags[begin] = self._table.insert(new)
                    self._erase_some(picture)
                else:
                    picture.etags[begin] = self._table.replace(new, etag)
            except Conflict:
                self._look_at(picture, begin)
                return False
            picture.states[begin] = state
        return True

    def _look_at(self, picture: _Picture, begin: datetime) -> None:
        picture.forget(begin)
        stored = self._table.get(picture.partition, _key(begin))
        if stored is not None:
            picture.states[begin], picture.etags[begin] = _read(stored.value), stored.etag

    def _erase_some(self, picture: _Picture) -> None:
        for _ in range(min(_ERASED_AT_ONCE, len(picture.old))):
            self._table.remove(picture.partition, picture.old[0])
            picture.old.popleft()

    def _range(self, partition: str, since: datetime, until: datetime | None = None) -> list[Row]:
        # keys are digits, so a colon comes after all of them
        end = _key(until - timedelta(microseconds=1)) if until else ":"
        query = "PartitionKey eq @number and RowKey ge @since and RowKey le @until"
        return list(self._table.rows(query, number=partition, since=_key(since), until=end))

    def _older(self, partition: str, before: datetime) -> list[str]:
        query = "PartitionKey eq @number and RowKey lt @before"
        found = self._table.rows(query, number=partition, before=_key(before))
        return [each["RowKey"] for each in found]


def _partition(number: str) -> str:
    return "".join(character for character in number if character in "0123456789")


def _key(moment: datetime) -> str:
    return slot_of(moment.astimezone(UTC)).strftime(_FORMAT)


def _begin(found: Row) -> datetime:
    return datetime.strptime(found["RowKey"], _FORMAT).replace(tzinfo=UTC)


def _etag(found: Any) -> str:
    return str(found.metadata["etag"])


def _written(partition: str, begin: datetime, state: SlotState) -> Row:
    granted = json.dumps(dict(state.granted), separators=(",", ":"))
    return row(partition, _key(begin), granted=granted, outbound=state.outbound)


def _read(found: Row) -> SlotState:
    return SlotState(json.loads(found["granted"]), found["outbound"])
