"""When a text could go, as if nobody and nothing had held it; and whether it went late."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code.appointments.domain import Appointment
from shared_code.connections.domain import Connection
from shared_code.texting.domain import plan, quiet_hours
from shared_code.texting.domain.text import TextKind, TextRef

PUNCTUAL = timedelta(seconds=60)
"""What is accepted within it is not late."""
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


def _arrived(appointment: Appointment) -> datetime:
    """An older event that came last may have ended the visit, or booked it again."""
    orders = (appointment.order, appointment.booked, appointment.ended)
    return max(order.arrival for order in orders if order is not None)
