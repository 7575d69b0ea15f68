"""When the agenda has a visit prepared, and what it erases."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.appointments.domain import Appointment, Status, csn_of
from shared_code.connections.domain import Connection

PREPARE_VISIT, RETIRE_VISIT = Duty("prepare_visit"), Duty("retire_visit")
RETIRE_ORGANIZER_DAY = Duty("retire_organizer_day")
"""Duties of the agenda: the first names an appointment, the others a visit and a day."""

_FIRST, _LAST = timedelta(minutes=45), timedelta(minutes=30)
"""Before the start. In between, visits of one minute are spread by their keys."""


def has_visit(appointment: Appointment, connection: Connection) -> bool:
    """Whether the appointment is one that people join here."""
    wanted = appointment.status is Status.ACTIVE and appointment.virtual is True
    named = csn_of(appointment, connection.fields) is not None
    return wanted and named and connection.visits is not None


def plan_preparation(
    appointment: Appointment, connection: Connection, now: datetime
) -> tuple[AgendaRow, ...]:
    """The row to write before the version is committed; what is booked late is due at once."""
    start, end = appointment.start, appointment.end
    if start is None or end is None or end <= now or not has_visit(appointment, connection):
        return ()
    subject, version = str(appointment.ref), str(appointment.version)
    due = max(start - _FIRST + _spread(appointment.ref.row), now)
    return (AgendaRow(due, PREPARE_VISIT, subject, version),)


def _spread(row: str) -> timedelta:
    """A part of the time there is, by the last digits of a keyed hash."""
    return (_FIRST - _LAST) * (int(row[-4:], 16) / 0x10000)
