"""
What a hospital counts of its texts: five numbers a day, derived from changes of texts' records.

`missed` and `unknown` are 0 on an ordinary day; docs/operations.md says what to do when they are
not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared_code.agenda.domain import Duty
from shared_code.texting.domain import rate
from shared_code.texting.domain.reasons import DEADLINE_PASSED, MISSED
from shared_code.texting.domain.text import SLOT, TextRecord, TextState

RETIRE_COUNTS = Duty("retire_counts")
"""A duty of the agenda: it names a connection's day."""


class Metric(StrEnum):
    """
    `due`: a text whose time came. `sent`: the SMS service accepted it. `missed`: its time passed.
    `unknown`: abandoned with unknown delivery. `held`: it was put on hold, once for each reason;
    the wait for the number's next slot does not count.
    """

    DUE = "due"
    SENT = "sent"
    MISSED = "missed"
    UNKNOWN = "unknown"
    HELD = "held"


Numbers = Mapping[Metric, int]


@dataclass(frozen=True, slots=True)
class Shard:
    """
    A part of a connection's day (UTC), named by a hexadecimal digit: workers that count at the
    same time seldom meet in it.
    """

    connection: str
    day: date
    digit: str


_TIME_PASSED = frozenset({MISSED, DEADLINE_PASSED})


def counted(before: TextRecord | None, after: TextRecord, now: datetime) -> frozenset[Metric]:
    """What a change of a text's record adds, once each. `before` is None for a new record."""
    state = before.state if before else None
    held_by = before.held_by if before else ""
    changed = state is not after.state
    tests = {
        Metric.DUE: before is None,
        Metric.HELD: after.held_by not in ("", held_by) and not _is_in_step(after, now),
        Metric.SENT: changed and after.state is TextState.ACCEPTED,
        Metric.MISSED: changed and is_missed(after),
        Metric.UNKNOWN: changed and after.state is TextState.UNKNOWN,
    }
    return frozenset(metric for metric, holds in tests.items() if holds)


def _is_in_step(record: TextRecord, now: datetime) -> bool:
    """Whether it only waits for the number's next slot, as many texts do: nothing holds it."""
    until = record.not_before
    return record.held_by == SLOT and until is not None and until - now <= rate.SLOT


def is_missed(record: TextRecord) -> bool:
    """Whether it was not sent because its time had passed."""
    return record.state is TextState.NOT_SENT and record.reason in _TIME_PASSED
