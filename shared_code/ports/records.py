"""Rows of appointments, their duties, texts, links and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the door starts without the values that it never makes
    from shared_code.domain.agenda import AgendaRow
    from shared_code.domain.appointment import Appointment, AppointmentRef
    from shared_code.domain.link import Link
    from shared_code.domain.metrics import Numbers, Shard
    from shared_code.domain.text_message import TextRecord, TextRef


from shared_code.ports.installation import Stored


class Appointments(Protocol):
    """Rows of appointments, changed only under their ETag."""

    def load(self, ref: AppointmentRef) -> Stored[Appointment] | None:
        """The appointment, or None."""

    def insert(self, appointment: Appointment) -> None:
        """Raises Conflict when the row exists."""

    def replace(self, appointment: Appointment, etag: str) -> None:
        """Raises Conflict when the ETag differs or the row is gone."""

    def of(self, connection: str) -> Iterable[AppointmentRef]:
        """Every appointment of a connection; for what an operator asks, never for a timer."""

    def remove(self, ref: AppointmentRef, etag: str) -> None:
        """Erases the row. Raises Conflict when the ETag differs; a missing row is well."""


class Agenda(Protocol):
    """Duties by the minute."""

    def add(self, rows: Iterable[AgendaRow]) -> None:
        """Writes the rows; writing one again changes nothing."""

    def due(self, until: datetime) -> Iterable[AgendaRow]:
        """All rows whose minute is not after `until`, the earliest first."""

    def remove(self, row: AgendaRow) -> None:
        """A missing row is well."""


class Texts(Protocol):
    """Claims on texts and their outcomes."""

    def load(self, ref: TextRef) -> Stored[TextRecord] | None:
        """The record, or None."""

    def insert(self, record: TextRecord) -> str:
        """Returns the ETag. Raises Conflict when somebody was first."""

    def replace(self, record: TextRecord, etag: str) -> str:
        """Returns the new ETag. Raises Conflict when the ETag differs."""

    def of(self, subject: AppointmentRef, day: date) -> Sequence[TextRecord]:
        """The records of an appointment whose version started on that UTC date."""

    def remove(self, ref: TextRef) -> None:
        """Erases the record; a missing one is well."""


class Links(Protocol):
    """Where patients' tokens lead, found by the digest of the token."""

    def put(self, link: Link) -> None:
        """Writing a link again changes nothing."""

    def find(self, digest: str) -> Link | None:
        """The link, or None."""

    def remove(self, digest: str) -> None:
        """Erases the link; a missing one is well."""


class Counts(Protocol):
    """How many texts of a connection were due, sent, held … on a day (UTC)."""

    def add(self, shard: Shard, numbers: Numbers, before_first: Callable[[], None]) -> None:
        """Adds; calls `before_first` before it writes what was not there. Raises Conflict."""

    def of(self, connection: str, first: date, last: date) -> Mapping[date, Numbers]:
        """The sums by day, from `first` to `last`; a day without any may be left out."""

    def remove(self, connection: str, day: date) -> None:
        """Erases what was counted on that day; nothing there is well."""
