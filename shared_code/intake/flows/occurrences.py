"""
Which appointment an event is about, where several visits of a series go by one key.

The first visit that comes has the row of the key, as every appointment of a feed without series
has; each further one has a row of its own, which is enlisted before it is written.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import appointment_ref, occurrence_ref
from shared_code.connections.domain import Connection
from shared_code.errors import Code, Reason
from shared_code.hl7.schedule_event import BOOKS, ScheduleEvent
from shared_code.rows import Stored
from shared_code.security.keys import Rings

OCCURRENCE_UNSAID = Reason(
    Code("occurrence_unsaid"),
    "The message does not say which visit of a series it is about, so none was changed.",
)
"""A problem; its subject is the row of the key."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an appointment is or will be stored; `further`: not in the row of the key."""

    ref: AppointmentRef
    stored: Stored[Appointment] | None
    further: bool = False


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Finds the appointments of events. Everything here may raise NotStored."""

    appointments: Appointments
    rings: Rings

    def place(self, event: ScheduleEvent, connection: Connection) -> Place | None:
        """
        The place of the event's appointment; None if several visits have its key and it does not
        say which one it means.

        An appointment that was stored without an occurrence is that of the first event that says
        one: earlier releases did not read it, and some senders leave it out of a booking.
        """
        first = appointment_ref(self.rings, connection.id, event.key)
        stored = self.appointments.load(first)
        if event.occurrence is None:
            return self._unsaid(event, connection, Place(first, stored))
        known = stored.value.occurrence if stored else None
        if known == event.occurrence:
            return Place(first, stored)
        own = occurrence_ref(self.rings, connection.id, event.key, event.occurrence)
        further = Place(own, self.appointments.load(own), further=True)
        return further if further.stored or known else Place(first, stored)

    def enlist(self, place: Place, event: ScheduleEvent) -> None:
        """Call this before the appointment is written to its place."""
        if place.further and place.stored is None:
            self.appointments.enlist(place.ref, event.key)

    def _unsaid(self, event: ScheduleEvent, connection: Connection, first: Place) -> Place | None:
        """The only visit of its key, if it is the only one."""
        if first.stored is None and event.trigger in BOOKS:
            return first
        alone = first.stored is not None and first.stored.value.occurrence is None
        if alone or not connection.fields.occurrence_path():
            return first
        others = self.appointments.occurrences(connection.id, event.key)
        if not others:
            return first
        if first.stored is None and len(others) == 1:
            return Place(others[0], self.appointments.load(others[0]), further=True)
        return None
