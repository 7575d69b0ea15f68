"""The reasons for which a text is not sent, now or later: by its kind, its time, its recipient."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared_code.agenda.domain import LOOK_AGAIN
from shared_code.appointments.domain import Appointment
from shared_code.connections.domain import Connection, Environment
from shared_code.errors import Reason
from shared_code.texting.domain import plan, reasons
from shared_code.texting.domain.eligibility import why_refused_by_rules
from shared_code.texting.domain.holds import BRAKE, QUIET_HOURS
from shared_code.texting.domain.text import CANCELLATION_NOTICES, TextKind, TextState
from shared_code.texting.domain.text_snapshot import TextSnapshot

TEXTS_A_DAY = 6
"""At most, for one appointment within 24 hours."""


def why_suppressed(
    snapshot: TextSnapshot, appointment: Appointment, connection: Connection, now: datetime
) -> Reason | None:
    """
    Return the first reason that holds at `now` (UTC). A visit of a test system is none of the
    connection's any more once it no longer takes such messages.
    """
    if not connection.takes(appointment.processing_id):
        return reasons.PROCESSING_ID_NOT_ALLOWED
    return (
        _reason_of_kind(snapshot, appointment, connection)
        or _reason_of_time(snapshot, appointment, connection, now)
        or _reason_of_recipient(snapshot, appointment, connection)
    )


def _reason_of_kind(
    snapshot: TextSnapshot, appointment: Appointment, connection: Connection
) -> Reason | None:
    """
    A cancellation notice goes only to a number that was notified, and only once. Texts are filed
    by start date: after a move, the one filed under the new date goes. Texts that the brake held
    are not sent if their message arrived before an operator discarded them.
    """
    kind, start = snapshot.ref.kind, appointment.start
    is_notice = kind in CANCELLATION_NOTICES
    if appointment.texting.deceased:
        return reasons.PATIENT_DECEASED
    if is_notice != plan.is_withdrawn(appointment):
        return reasons.SUPERSEDED
    if not is_notice and appointment.texting.blocked:
        return appointment.texting.blocked
    refused = why_refused_by_rules(appointment, connection, is_notice=is_notice)
    if refused is not None:
        return refused
    if is_notice and start is not None and start.date() != snapshot.ref.day:
        return reasons.SUPERSEDED
    if is_notice and snapshot.last_kind() in (None, kind):
        return reasons.NEVER_NOTIFIED
    discarded, braked = snapshot.discarded, snapshot.before.held_by == BRAKE
    if discarded is not None and braked and appointment.last_arrival <= discarded:
        return reasons.DISCARDED
    return None


def _reason_of_time(
    snapshot: TextSnapshot, appointment: Appointment, connection: Connection, now: datetime
) -> Reason | None:
    sms, start = connection.sms, appointment.start
    if sms is not None and appointment.order.moment < sms.enabled_since:
        return reasons.BEFORE_SMS_ENABLED
    if start is None or start <= now:
        return reasons.DEADLINE_PASSED
    if snapshot.ref.kind is TextKind.REMINDER and appointment.is_held():
        return reasons.MISSED
    if sms is not None and snapshot.ref.kind is TextKind.REMINDER:
        following = max((o for o in sms.reminders if o < snapshot.ref.offset), default=None)
        if following is not None:
            department = appointment.department
            if plan.reminder_moment(start, following, connection, department) <= now:
                return reasons.MISSED
        if sms.confirmations and _precedes_confirmation(snapshot, appointment, now):
            return reasons.SUPERSEDED
    since = now - timedelta(days=1)
    recent = [record for record in snapshot.others() if record.request_time() > since]
    return reasons.TOO_MANY_TEXTS if len(recent) >= TEXTS_A_DAY else None


def _precedes_confirmation(snapshot: TextSnapshot, appointment: Appointment, now: datetime) -> bool:
    """
    Whether the version's own text, which says all that its reminder would, comes later: it is on
    its way just now, or waits for the morning.
    """
    own = (snapshot.ref.version, TextKind.CONFIRMATION)
    for record in snapshot.records:
        if (record.ref.version, record.ref.kind) == own:
            return record.state is TextState.READY and record.held_by == QUIET_HOURS
    return now - appointment.last_arrival < LOOK_AGAIN


def _reason_of_recipient(
    snapshot: TextSnapshot, appointment: Appointment, connection: Connection
) -> Reason | None:
    if appointment.texting.phone is None or connection.sms is None:
        return reasons.PHONE_MISSING
    is_test = connection.environment is Environment.TEST
    if is_test and snapshot.recipient not in connection.allow_list:
        return reasons.NOT_ON_ALLOW_LIST
    stops, sender = snapshot.stops, {connection.sms.from_number}
    if snapshot.service_stop is not None:
        stops = stops | sender if snapshot.service_stop else stops - sender
    return reasons.OPTED_OUT if stops else None
