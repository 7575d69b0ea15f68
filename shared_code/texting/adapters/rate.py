"""
Table `sendslots`: what each sending number has granted, one row for each slot in use.

Partition: the digits of the organization's own number; row: the slot's begin (UTC). Which slot a
text gets is decided in domain/rate.py; here it is made true for all workers, by ETag.

Cost. A worker keeps a number's slots as it read them when the current slot began (one range query,
also with thousands of texts waiting) and writes under their ETags: one operation a reservation,
one more for the first one in ten seconds. A Conflict costs two more: that row is read, the place
is sought again. Threads of one worker reserve one after another, so only workers meet. If an answer
of storage is lost, the text is counted twice: the rate is kept, a little of it is wasted.

Rows live a day. They are erased by the number's own later reservations: once an hour a worker reads
which are older, and with every slot that it adds it erases two of them.
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
from shared_code.texting import RATE_WINDOWS
from shared_code.texting.domain.rate import (
    KEPT,
    Reservation,
    Slot,
    beyond_reach,
    first_slot,
    reserve,
    slot_of,
)

_FORMAT = "%Y%m%d%H%M%S"
_ATTEMPTS = 40
_SWEEP = timedelta(hours=1)
_ERASED_AT_ONCE = 2


@dataclass(slots=True)
class _Window:
    """The slots of one number, as this worker saw them last."""

    partition: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    first: datetime | None = None
    slots: dict[datetime, Slot] = field(default_factory=dict)
    etags: dict[datetime, str] = field(default_factory=dict)
    swept: datetime | None = None
    old: deque[str] = field(default_factory=deque)


class TableRateWindow:
    """The port RateWindow. `lock_timeout`: seconds that a thread waits for another."""

    def __init__(self, account: StorageAccount, *, lock_timeout: float = 5.0) -> None:
        self._lock_timeout = lock_timeout
        self._table = Table(account, RATE_WINDOWS)
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def reserve(self, number: str, wanted: Reservation, now: datetime) -> datetime:
        """
        Reserves the next free place and returns when it begins; `now` or earlier means: go. Raises
        Conflict when too many others reserve at the same time: then it is to be tried again.
        """
        window = self._window(number)
        if not window.lock.acquire(timeout=self._lock_timeout):
            raise Conflict
        try:
            return self._reserve(window, wanted, first_slot(now.astimezone(UTC)))
        finally:
            window.lock.release()

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """
        Segments by connection in the slots from the one that holds `since` up to those that
        begin before `until`. A text that missed its slot and reserved again counts twice.
        """
        sums: dict[str, int] = {}
        for found in self._range(_partition(number), since, until):
            for connection, segments in _read(found).granted.items():
                sums[connection] = sums.get(connection, 0) + segments
        return sums

    def _window(self, number: str) -> _Window:
        partition = _partition(number)
        with self._lock:
            return self._windows.setdefault(partition, _Window(partition))

    def _reserve(self, window: _Window, wanted: Reservation, first: datetime) -> datetime:
        if window.first != first:
            self._read_window(window, first)
        for _ in range(_ATTEMPTS):
            planned = reserve(window.slots, first, wanted)
            if planned is None:
                return beyond_reach(first)
            if self._write(window, planned):
                return next(iter(planned))
        raise Conflict

    def _read_window(self, window: _Window, first: datetime) -> None:
        """Reads the number's slots anew, and once an hour which ones are to be erased."""
        found = list(self._range(window.partition, first))
        window.slots = {_begin(each): _read(each) for each in found}
        window.etags = {_begin(each): _etag(each) for each in found}
        if window.swept is None or not window.swept <= first < window.swept + _SWEEP:
            window.old = deque(self._older(window.partition, first - KEPT))
            window.swept = first
        window.first = first

    def _write(self, window: _Window, planned: dict[datetime, Slot]) -> bool:
        """Whether all slots were still as this worker saw them; a changed one is read again."""
        for begin, slot in reversed(planned.items()):
            new, etag = _written(window.partition, begin, slot), window.etags.get(begin)
            try:
                if etag is None:
                    window.etags[begin] = self._table.insert(new)
                    self._erase_some(window)
                else:
                    window.etags[begin] = self._table.replace(new, etag)
            except Conflict:
                self._read_again(window, begin)
                return False
            window.slots[begin] = slot
        return True

    def _read_again(self, window: _Window, begin: datetime) -> None:
        window.slots.pop(begin, None)
        window.etags.pop(begin, None)
        stored = self._table.get(window.partition, _key(begin))
        if stored is not None:
            window.slots[begin], window.etags[begin] = _read(stored.value), stored.etag

    def _erase_some(self, window: _Window) -> None:
        for _ in range(min(_ERASED_AT_ONCE, len(window.old))):
            self._table.remove(window.partition, window.old[0])
            window.old.popleft()

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


def _written(partition: str, begin: datetime, slot: Slot) -> Row:
    granted = json.dumps(dict(slot.granted), separators=(",", ":"))
    return row(partition, _key(begin), granted=granted, outbound=slot.outbound)


def _read(found: Row) -> Slot:
    return Slot(json.loads(found["granted"]), found["outbound"])
