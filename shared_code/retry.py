"""
Retry work after a transient failure: put it back on its queue with a delay, never raise.

An exception would count towards the host's five attempts, so the message would reach the poison
queue within minutes; an outage lasts longer than that. Also: how long another service asks us to
wait.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared_code import logs
from shared_code.queues import Queues

LOG_EVENTS = ("work.again",)
_DELAYS = (0, 30, 120, 300)
_LONGEST = 600
LONGEST_WAIT = 3600
"""Seconds: the longest that another service may ask us to wait."""
LONGEST_SLEEP = 86_400
"""Seconds. A queue message may be delayed for seven days, but nothing here needs so long."""


def delay_after(attempt: int) -> int:
    """Return the seconds until the next attempt; the first attempt is number 1."""
    return _DELAYS[attempt - 1] if 0 < attempt <= len(_DELAYS) else _LONGEST


def attempt_of(work: Mapping[str, str]) -> int:
    """Return the number of this attempt, counted from 1; an invalid value counts as 1."""
    return number_in(work, "attempt", 1)


def number_in(work: Mapping[str, str], name: str, otherwise: int) -> int:
    """Return a small number that the work carries; an invalid value counts as missing."""
    number = work.get(name, "")
    usable = number.isascii() and number.isdigit() and len(number) < 6
    return int(number) if usable else otherwise


def try_again(
    queues: Queues, queue: str, work: Mapping[str, str], delay_seconds: int | None = None
) -> None:
    """Put the work back. Raises NotStored if the queue fails as well: then the host retries."""
    attempt = attempt_of(work)
    delay = delay_after(attempt) if delay_seconds is None else delay_seconds
    delay = min(delay, LONGEST_SLEEP)
    queues.send(queue, {**work, "attempt": str(attempt + 1)}, delay)
    logs.event("work.again", queue=queue, attempt=attempt, due=delay)


def retry_after(header: str | None, answered_at: datetime | None) -> int | None:
    """
    Seconds to wait, 1 to 3600: the header holds seconds or a date (RFC 9110 §10.2.3).

    None when it is absent or unreadable. A date is compared with the answer's own time, so that
    nobody's clock matters; without that time a date says nothing.
    """
    text = (header or "").strip()
    if re.fullmatch(r"[+-]?[0-9]{1,20}(\.[0-9]{1,9})?", text):
        seconds = float(text)
    else:
        date = read_date(text)
        if date is None or answered_at is None:
            return None
        seconds = (date - answered_at).total_seconds()
    return round(min(max(seconds, 1), LONGEST_WAIT))


def read_date(text: str | None) -> datetime | None:
    """Read a date of HTTP; None when it is absent or unreadable."""
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
