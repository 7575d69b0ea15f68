"""
What a hospital counts of its texts and appointments, and by what: derived from changes of texts'
records, and from messages that led to no text.

`missed`, `unknown` and `failed` are 0 on an ordinary day; docs/operations.md says what to do when
they are not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from shared_code.agenda.domain import Duty
from shared_code.texting.domain import rate
from shared_code.texting.domain.reasons import DEADLINE_PASSED, MISSED
from shared_code.texting.domain.text import (
    DELIVERED,
    FAILED,
    SLOT,
    Audience,
    TextKind,
    TextRecord,
    TextState,
)

RETIRE_COUNTS = Duty("retire_counts")
"""A duty of the agenda: it names a connection's day."""
LONGEST_DEPARTMENT = 32
"""Characters of a department's code that are counted under."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}", re.ASCII | re.IGNORECASE)


class Metric(StrEnum):
    """
    `due`: a text whose time came. `sent`: the SMS service accepted it. `missed`: its time passed.
    `unknown`: abandoned with unknown delivery. `held`: it was put on hold, once for each reason;
    the wait for the number's next slot does not count. `not_sent`: it ended without being sent,
    `missed` included. `not_texted`: a message about an appointment that led to no text.
    `delivered`, `failed`: what the carrier reported.
    """

    DUE = "due"
    SENT = "sent"
    MISSED = "missed"
    UNKNOWN = "unknown"
    HELD = "held"
    NOT_SENT = "not_sent"
    NOT_TEXTED = "not_texted"
    DELIVERED = "delivered"
    FAILED = "failed"


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

    def moved(self, steps: int) -> Self:
        """Return the shard so many digits further on, for a worker that meets others in this."""
        return replace(self, digit=f"{(int(self.digit, 16) + steps) % 16:x}")


@dataclass(frozen=True, slots=True, order=True)
class Combination:
    """
    What a count stands under; "" where it does not apply. `kind` is that of the text, `department`
    Epic's code, `country` the region of the number, `language` that of the text, `reason` why it
    was held or not sent, or what the carrier said.
    """

    kind: str = ""
    department: str = ""
    country: str = ""
    language: str = ""
    reason: str = ""

    @classmethod
    def of(cls, audience: Audience, kind: TextKind | None, reason: str) -> Self:
        """Return the combination of a text, or of an appointment without one (`kind` None)."""
        return cls(
            kind.value if kind else "",
            audience.department,
            audience.country,
            audience.language,
            reason,
        )


@dataclass(frozen=True, slots=True)
class Count:
    """What is added by one, and under which combination."""

    metrics: frozenset[Metric] = frozenset()
    combination: Combination = Combination()

    def with_due(self) -> Self:
        """Return it with `due`: the record is new."""
        return replace(self, metrics=self.metrics | {Metric.DUE})

    def without(self, metric: Metric) -> Self:
        """Return it without one of the metrics: it was counted before."""
        return replace(self, metrics=self.metrics - {metric})


NOTHING = Count()
_TIME_PASSED = frozenset({MISSED, DEADLINE_PASSED})


def count_of(before: TextRecord | None, after: TextRecord, now: datetime) -> Count:
    """What a change of a text's record adds. `before` is None for a new record."""
    metrics = counted(before, after, now)
    return Count(metrics, Combination.of(after.audience, after.ref.kind, _reason(metrics, after)))


def counted(before: TextRecord | None, after: TextRecord, now: datetime) -> frozenset[Metric]:
    """What a change of a text's record adds, once each. `before` is None for a new record."""
    state = before.state if before else None
    held_by = before.held_by if before else ""
    delivery = before.delivery if before else ""
    changed, reported = state is not after.state, delivery != after.delivery
    tests = {
        Metric.DUE: before is None,
        Metric.HELD: after.held_by not in ("", held_by) and not _is_in_step(after, now),
        Metric.SENT: changed and after.state is TextState.ACCEPTED,
        Metric.MISSED: changed and is_missed(after),
        Metric.UNKNOWN: changed and after.state is TextState.UNKNOWN,
        Metric.NOT_SENT: changed and after.state is TextState.NOT_SENT,
        Metric.DELIVERED: reported and after.delivery == DELIVERED,
        Metric.FAILED: reported and after.delivery == FAILED,
    }
    return frozenset(metric for metric, holds in tests.items() if holds)


def department_of(code: str | None) -> str:
    """Return a department's code as it is counted under: bounded, without control characters."""
    printable = [each for each in code or "" if unicodedata.category(each)[0] != "C"]
    return "".join(printable).strip()[:LONGEST_DEPARTMENT]


def language_tag(tag: str | None) -> str:
    """Return a language as it is counted under; "" for what is no tag."""
    return tag if tag and _LANGUAGE.fullmatch(tag) else ""


def _reason(metrics: frozenset[Metric], after: TextRecord) -> str:
    """Why: of a report, an outcome, or a hold, in this order."""
    if Metric.FAILED in metrics:
        return after.delivery_reason
    if after.reason and metrics & {Metric.NOT_SENT, Metric.UNKNOWN}:
        return after.reason.code
    return after.held_by if Metric.HELD in metrics else ""


def _is_in_step(record: TextRecord, now: datetime) -> bool:
    """Whether it only waits for the number's next slot, as many texts do: nothing holds it."""
    until = record.not_before
    return record.held_by == SLOT and until is not None and until - now <= rate.SLOT


def is_missed(record: TextRecord) -> bool:
    """Whether it was not sent because its time had passed."""
    return record.state is TextState.NOT_SENT and record.reason in _TIME_PASSED
