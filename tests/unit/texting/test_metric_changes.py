"""What a change of a text's record adds to the day's numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.appointments.domain import Version
from shared_code.errors import Reason
from shared_code.texting.domain.metrics import Combination, Metric, count_of, counted, department_of
from shared_code.texting.domain.reasons import DEADLINE_PASSED, MISSED, OUTCOME_UNKNOWN, SUPERSEDED
from shared_code.texting.domain.text import Audience, TextKind, TextRecord, TextRef, TextState
from tests.world.clock import NOW
from tests.world.visit import REF, START

TEXT = TextRef(REF, Version(1, "3fa9c1d2"), TextKind.CONFIRMATION, 0, START.date())
SECOND = timedelta(seconds=1)
READY = TextRecord(TEXT, TextState.READY)
CLAIMED = replace(READY, state=TextState.CLAIMED, claimed_at=NOW, first_sent=NOW)
ACCEPTED = replace(CLAIMED, state=TextState.ACCEPTED)
UNKNOWN = replace(CLAIMED, state=TextState.UNKNOWN, reason=OUTCOME_UNKNOWN)
UNREACHABLE = replace(ACCEPTED, delivery="failed", delivery_reason="delivery_unreachable")
PAUSED = replace(READY, held_by="pause", not_before=NOW)


def _declined(reason: Reason) -> TextRecord:
    return replace(READY, state=TextState.NOT_SENT, reason=reason)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, CLAIMED, {Metric.DUE}),
        (None, ACCEPTED, {Metric.DUE, Metric.SENT}),
        (None, PAUSED, {Metric.DUE, Metric.HELD}),
        (None, _declined(SUPERSEDED), {Metric.DUE, Metric.NOT_SENT}),
        (None, _declined(DEADLINE_PASSED), {Metric.DUE, Metric.MISSED, Metric.NOT_SENT}),
        (PAUSED, _declined(MISSED), {Metric.MISSED, Metric.NOT_SENT}),
        (PAUSED, replace(PAUSED, not_before=NOW + timedelta(hours=1)), set()),
        (PAUSED, replace(PAUSED, held_by="brake"), {Metric.HELD}),
        (PAUSED, replace(PAUSED, held_by="slot", not_before=NOW + 11 * SECOND), {Metric.HELD}),
        (PAUSED, replace(PAUSED, held_by="slot", not_before=NOW + 10 * SECOND), set()),
        (None, replace(READY, held_by="slot", not_before=NOW + 4 * SECOND), {Metric.DUE}),
        (PAUSED, ACCEPTED, {Metric.SENT}),
        (CLAIMED, READY, set()),
        (CLAIMED, UNKNOWN, {Metric.UNKNOWN}),
        (UNKNOWN, ACCEPTED, {Metric.SENT}),
        (UNKNOWN, READY, set()),
        (ACCEPTED, replace(ACCEPTED, delivery="delivered"), {Metric.DELIVERED}),
        (ACCEPTED, UNREACHABLE, {Metric.FAILED}),
        (UNREACHABLE, replace(UNREACHABLE, delivery_reason="delivery_other"), set()),
        (UNREACHABLE, replace(ACCEPTED, delivery="delivered"), {Metric.DELIVERED}),
        (CLAIMED, UNREACHABLE, {Metric.SENT, Metric.FAILED}),
        (_declined(MISSED), replace(_declined(MISSED), claimed_by="2"), set()),
    ],
)
def test_a_change_counts_what_it_brought_and_nothing_twice(
    before: TextRecord | None, after: TextRecord, expected: set[Metric]
) -> None:
    """A new record is due once; an outcome or a new reason to wait counts when it comes."""
    assert counted(before, after, NOW) == expected


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (None, ACCEPTED, ""),
        (None, PAUSED, "pause"),
        (PAUSED, _declined(MISSED), "missed"),
        (CLAIMED, UNKNOWN, "outcome_unknown"),
        (ACCEPTED, UNREACHABLE, "delivery_unreachable"),
        (CLAIMED, UNREACHABLE, "delivery_unreachable"),
        (UNREACHABLE, replace(UNREACHABLE, delivery="delivered"), ""),
        (replace(UNKNOWN, held_by="pause"), replace(ACCEPTED, held_by="pause"), ""),
    ],
)
def test_a_count_stands_under_whom_it_was_for_and_why(
    before: TextRecord | None, after: TextRecord, reason: str
) -> None:
    """The reason is that of the change which is counted."""
    known = replace(after, audience=Audience("10501101", "US", "es"))
    expected = Combination("confirmation", "10501101", "US", "es", reason)
    assert count_of(before, known, NOW).combination == expected


@pytest.mark.parametrize(
    ("code", "counted_under"),
    [
        ("10501101", "10501101"),
        (None, ""),
        (" A\x1b[2J\u202e\nB\u200b ", "A[2JB"),
        ("x" * 99, "x" * 32),
        ("\ud83d", ""),
    ],
)
def test_a_department_is_a_short_printable_code(code: str | None, counted_under: str) -> None:
    """A feed may send anything as one."""
    assert department_of(code) == counted_under
