"""
Which appointment an event is about, where several visits of a series go by one key.

The first visit that comes has the row of the key, as every appointment of a feed without series
has; each further one has a row of its own, which is enlisted before it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shared_code import wall_clock
from shared_code.appointments.domain import Appointment, AppointmentRef, to_the_minute
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import appointment_ref, occurrence_ref
from shared_code.connections.domain import Connection
from shared_code.errors import Code, Reason
from shared_code.hl7.schedule_event import BOOKS, Deleted, ScheduleEvent
from shared_code.rows import Stored
from shared_code.security.keys import Rings

OCCURRENCE_DOUBTFUL = Reason(
    Code("occurrence_doubtful"),
    "A visit of a series was changed that was not known, beside one without an occurrence.",
)
"""A problem; its subject is the row that the message made. They may be one visit."""

_FIRST = "1"


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where an appointment is or will be stored; `further`: not in the row of the key; `doubtful`:
    the visit in the row of the key may be the same one.
    """

    ref: AppointmentRef
    stored: Stored[Appointment] | None
    further: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Finds the appointments of events. Everything here may raise NotStored."""

    appointments: Appointments
    rings: Rings

    def place(self, event: ScheduleEvent, connection: Connection) -> Place | None:
        """
        The place of the event's appointment; None if several visits have its key and it does not
        say which one it means.

        An appointment that was stored without an occurrence is that of an event that says one if it
        is the first, or if nothing tells their starts apart: earlier releases did not read it, and
        some senders leave it out of a booking.
        """
        first = appointment_ref(self.rings, connection.id, event.key)
        stored = self.appointments.load(first)
        if event.occurrence is None:
            return self._unsaid(event, connection, Place(first, stored))
        known = stored.value.occurrence if stored else None
        if known == event.occurrence:
            return Place(first, stored)
        ref = occurrence_ref(self.rings, connection.id, event.key, event.occurrence)
        own = self.appointments.load(ref)
        if own is not None or known:
            return Place(ref, own, further=True)
        if stored and event.occurrence != _FIRST and _starts_apart(stored, event, connection):
            return Place(ref, None, further=True, doubtful=event.trigger not in BOOKS)
        return Place(first, stored)

    def enlist(self, place: Place, event: ScheduleEvent) -> None:
        """Call this before the appointment is written to its place."""
        if place.further and place.stored is None:
            self.appointments.enlist(place.ref, event.key)

    def _unsaid(self, event: ScheduleEvent, connection: Connection, first: Place) -> Place | None:
        """The only visit of its key, if it is the only one."""
        if first.stored is None and event.trigger in BOOKS:
            return first
        which = first.stored.value.occurrence if first.stored else None
        alone = first.stored is not None and which is None
        if alone or not connection.fields.occurrence_path():
            return first
        others = self.appointments.occurrences(connection.id, event.key)
        if not others:
            books = event.trigger in BOOKS and which != _FIRST
            apart = books and first.stored and _starts_apart(first.stored, event, connection)
            return None if apart else first
        if first.stored is None and len(others) == 1:
            return Place(others[0], self.appointments.load(others[0]), further=True)
        return None


def _starts_apart(
    stored: Stored[Appointment], event: ScheduleEvent, connection: Connection
) -> bool:
    """Whether the event says another start than the appointment has."""
    known, said = stored.value.start, event.start
    if known is None or said is None or isinstance(said, Deleted):
        return False
    zone = connection.start_zone(event.department or stored.value.department)
    instant = wall_clock.resolve(said, ZoneInfo(zone))
    return to_the_minute(instant.utc) != to_the_minute(known)
