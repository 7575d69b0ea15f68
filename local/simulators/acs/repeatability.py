"""
Repeatable sends: the same request again within five minutes gets the first one's answer.

What the real service does after five minutes is undocumented. Here it forgets the request and sends
again: the worse case for a sender.
"""

from datetime import datetime, timedelta
from typing import Any

from local.simulators.kept import Kept

WINDOW = timedelta(minutes=5)


class Rejected(Exception):
    """Another request came with the same id and first-sent date."""


class Repeatability:
    """
    What was sent under which id and first-sent date.

    The caller holds its own lock around earlier() and remember().
    """

    def __init__(self, kept: Kept) -> None:
        self._sent = kept

    def earlier(
        self, key: tuple[str, str], words: tuple[object, ...], now: datetime
    ) -> dict[str, Any] | None:
        """
        Return the earlier answer, or None for a first request. Raises Rejected if the request
        differs.
        """
        sent = self._sent.get(" ".join(key))
        if sent is None or datetime.fromisoformat(sent["until"]) <= now:
            return None
        if sent["words"] != list(words):
            raise Rejected
        answer: dict[str, Any] = sent["answer"]
        return answer

    def remember(
        self, key: tuple[str, str], words: tuple[object, ...], answer: dict[str, Any], now: datetime
    ) -> None:
        until = (now + WINDOW).isoformat()
        self._sent.put(" ".join(key), {"until": until, "words": list(words), "answer": answer})

    def reset(self) -> None:
        self._sent.clear()
