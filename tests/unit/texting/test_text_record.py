"""The life of a text's record: claims, resets, holds and outcomes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared_code.appointments.domain import Version
from shared_code.language.template_names import TemplateName
from shared_code.texting.domain import reasons
from shared_code.texting.domain.text import (
    SLOT,
    Composed,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
)
from tests.world.clock import NOW
from tests.world.visit import REF, START

SECOND = timedelta(seconds=1)
TEXT = TextRef(REF, Version(1, "3fa9c1d2"), TextKind.CONFIRMATION, 0, START.date())
WORDS = Composed(TemplateName.SCHEDULED, True, "1-recipient", "hash", 2)
FRESH = TextRecord(TEXT, TextState.READY)
CLAIMED = FRESH.claimed("worker-1", NOW, WORDS)
READY = CLAIMED.reset(NOW + 60 * SECOND)
TAKEN = CLAIMED.taken_over("worker-2", NOW + 31 * SECOND)


def test_only_a_slot_is_remembered_and_only_while_it_lasts() -> None:
    """Another hold keeps it; the claim uses it up."""
    begins = NOW + 10 * SECOND
    reserved = FRESH.held(begins, SLOT)
    paused = reserved.held(NOW + 90 * SECOND, "pause")
    claimed = reserved.claimed("worker-1", begins, WORDS)

    assert [reserved.has_slot(NOW + n * SECOND) for n in (9, 10, 15, 16)] == [
        False,
        True,
        True,
        False,
    ]
    assert (paused.slot, paused.not_before) == (begins, NOW + 90 * SECOND)
    assert (claimed.slot, claimed.not_before, claimed.held_by) == (None, None, "")


def test_a_claim_is_a_request_to_the_second() -> None:
    """That is all an HTTP date can say; the time of the claim is kept exactly."""
    now = NOW.replace(microsecond=987_654)
    made = FRESH.claimed("worker-1", now, WORDS)

    assert (NOW, now, "worker-1", WORDS) == (
        made.request_time(),
        made.claimed_at,
        made.claimed_by,
        made.composed,
    )


def test_a_text_that_was_never_claimed_has_no_request() -> None:
    """Asking for its time is a mistake of the code."""
    with pytest.raises(ValueError, match="ready"):
        FRESH.request_time()


def test_taking_over_repeats_the_same_request() -> None:
    """Only the worker and the count differ."""
    assert (CLAIMED.first_sent, CLAIMED.resets, CLAIMED.composed) == (
        TAKEN.first_sent,
        TAKEN.resets,
        TAKEN.composed,
    )
    assert (TAKEN.claimed_by, TAKEN.repeats) == ("worker-2", 1)


def test_a_reset_text_becomes_a_new_request() -> None:
    """Another count and another first_sent, so that the service sees something new."""
    again = READY.claimed("worker-2", NOW + 60 * SECOND, WORDS)

    assert (READY.state, again.state) == (TextState.READY, TextState.CLAIMED)
    assert (again.resets, again.first_sent) == (1, NOW + 60 * SECOND)


def test_what_was_unknown_once_is_never_said_to_be_unsent() -> None:
    """A person may let it be sent again; a no to that request proves nothing of the first."""
    again = CLAIMED.finished(TextState.UNKNOWN, NOW, reasons.OUTCOME_UNKNOWN).sent_again()
    refused = again.finished(TextState.NOT_SENT, NOW, reasons.OPTED_OUT)

    assert (again.state, again.in_doubt, again.resets) == (TextState.READY, True, 1)
    assert (refused.state, refused.reason) == (TextState.UNKNOWN, reasons.OPTED_OUT)
