"""
Whether an event ends a visit of which the patient may have been told: one who is not told of the
end would wait for the visit, so somebody has to call.
"""

from __future__ import annotations

from datetime import datetime

from shared_code.appointments.domain import Appointment, Status
from shared_code.connections.domain import Connection
from shared_code.texting.domain import attention
from shared_code.texting.domain.plan import reminder_moment


def ends_told_visit(
    before: Appointment, after: Appointment, connection: Connection, now: datetime
) -> bool:
    """
    Whether the visit is ahead and takes place no more, or not as a video visit, while the patient
    may know it otherwise. A visit is ended once, and not where somebody was to call for this very
    appointment already.
    """
    passed = after.status is Status.CLOSED and after.start is not None and after.start <= now
    ahead = before.start is None or before.start > now
    ended = is_video_visit(before) and not is_video_visit(after)
    return ended and ahead and not passed and _may_know(before, connection, now)


def is_video_visit(appointment: Appointment) -> bool:
    """Whether it takes place, as far as is known as a video visit."""
    return appointment.status is Status.ACTIVE and appointment.virtual is not False


def _may_know(before: Appointment, connection: Connection, now: datetime) -> bool:
    """
    Whether texts may have gone: nobody was blocked, or not before texts of some version were
    settled. Where no confirmations are sent, the moment of a reminder must have come.
    """
    texting, sms = before.texting, connection.sms
    if before.version.counter == 0:
        return False
    if texting.blocked is not None:
        called = attention.of(texting.blocked.code).each
        return texting.settled is not None and not called
    if sms is None or sms.confirmations or before.start is None:
        return True
    moments = (
        reminder_moment(before.start, offset, connection, before.department)
        for offset in sms.reminders
    )
    return any(moment <= now for moment in moments)
