"""The rules of a connection that were changed after an appointment was stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared_code.appointments.domain import Status, Texting
from shared_code.connections.domain import ConsentRule, MinorsRule
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import BIRTH_DATE_UNREADABLE
from shared_code.texting.domain import reasons
from shared_code.texting.domain.next_step import Claim, Decline, next_step
from shared_code.texting.domain.text import TextRecord
from tests.unit.texting.test_next_step import BOOKED, NOTICE, REMINDER, earlier, sent, snapshot
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.visit import PHONE

CONSENT = {"consent": ConsentRule("ZCO-1", frozenset({"Y"}))}
SMS = replace(ENABLED, reminders=(60, 15))
GUARDIAN, NOBODY = {"minors": MinorsRule.GUARDIAN}, {"minors": MinorsRule.NOBODY}


@pytest.mark.parametrize(
    ("rules", "kept", "reason", "notice"),
    [
        (CONSENT, {"consent": False}, reasons.CONSENT_MISSING, False),
        (CONSENT, {"consent": True}, None, True),
        (CONSENT, {}, None, True),
        ({}, {"consent": False}, None, True),
        (NOBODY, {"minor": True}, reasons.MINOR_NOT_TEXTED, False),
        (NOBODY, {"minor": False}, None, True),
        (NOBODY, {}, BIRTH_DATE_UNREADABLE, True),
        (GUARDIAN, {}, BIRTH_DATE_UNREADABLE, True),
        (GUARDIAN, {"minor": False, "guardians_phone": False}, None, True),
        (GUARDIAN, {"minor": True, "guardians_phone": False}, reasons.PHONE_MISSING, False),
        (GUARDIAN, {"minor": True, "guardians_phone": True}, None, True),
        (GUARDIAN, {"minor": True}, None, True),
        ({}, {"minor": True, "guardians_phone": False}, None, True),
    ],
)
def test_the_rules_are_asked_again_at_sending(
    rules: dict[str, Any], kept: dict[str, Any], reason: Reason | None, *, notice: bool
) -> None:
    """What the row knows of consent and age is judged by the connection as it is now."""
    known, changed = replace(BOOKED, texting=Texting(PHONE, **kept)), connection(sms=SMS, **rules)
    cancelled = replace(known, status=Status.CANCELLED)
    steps = [
        next_step(snapshot(appointment=known, connection=changed), NOW),
        next_step(snapshot(TextRecord(REMINDER), appointment=known, connection=changed), NOW),
    ]
    told = sent(earlier())
    end = next_step(
        snapshot(TextRecord(NOTICE), records=[told], appointment=cancelled, connection=changed), NOW
    )

    assert [step.reason if isinstance(step, Decline) else None for step in steps] == [reason] * 2
    assert isinstance(end, Claim) is notice
