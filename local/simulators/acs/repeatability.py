"""Repeatable sends: the same request again within five minutes gets the first one's answer.

What the service does after its window is undocumented; here it has forgotten and sends again,
because that is the case a careful sender must survive.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

WINDOW = timedelta(minutes=5)


@dataclass(frozen=True)
class _Sent:
    until: datetime
    words: tuple[object, ...]
    answer: dict[str, Any]


class Rejected(Exception):
    """The same id and first-sent date came with another request."""


class Repeatability:
    """What was sent under which id and first-sent date; the caller holds its own lock while it
    looks and remembers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: dict[tuple[str, str], _Sent] = {}

    def earlier(
        self, key: tuple[str, str], words: tuple[object, ...], now: datetime
    ) -> dict[str, Any] | None:
        """The earlier answer, None for a first request; raises `Rejected` for another one."""
        with self._lock:
            sent = self._sent.get(key)
        if sent is None or sent.until <= now:
            return None
        if sent.words != words:
            raise Rejected
        return sent.answer

    def remember(
        self, key: tuple[str, str], words: tuple[object, ...], answer: dict[str, Any], now: datetime
    ) -> None:
        with self._lock:
            self._sent[key] = _Sent(now + WINDOW, words, answer)

    def reset(self) -> None:
        with self._lock:
            self._sent.clear()
