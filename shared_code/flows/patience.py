"""
How work that met transient trouble comes back: re-enqueued with a delay, never as an exception.

An exception would count towards the host's five attempts and end in the poison queue within
minutes; an outage lasts longer than that.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared_code import logs
from shared_code.ports import Queues

_DELAYS = (0, 30, 120, 300)
_LONGEST = 600


def delay_after(attempt: int) -> int:
    """Seconds until the next attempt; the first attempt is number 1."""
    return _DELAYS[attempt - 1] if 0 < attempt <= len(_DELAYS) else _LONGEST


def attempt_of(work: Mapping[str, str]) -> int:
    """Which attempt this is, counted from 1; nonsense counts as the first."""
    number = work.get("attempt", "1")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1


def try_again(
    queues: Queues, queue: str, work: Mapping[str, str], delay_seconds: int | None = None
) -> None:
    """Puts the work back. Raises NotStored when even the queue is away: then the host retries."""
    attempt = attempt_of(work)
    delay = delay_after(attempt) if delay_seconds is None else delay_seconds
    queues.send(queue, {**work, "attempt": str(attempt + 1)}, delay)
    logs.event("work.again", queue=queue, attempt=attempt, due=delay)
