"""
When a text could go, as if nobody and nothing had held it; whether it went late; and whether its
hint was lost. Log events say so (`text.late`, `text.orphan`); nothing of it is counted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code.agenda.domain import Duty
from shared_code.appointments.domain import Appointment
from shared_code.connections.domain import Connection
from shared_code.texting.domain import plan, quiet_hours
from shared_code.texting.domain.text import TextKind, TextRecord, TextRef, TextState

PUNCTUAL = timedelta(seconds=60)
"""What is accepted within it is not late."""
OVERDUE = timedelta(seconds=45)
"""
A hint comes back 30 seconds after a claim of another worker and is posted within eight; a text
that nobody has touched for longer has lost its hint.
"""
_AGENDA = timedelta(minutes=1)
"""A reminder whose moment had passed when its visit was booked waits for the agenda's next run."""


def could_go_at(
    ref: TextRef, appointment: Appointment, connection: Connection, delay: timedelta
) -> datetime:
    """
    In UTC: a reminder at its moment, a cancellation notice when the newest event has arrived, a
    confirmation when the `delay` for corrections is over as well; none at night. Pauses, the
    brake, an outage and the number's rate are not taken off: whoever holds texts makes them late.
    """
    start, arrived = appointment.start, _arrived(appointment)
    moment = arrived + delay if ref.kind is TextKind.CONFIRMATION else arrived
    if start is None:
        return moment
    if ref.kind is TextKind.REMINDER:
        due = plan.reminder_moment(start, ref.offset, connection, appointment.department)
        moment = max(due, arrived + _AGENDA)
    where = ZoneInfo(connection.display_zone(appointment.department))
    return quiet_hours.may_go_at(moment, start, where)


def seconds_late(could_go: datetime, accepted: datetime) -> int:
    """Whole seconds beyond the time it could go; 0 for what was punctual."""
    late = accepted - could_go
    return round(late.total_seconds()) if late > PUNCTUAL else 0


def is_orphan(record: TextRecord | None, duty: Duty, now: datetime) -> bool:
    """
    Whether a text that the agenda is about to hint at has lost its own hint. `settle` answers for
    texts that are not claimed, `claim_check` for claims, so that none is found twice at once. A
    `send` or a reminder is the first hint itself.
    """
    claimed = record is not None and record.state is TextState.CLAIMED
    if duty != (plan.CLAIM_CHECK if claimed else plan.SETTLE):
        return False
    if record is None:
        return True
    touched = record.claimed_at if claimed else record.not_before
    return touched is None or now - touched >= OVERDUE


def _arrived(appointment: Appointment) -> datetime:
    """An older event that came last may have ended the visit, or booked it again."""
    orders = (appointment.order, appointment.booked, appointment.ended)
    return max(order.arrival for order in orders if order is not None)
