"""What may happen to calls on the line: storage that does not answer."""

from __future__ import annotations

from local.memory.line import Watcher
from shared_code.errors import NotStored


def unavailable(*calls: str, first: int = 1, times: int = 1_000_000) -> Watcher:
    """Storage that does not answer these calls: from the `first` one on, `times` times."""
    seen = [0]

    def watcher(call: str) -> None:
        if call in calls:
            seen[0] += 1
            if first <= seen[0] < first + times:
                raise NotStored

    return watcher
