"""
Whether an appointment's patient may be texted, and what should be reported to a person.
"""

from __future__ import annotations

from datetime import datetime

from shared_code.appointments.domain import START_MISSING, Appointment
from shared_code.connections.domain import Connection, MinorsRule
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    PHONE_UNUSABLE,
    START_UNREADABLE,
    ScheduleEvent,
)
from shared_code.texting.domain import attention
from shared_code.texting.domain.attention import Learns
from shared_code.texting.domain.reasons import (
    BEFORE_SMS_ENABLED,
    CONSENT_MISSING,
    MINOR_NOT_TEXTED,
    NOT_VIRTUAL,
    PATIENT_CHANGED,
    PHONE_MISSING,
    PROCESSING_ID_NOT_ALLOWED,
    SMS_NOT_ENABLED,
    VIRTUAL_RULE_MISSING,
    VISIT_IN_PAST,
)


def why_not_texted(
    after: Appointment, event: ScheduleEvent, connection: Connection, now: datetime
) -> Reason | None:
    """The first reason that holds. `after` is the row as the event leaves it."""
    unusable = PHONE_UNUSABLE in event.remarks
    unreadable = START_UNREADABLE in event.remarks
    reasons = (
        *_reasons_of_connection(after, event, connection),
        (after.patient_conflict, PATIENT_CHANGED),
        (after.start is None, START_UNREADABLE if unreadable else START_MISSING),
        (after.start is not None and after.start <= now, VISIT_IN_PAST),
        (after.texting.phone is None, PHONE_UNUSABLE if unusable else PHONE_MISSING),
    )
    return next((reason for holds, reason in reasons if holds), None)


def problems_of(
    remarks: tuple[Reason, ...], after: Appointment, *, over: bool
) -> tuple[Reason, ...]:
    """What a person should look at; nothing about visits that are over or in person."""
    if after.virtual is False or over:
        return ()
    blocked = after.texting.blocked
    if blocked is not None and attention.of(blocked.code).learns is Learns.PROBLEM:
        remarks = (*remarks, blocked)
    return tuple(dict.fromkeys(remarks))


def _reasons_of_connection(
    after: Appointment, event: ScheduleEvent, connection: Connection
) -> tuple[tuple[bool, Reason], ...]:
    sms, consent = connection.sms, connection.consent
    nobody = connection.minors is MinorsRule.NOBODY
    ages_matter = connection.minors is not MinorsRule.PATIENT
    return (
        (sms is None, SMS_NOT_ENABLED),
        (sms is not None and after.order.moment < sms.enabled_since, BEFORE_SMS_ENABLED),
        (after.virtual is None and connection.virtual_visits is None, VIRTUAL_RULE_MISSING),
        (not after.virtual, NOT_VIRTUAL),
        (not connection.takes(event.processing_id), PROCESSING_ID_NOT_ALLOWED),
        (consent is not None and event.consent not in consent.allowed, CONSENT_MISSING),
        (bool(after.texting.minor) and nobody, MINOR_NOT_TEXTED),
        (after.texting.minor is None and ages_matter, BIRTH_DATE_UNREADABLE),
    )
