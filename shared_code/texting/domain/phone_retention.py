"""
Which phone number an appointment has after an event: the one it had, the one the event names, none.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared_code.appointments.domain import Appointment, Status
from shared_code.connections.domain import Connection, MinorsRule
from shared_code.hl7.schedule_event import DELETED, PHONE_UNUSABLE, Deleted, ScheduleEvent


def phone_after(
    state: Appointment | None,
    merged: Appointment,
    event: ScheduleEvent,
    connection: Connection,
    now: datetime,
    grace: timedelta,
) -> str | None:
    """
    The phone (E.164) after the event; `merged` is the row as the event leaves it otherwise.
    PID-13 is not read for a visit that is over or not virtual; a phone that could be texted until
    now is kept for the cancellation notice.
    """
    known = state.texting.phone if state else None
    if merged.status is Status.CANCELLED or (
        merged.status is Status.ACTIVE and merged.virtual is False
    ):
        return known if state and _may_send_notice(state, merged, now) else None
    if merged.is_over(now, grace):
        return None
    said = _said(state, merged, event, connection)
    if said is DELETED or PHONE_UNUSABLE in event.remarks:
        return None
    return known if said is None else said


def _said(
    state: Appointment | None, merged: Appointment, event: ScheduleEvent, connection: Connection
) -> str | Deleted | None:
    """
    What the event says of the number that may be texted. Where that is a guardian's, a minor's own
    is not: neither one that came in a message without a birth date, nor the one on a row that was
    not known to be a minor's.
    """
    if not merged.texting.minor or connection.minors is not MinorsRule.GUARDIAN:
        return event.phone
    if event.minor is None:
        return None
    known_minor = state is not None and state.texting.minor
    return DELETED if event.phone is None and not known_minor else event.phone


def _may_send_notice(state: Appointment, merged: Appointment, now: datetime) -> bool:
    """Whether the visit is ahead and a notice may be due, or one is under way already."""
    if merged.patient_conflict or state.start is None or state.start <= now:
        return False
    under_way = state.status is Status.CANCELLED or state.virtual is False
    return under_way or (state.status is Status.ACTIVE and state.texting.blocked is None)
