"""
The requests that the simulators received and how they were answered, for tests to read.

It holds no secret values: each simulator says what may be recorded.
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

PENDING = "pending"
ACCEPTED = "accepted"
DUPLICATE = "duplicate"
REFUSED = "refused"
RATE_LIMITED = "rate_limited"
FAULT = "fault"


@dataclass(frozen=True)
class Record:
    """
    One request. `verdict` is the simulator's decision, `fault` the fault that was played.

    `acted` is whether the request had its effect; `status` is None if no answer was sent.
    """

    number: int
    at: datetime
    real_at: datetime
    target: str
    method: str
    path: str
    body: Any
    verdict: str = PENDING
    acted: bool = False
    status: int | None = None
    fault: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        document = asdict(self)
        document["at"], document["real_at"] = self.at.isoformat(), self.real_at.isoformat()
        return document


class Memory:
    """Every request of every simulator, in order of arrival; readers may wait for more."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._records: list[Record] = []
        self._first = 0

    def arrived(self, record: Callable[[int], Record]) -> int:
        """Record a request that has no verdict yet and return its number."""
        with self._changed:
            number = self._first + len(self._records)
            self._records.append(record(number))
            self._changed.notify_all()
            return number

    def finished(self, number: int, **outcome: Any) -> None:
        """Complete a request, unless `reset` has removed it meanwhile."""
        with self._changed:
            index = number - self._first
            if index >= 0:
                self._records[index] = replace(self._records[index], **outcome)
                self._changed.notify_all()

    def requests(self, target: str | None = None, verdict: str | None = None) -> list[Record]:
        with self._changed:
            return self._select(target, verdict)

    def await_requests(
        self, at_least: int, timeout: float, target: str | None = None, verdict: str | None = None
    ) -> list[Record]:
        """
        Return the requests as soon as there are that many, or those there are after `timeout`.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self._select(target, verdict)) >= at_least, timeout)
            return self._select(target, verdict)

    def tally(self, target: str | None = None) -> list[dict[str, Any]]:
        """Return how many requests ended in which way: short even for very many requests."""
        with self._changed:
            ends = Counter(
                (record.verdict, record.acted, record.status, record.fault)
                for record in self._select(target, None)
            )
        names = ("verdict", "acted", "status", "fault")
        return [dict(zip(names, end, strict=True)) | {"count": n} for end, n in ends.items()]

    def reset(self) -> None:
        with self._changed:
            self._first += len(self._records)
            self._records.clear()
            self._changed.notify_all()

    def _select(self, target: str | None, verdict: str | None) -> list[Record]:
        return [
            record
            for record in self._records
            if target in (None, record.target) and verdict in (None, record.verdict)
        ]
