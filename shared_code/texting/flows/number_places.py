"""
Count the texts of each number and day before they are claimed, and give first confirmations their
places in the order in which their bookings arrived.

What is guaranteed: at most `first_texts_a_day` texts have a place when a first confirmation takes
one, however many workers, repeated hints and crashes there are, because a day is changed only under
its ETag. Bookings are noted here when they are applied, half a minute before their texts go (the
delay for corrections), so the places are theirs in the order of arrival even if the hints come in
another one; a booking that is cancelled or moved before its text goes takes none. What is not in
order: a message that is applied after the texts of later ones went, and what a pause, the brake or
an outage has held for more than a minute beyond its time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from shared_code import logs
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import Appointment
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Conflict, NotStored
from shared_code.security.keys import Rings
from shared_code.texting.domain import plan
from shared_code.texting.domain.next_step import Sendable
from shared_code.texting.domain.number_day import (
    RETIRE_NUMBERS,
    Expected,
    NumberDay,
    NumberKey,
    Place,
    day_of,
    erased_at,
    mark_of,
)
from shared_code.texting.domain.text import URGENT_BEFORE_START, TextKind, TextRef
from shared_code.texting.ports import NumberDays

_TRIES = 40
_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class NumberPlaces:
    """Counts texts by number and day. `confirmation_delay`: as in SubmitText."""

    days: NumberDays
    agenda: Agenda
    rings: Rings
    confirmation_delay: timedelta
    clock: Clock
    _planned: set[str] = field(default_factory=set)
    """Days whose erasing this worker has put on the agenda: one row does it for all numbers."""

    def expect(self, ref: TextRef, appointment: Appointment, connection: Connection) -> None:
        """
        Note the confirmation of a new booking. It only keeps the order: what could not be noted is
        one line in the log, and the text goes all the same.
        """
        start, phone = appointment.start, appointment.texting.phone
        if ref.kind is not TextKind.CONFIRMATION or ref.version.counter > 1:
            return
        if start is None or phone is None:
            return
        could_go = plan.could_go_at(ref, appointment, connection, self.confirmation_delay)
        if start - could_go <= URGENT_BEFORE_START:
            return
        try:
            recipient = recipient_hash(self.rings, connection.tenant, phone)
            key = NumberKey(connection.id, day_of(could_go, connection), recipient)
            self._note(key, Expected(mark_of(ref), appointment.order.arrival, could_go))
        except (NotStored, Conflict) as error:
            logs.warn("text.order_not_kept", code=error.code, row=ref.subject.row)

    def take(self, text: Sendable) -> Place:
        """
        Count the text, unless it is one that has no place or none yet. To be called before each
        new claim. Raises Conflict and NotStored: then nothing may be claimed.
        """
        now, snapshot, connection = self.clock(), text.snapshot, text.connection
        key = NumberKey(connection.id, day_of(now, connection), snapshot.recipient)
        mark = mark_of(snapshot.ref, again=snapshot.before.in_doubt)
        wanted = Expected(mark, text.appointment.order.arrival, now)
        for _ in range(_TRIES):
            stored = self.days.load(key)
            before = stored.value if stored else NumberDay()
            limit, place = connection.first_texts_a_day, Place.TAKEN
            if text.limited:
                place = before.place_of(wanted, limit, now)
            after = before.counting(mark) if place is Place.TAKEN else before
            try:
                self._write(key, before, after, stored.etag if stored else "")
            except Conflict:
                continue
            return place
        raise Conflict

    def _note(self, key: NumberKey, text: Expected) -> None:
        """Most numbers get one text a day: for them nothing is read here."""
        try:
            self._insert(key, NumberDay(expected=(text,)))
        except Conflict:
            pass
        else:
            return
        for _ in range(_TRIES):
            stored = self.days.load(key)
            before = stored.value if stored else NumberDay()
            try:
                self._write(key, before, before.expecting(text), stored.etag if stored else "")
            except Conflict:
                continue
            return
        raise Conflict

    def _write(self, key: NumberKey, before: NumberDay, after: NumberDay, etag: str) -> None:
        if after == before:
            return
        if etag:
            self.days.replace(key, after, etag)
        else:
            self._insert(key, after)

    def _insert(self, key: NumberKey, day: NumberDay) -> None:
        subject = f"{key.connection}~{key.day:%Y%m%d}"
        if subject not in self._planned:
            self.agenda.add([AgendaRow(erased_at(key.day), RETIRE_NUMBERS, subject)])
            if len(self._planned) >= _REMEMBERED:
                self._planned.clear()
            self._planned.add(subject)
        self.days.insert(key, day)


def retire(subject: str, days: NumberDays) -> None:
    """Erases a day's numbers; `subject` is that of the agenda's row. Raises ValueError."""
    connection, _, day = subject.rpartition("~")
    days.remove(connection, date.fromisoformat(day))
