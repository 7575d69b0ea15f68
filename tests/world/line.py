"""Faults of calls on the line: storage that does not answer."""

from __future__ import annotations

from local.memory.line import Watcher
from shared_code.errors import NotStored


def unavailable(*calls: str, first: int = 1, times: int = 1_000_000) -> Watcher:
    """Let storage fail for `times` of these calls, from the `first` one on."""
    seen = [0]

    def watcher(call: str) -> None:
        if call in calls:
            seen[0] += 1
            if first <= seen[0] < first + times:
                raise NotStored

    return watcher
