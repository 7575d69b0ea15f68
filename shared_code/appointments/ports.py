"""The protocol of appointments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.rows import Stored


class Appointments(Protocol):
    """Rows of appointments, changed only under their ETag."""

    def load(self, ref: AppointmentRef) -> Stored[Appointment] | None:
        """The appointment, or None."""

    def by_csn(self, connection: str, csn: str) -> Stored[Appointment] | None:
        """
        The appointment that Epic's launches of this connection name so, or None.

        Where the connection's key is the CSN, it is found by its key: of a series the first visit
        that came, or if that does not take place, another one that does. Elsewhere only what
        name() has named is found.
        """

    def name(self, ref: AppointmentRef, csn: str) -> AppointmentRef:
        """Name the appointment so unless the CSN names another. Returns what it names now."""

    def rename(self, ref: AppointmentRef, csn: str) -> None:
        """Name the appointment so, whatever the CSN named before."""

    def unname(self, ref: AppointmentRef, csn: str) -> None:
        """Erase the name if the CSN names this appointment."""

    def occurrences(self, connection: str, key: str) -> Sequence[AppointmentRef]:
        """The further visits of the series with that key, as far as enlist() was told of them."""

    def enlist(self, ref: AppointmentRef, key: str) -> None:
        """Remember a further visit of the series with that key. Twice is once."""

    def delist(self, ref: AppointmentRef, key: str) -> None:
        """Forget it. Does nothing if it was not enlisted."""

    def insert(self, appointment: Appointment) -> None:
        """Raises Conflict when the row exists."""

    def replace(self, appointment: Appointment, etag: str) -> None:
        """Raises Conflict when the ETag differs or the row is gone."""

    def of(self, connection: str) -> Iterable[AppointmentRef]:
        """Every appointment of a connection; for what an operator asks, never for a timer."""

    def all_of(self, connection: str) -> Iterator[Stored[Appointment]]:
        """
        Every appointment of a connection as it is stored, likewise. A phone that no key opens is
        left out.
        """

    def remove(self, ref: AppointmentRef, etag: str) -> None:
        """Erase the row if it exists. Raises Conflict when the ETag differs."""
