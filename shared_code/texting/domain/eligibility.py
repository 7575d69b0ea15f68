"""
Whether an appointment's patient may be texted, and what a person should be told of it.
"""

from __future__ import annotations

from datetime import datetime

from shared_code.appointments.domain import Appointment
from shared_code.connections.domain import Connection, MinorsRule
from shared_code.errors import ErrorCode
from shared_code.hl7.schedule_event import ScheduleEvent

PHONE_IS_NOT_KEPT = frozenset(
    {
        ErrorCode.SMS_NOT_ENABLED,
        ErrorCode.BEFORE_SMS_ENABLED,
        ErrorCode.VIRTUAL_RULE_MISSING,
        ErrorCode.NOT_VIRTUAL,
        ErrorCode.PROCESSING_ID_NOT_ALLOWED,
        ErrorCode.CONSENT_MISSING,
        ErrorCode.MINOR_NOT_TEXTED,
        ErrorCode.PATIENT_CHANGED,
    }
)
"""Reasons that a later message about the same visit does not usually lift."""

_SOMEBODY_SHOULD_LOOK = frozenset(
    {
        ErrorCode.START_MISSING,
        ErrorCode.START_UNREADABLE,
        ErrorCode.PHONE_MISSING,
        ErrorCode.PHONE_UNUSABLE,
        ErrorCode.PATIENT_CHANGED,
        ErrorCode.VIRTUAL_RULE_MISSING,
    }
)


def why_not_texted(
    after: Appointment, event: ScheduleEvent, connection: Connection, now: datetime
) -> ErrorCode | None:
    """The first reason that holds. `after` is the row as the event leaves it."""
    code = ErrorCode
    unusable = code.PHONE_UNUSABLE in event.remarks
    unreadable = code.START_UNREADABLE in event.remarks
    reasons = (
        *_reasons_of_connection(after, event, connection),
        (after.patient_conflict, code.PATIENT_CHANGED),
        (after.start is None, code.START_UNREADABLE if unreadable else code.START_MISSING),
        (after.start is not None and after.start <= now, code.VISIT_IN_PAST),
        (after.phone is None, code.PHONE_UNUSABLE if unusable else code.PHONE_MISSING),
    )
    return next((reason for holds, reason in reasons if holds), None)


def problems_of(
    remarks: tuple[ErrorCode, ...], after: Appointment, *, over: bool
) -> tuple[ErrorCode, ...]:
    """What a person should look at; nothing about visits that are over or in person."""
    if after.virtual is False or over:
        return ()
    blocked = (after.blocked,) if after.blocked in _SOMEBODY_SHOULD_LOOK and after.blocked else ()
    return tuple(dict.fromkeys((*remarks, *blocked)))


def _reasons_of_connection(
    after: Appointment, event: ScheduleEvent, connection: Connection
) -> tuple[tuple[bool, ErrorCode], ...]:
    code, sms, consent = ErrorCode, connection.sms, connection.consent
    nobody = connection.minors is MinorsRule.NOBODY
    return (
        (sms is None, code.SMS_NOT_ENABLED),
        (sms is not None and after.order.moment < sms.enabled_since, code.BEFORE_SMS_ENABLED),
        (after.virtual is None and connection.virtual_visits is None, code.VIRTUAL_RULE_MISSING),
        (not after.virtual, code.NOT_VIRTUAL),
        (event.processing_id not in connection.processing_ids, code.PROCESSING_ID_NOT_ALLOWED),
        (consent is not None and event.consent not in consent.allowed, code.CONSENT_MISSING),
        (bool(after.minor) and nobody, code.MINOR_NOT_TEXTED),
    )
