"""
The visits that a launch can open: those booked at the desk, and any other CSN that a test names.

FHIR and the context of a launch are made from here.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from local.simulators.epic.bookings import Appointment, Bookings
from local.simulators.epic.people import Person, patient_of

_LENGTH = timedelta(minutes=30)
_NO_PHONE = ""


@dataclass(frozen=True)
class Visit:
    """One visit; `start` is in UTC, or None if nobody booked it at the desk."""

    csn: str
    patient: Person
    start: datetime | None
    status: str = "booked"

    @property
    def appointment_id(self) -> str:
        return f"eAppt{self.csn}"

    @property
    def encounter_id(self) -> str:
        return f"eEnc{self.csn}"

    @property
    def end(self) -> datetime | None:
        return None if self.start is None else self.start + _LENGTH


class Chart:
    """Visits by CSN."""

    def __init__(self, bookings: Bookings, zone: ZoneInfo) -> None:
        self._bookings = bookings
        self._zone = zone
        self._lock = threading.Lock()
        self._others: dict[str, Visit] = {}

    def open(self, csn: str) -> Visit:
        """Return the visit with that CSN; it is added if nobody booked it."""
        found = self.find(csn)
        if found is not None:
            return found
        with self._lock:
            return self._others.setdefault(csn, Visit(csn, patient_of(_NO_PHONE), None))

    def find(self, csn: str) -> Visit | None:
        for appointment in self._bookings.appointments():
            if appointment.key == csn:
                return self._booked(appointment)
        with self._lock:
            return self._others.get(csn)

    def clear(self) -> None:
        with self._lock:
            self._others.clear()

    def _booked(self, appointment: Appointment) -> Visit:
        start = appointment.start.replace(tzinfo=self._zone).astimezone(UTC)
        status = "cancelled" if appointment.status == "cancelled" else "booked"
        return Visit(appointment.key, patient_of(appointment.phone), start, status)
