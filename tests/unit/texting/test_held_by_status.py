"""What becomes of a text while its appointment's status disagrees, or when its patient is dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.appointments.domain import Appointment, EventOrder, Texting
from shared_code.language.template_names import TemplateName
from shared_code.texting.domain import reasons
from shared_code.texting.domain.next_step import Claim, Decline, GiveUp, Wait, next_step
from shared_code.texting.domain.text import Composed, TextKind, TextRecord, TextRef
from shared_code.texting.domain.text_snapshot import TextSnapshot
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.visit import PHONE, START, appointment

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BOOKED = appointment(order=EventOrder(NOW - 10 * MINUTE, None, NOW - 10 * MINUTE))
TEXT = TextRef(BOOKED.ref, BOOKED.version, TextKind.CONFIRMATION, 0, START.date())
REMINDER = replace(TEXT, kind=TextKind.REMINDER, offset=60)
FRESH = TextRecord(TEXT)
CLAIM = FRESH.claimed("worker-1", NOW, Composed(TemplateName.SCHEDULED, True, "1-r", "hash", 2))
HELD = replace(BOOKED, texting=Texting(PHONE, status_disagrees=True))
DISAGREES = reasons.STATUS_DISAGREES.code


def snapshot(record: TextRecord = FRESH, held: Appointment = HELD) -> TextSnapshot:
    """A text of an approved connection that nothing else stands in the way of."""
    agreed = connection(sms=replace(ENABLED, reminders=(60, 15)))
    return TextSnapshot(record, "etag", held, agreed, recipient="1-r")


def test_what_a_status_calls_off_waits() -> None:
    """It is looked at every ten minutes; a hint in between does not make that later."""
    waiting = FRESH.held(NOW + 10 * MINUTE, DISAGREES)

    assert Wait(NOW + 10 * MINUTE, DISAGREES) == next_step(snapshot(), NOW)
    assert Wait(NOW + 10 * MINUTE, DISAGREES) == next_step(snapshot(waiting), NOW + MINUTE)


def test_what_waited_for_that_goes_at_the_first_hint_after_it() -> None:
    """And not only when it would have been looked at again."""
    waiting = FRESH.held(NOW + 10 * MINUTE, DISAGREES)

    assert isinstance(next_step(snapshot(waiting, BOOKED), NOW + MINUTE), Claim)


def test_a_reminder_is_missed_meanwhile() -> None:
    """Nobody knows whether there is anything to be reminded of."""
    assert Decline(reasons.MISSED) == next_step(snapshot(TextRecord(REMINDER)), NOW)


def test_a_claim_is_not_repeated_meanwhile() -> None:
    """It may have been sent; a person looks it up."""
    assert GiveUp() == next_step(snapshot(CLAIM), NOW + 30 * SECOND)


@pytest.mark.parametrize("kind", list(TextKind))
def test_nothing_is_sent_to_the_dead(kind: TextKind) -> None:
    """Whatever the number on the row is."""
    dead = replace(BOOKED, texting=Texting(PHONE, deceased=True))
    text = TextRecord(replace(TEXT, kind=kind))

    assert Decline(reasons.PATIENT_DECEASED) == next_step(snapshot(text, dead), NOW)
