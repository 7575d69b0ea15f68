"""
What a version of an appointment asks for: its texts, its reminders, and what is to be erased when.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code.agenda.domain import LOOK_AGAIN, AgendaRow, Duty
from shared_code.appointments.domain import RETIRE_PHONE, Appointment, Status
from shared_code.connections.domain import Connection
from shared_code.texting.domain import quiet_hours
from shared_code.texting.domain.text import CANCELLATION_NOTICES, TextKind, TextRef

SEND, REMINDER = Duty("send"), Duty("reminder")
SETTLE, CLAIM_CHECK = Duty("settle"), Duty("claim_check")
RETIRE_TEXT = Duty("retire_text")
"""Duties of the agenda: `settle` names an appointment, the others a text."""

WITHOUT_START = timedelta(hours=24)
"""How long a phone is kept when no start time is known."""
_NEXT_RUN = timedelta(minutes=1)
"""A reminder whose moment had passed when its visit was booked waits for the agenda's next run."""
TO_SEND_NOTICE = timedelta(hours=24)
"""The longest that a phone is kept for a cancellation notice."""


def wanted_texts(appointment: Appointment, connection: Connection) -> tuple[TextRef, ...]:
    """The texts that the version asks for at once, whether or not they were sent already."""
    kind, sms = _kind(appointment), connection.sms
    if kind is None or appointment.start is None or appointment.texting.phone is None:
        return ()
    if sms is None or not (sms.confirmations or (kind in CANCELLATION_NOTICES and sms.reminders)):
        return ()  # patients notified by a reminder alone get the notice too
    return (_ref(appointment, kind, 0, appointment.start),)


def is_withdrawn(appointment: Appointment) -> bool:
    """Whether the phone is kept only to tell that there is no video visit any more."""
    return _kind(appointment) in CANCELLATION_NOTICES


def agenda_of(
    appointment: Appointment, connection: Connection, now: datetime, grace: timedelta
) -> tuple[AgendaRow, ...]:
    """The rows to write before the version is committed."""
    subject, version = str(appointment.ref), str(appointment.version)
    rows = [AgendaRow(_erased_at(appointment, now, grace), RETIRE_PHONE, subject, version)]
    if wanted_texts(appointment, connection):
        rows.append(AgendaRow(now + LOOK_AGAIN, SETTLE, subject, version))
    rows += [
        AgendaRow(due, REMINDER, str(ref), version)
        for ref, due in reminders_of(appointment, connection, now)
    ]
    return tuple(rows)


def reminders_of(
    appointment: Appointment, connection: Connection, now: datetime
) -> tuple[tuple[TextRef, datetime], ...]:
    """
    The reminders still ahead, with their moments. Where no confirmation is sent, the nearest one
    that is already past is due at once.
    """
    sms, start = connection.sms, appointment.start
    if sms is None or start is None or _kind(appointment) is not TextKind.CONFIRMATION:
        return ()
    moments = [
        (offset, reminder_moment(start, offset, connection, appointment.department))
        for offset in sorted(set(sms.reminders), reverse=True)
    ]
    ahead = [(offset, moment) for offset, moment in moments if moment > now]
    past = [offset for offset, moment in moments if moment <= now]
    if past and not sms.confirmations and start > now:
        ahead.insert(0, (past[-1], now))
    return tuple(
        (_ref(appointment, TextKind.REMINDER, offset, start), moment) for offset, moment in ahead
    )


def reminder_moment(
    start: datetime, minutes: int, connection: Connection, department: str | None
) -> datetime:
    """When a reminder is due (UTC), on the wall clock of the patient's display zone."""
    where = ZoneInfo(connection.display_zone(department))
    return quiet_hours.reminder_at(start, minutes, where)


def could_go_at(
    ref: TextRef, appointment: Appointment, connection: Connection, delay: timedelta
) -> datetime:
    """
    When a text could go (UTC), as if nothing had held it: a reminder at its moment, a cancellation
    notice when the newest event has arrived, a confirmation when the `delay` for corrections is
    over as well; none at night. Pauses, the brake, an outage and the number's rate are not taken
    off: what holds texts makes them late.
    """
    moment, start = appointment.last_arrival, appointment.start
    if ref.kind is TextKind.CONFIRMATION:
        moment += delay
    if start is None:
        return moment
    if ref.kind is TextKind.REMINDER:
        due = reminder_moment(start, ref.offset, connection, appointment.department)
        moment = max(due, moment + _NEXT_RUN)
    where = ZoneInfo(connection.display_zone(appointment.department))
    return quiet_hours.may_go_at(moment, start, where)


def _kind(appointment: Appointment) -> TextKind | None:
    if appointment.status is Status.CANCELLED:
        return TextKind.CANCELLATION if appointment.texting.phone else None
    if appointment.status is Status.CLOSED:
        return None
    if appointment.virtual is False:
        return TextKind.NO_LONGER_VIRTUAL if appointment.texting.phone else None
    return None if appointment.texting.blocked else TextKind.CONFIRMATION


def _ref(appointment: Appointment, kind: TextKind, offset: int, start: datetime) -> TextRef:
    return TextRef(appointment.ref, appointment.version, kind, offset, start.date())


def _erased_at(appointment: Appointment, now: datetime, grace: timedelta) -> datetime:
    end = appointment.start + grace if appointment.start else now + WITHOUT_START
    if is_withdrawn(appointment):
        return max(min(end, now + TO_SEND_NOTICE), now + LOOK_AGAIN)  # it may start in the past
    return now + LOOK_AGAIN if appointment.is_over(now, grace) else end
