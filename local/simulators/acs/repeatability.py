"""
Repeatable sends: the same request again within five minutes gets the first one's answer.

What the real service does after five minutes is undocumented. Here it forgets the request and sends
again: the worse case for a sender.
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
    """Another request came with the same id and first-sent date."""


class Repeatability:
    """
    What was sent under which id and first-sent date.

    The caller holds its own lock around earlier() and remember().
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: dict[tuple[str, str], _Sent] = {}

    def earlier(
        self, key: tuple[str, str], words: tuple[object, ...], now: datetime
    ) -> dict[str, Any] | None:
        """
        Return the earlier answer, or None for a first request. Raises Rejected if the request
        differs.
        """
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
