"""What a change of a text's record adds to the day's numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.appointments.domain import Version
from shared_code.errors import Reason
from shared_code.texting.domain.metrics import Metric, counted
from shared_code.texting.domain.reasons import DEADLINE_PASSED, MISSED, OUTCOME_UNKNOWN, SUPERSEDED
from shared_code.texting.domain.text import TextKind, TextRecord, TextRef, TextState
from tests.world.clock import NOW
from tests.world.visit import REF, START

TEXT = TextRef(REF, Version(1, "3fa9c1d2"), TextKind.CONFIRMATION, 0, START.date())
SECOND = timedelta(seconds=1)
READY = TextRecord(TEXT, TextState.READY)
CLAIMED = replace(READY, state=TextState.CLAIMED, claimed_at=NOW, first_sent=NOW)
ACCEPTED = replace(CLAIMED, state=TextState.ACCEPTED)
UNKNOWN = replace(CLAIMED, state=TextState.UNKNOWN, reason=OUTCOME_UNKNOWN)
PAUSED = replace(READY, held_by="pause", not_before=NOW)


def _declined(reason: Reason) -> TextRecord:
    return replace(READY, state=TextState.NOT_SENT, reason=reason)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, CLAIMED, {Metric.DUE}),
        (None, ACCEPTED, {Metric.DUE, Metric.SENT}),
        (None, PAUSED, {Metric.DUE, Metric.HELD}),
        (None, _declined(SUPERSEDED), {Metric.DUE}),
        (None, _declined(DEADLINE_PASSED), {Metric.DUE, Metric.MISSED}),
        (PAUSED, _declined(MISSED), {Metric.MISSED}),
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
        (ACCEPTED, replace(ACCEPTED, delivery="delivered"), set()),
        (_declined(MISSED), replace(_declined(MISSED), claimed_by="2"), set()),
    ],
)
def test_a_change_counts_what_it_brought_and_nothing_twice(
    before: TextRecord | None, after: TextRecord, expected: set[Metric]
) -> None:
    """A new record is due once; an outcome or a new reason to wait counts when it comes."""
    assert counted(before, after, NOW) == expected
