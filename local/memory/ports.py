"""
The storage ports as dictionaries under a lock, for tests of flows; more stand beside this module.

They keep the promises of the capabilities' ports and nothing else: tests/contract runs one suite
over these and over the real adapters. Nothing here fails by itself, waits or encrypts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from local.memory.rows import Rows
from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.connections.domain import Connection
from shared_code.links.domain import Link
from shared_code.rows import Stored
from shared_code.security.keys import KeyRing
from shared_code.texting.domain.text import TextRecord, TextRef


class MemoryAppointments:
    """The port Appointments."""

    def __init__(self) -> None:
        self.rows: Rows[AppointmentRef, Appointment] = Rows()

    def load(self, ref: AppointmentRef) -> Stored[Appointment] | None:
        """The appointment, or None."""
        return self.rows.get(ref)

    def insert(self, appointment: Appointment) -> None:
        """Raises Conflict when the row exists."""
        self.rows.insert(appointment.ref, appointment)

    def replace(self, appointment: Appointment, etag: str) -> None:
        """Raises Conflict when the ETag differs or the row is gone."""
        self.rows.replace(appointment.ref, appointment, etag)

    def of(self, connection: str) -> Iterable[AppointmentRef]:
        """Every appointment of a connection."""
        refs = [appointment.ref for appointment in self.rows.values()]
        return [ref for ref in refs if ref.connection == connection]

    def remove(self, ref: AppointmentRef, etag: str) -> None:
        """Raises Conflict when the ETag differs; a missing row is well."""
        self.rows.remove(ref, etag)


class MemoryAgenda:
    """The port Agenda. As in storage, a row comes back with its minute as its due time."""

    def __init__(self) -> None:
        self.rows: Rows[tuple[datetime, Duty, str, str], AgendaRow] = Rows()

    def add(self, rows: Iterable[AgendaRow]) -> None:
        """Writing a row again changes nothing."""
        for row in rows:
            kept = row.later(row.minute())
            self.rows.put(_agenda_key(kept), kept)

    def due(self, until: datetime) -> Iterable[AgendaRow]:
        """All rows whose minute is not after `until`, the earliest first."""
        rows = (row for row in self.rows.values() if row.due <= until)
        return iter(sorted(rows, key=_agenda_key))

    def remove(self, row: AgendaRow) -> None:
        """A missing row is well."""
        self.rows.remove(_agenda_key(row))


class MemoryTexts:
    """The port Texts."""

    def __init__(self) -> None:
        self.rows: Rows[TextRef, TextRecord] = Rows()
        self._refs: dict[tuple[AppointmentRef, date], dict[TextRef, None]] = {}

    def load(self, ref: TextRef) -> Stored[TextRecord] | None:
        """The record, or None."""
        return self.rows.get(ref)

    def insert(self, record: TextRecord) -> str:
        """Returns the ETag. Raises Conflict when somebody was first."""
        self._refs.setdefault((record.ref.subject, record.ref.day), {})[record.ref] = None
        return self.rows.insert(record.ref, record)

    def replace(self, record: TextRecord, etag: str) -> str:
        """Returns the new ETag. Raises Conflict when the ETag differs."""
        return self.rows.replace(record.ref, record, etag)

    def of(self, subject: AppointmentRef, day: date) -> Sequence[TextRecord]:
        """The records of an appointment under one day."""
        refs = tuple(self._refs.get((subject, day), ()))
        return [found.value for ref in refs if (found := self.rows.get(ref)) is not None]

    def remove(self, ref: TextRef) -> None:
        """A missing record is well."""
        self.rows.remove(ref)


class MemoryLinks:
    """The port Links."""

    def __init__(self) -> None:
        self.rows: Rows[str, Link] = Rows()

    def put(self, link: Link) -> None:
        """Writing a link again changes nothing."""
        self.rows.put(link.digest, link)

    def find(self, digest: str) -> Link | None:
        """The link, or None."""
        found = self.rows.get(digest)
        return found.value if found else None

    def remove(self, digest: str) -> None:
        """A missing link is well."""
        self.rows.remove(digest)


class MemoryQueues:
    """The port Queues. `sent` holds (queue, work, delay); `poison` the texts of poison queues."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: list[tuple[str, dict[str, str], int]] = []
        self.poison: dict[str, list[str]] = {}

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        """Remembers the work."""
        with self._lock:
            self.sent.append((queue, dict(work), delay_seconds))

    def can_send(self, queue: str) -> bool:
        """Always."""
        return True

    def drain_poison(self, queue: str, keep: Callable[[str], None]) -> int:
        """Hands each text over, then forgets it."""
        with self._lock:
            waiting = list(self.poison.get(queue, ()))
        for text in waiting:
            keep(text)
            with self._lock:
                self.poison[queue].remove(text)
        return len(waiting)


class MemoryPayloads:
    """The port Payloads."""

    def __init__(self) -> None:
        self.rows: Rows[str, bytes] = Rows()

    def put(self, name: str, sealed: bytes) -> None:
        """Keeps the bytes under the name."""
        self.rows.put(name, sealed)

    def get(self, name: str) -> bytes | None:
        """The bytes, or None."""
        found = self.rows.get(name)
        return found.value if found else None

    def remove(self, name: str) -> None:
        """A missing one is well."""
        self.rows.remove(name)


class MemoryConnections:
    """The port Connections; give it the connections by id."""

    def __init__(self, connections: Mapping[str, Connection] | None = None) -> None:
        self.connections = dict(connections or {})

    def find(self, connection_id: str) -> Connection | None:
        """The connection of that id."""
        return self.connections.get(connection_id)

    def all(self) -> Sequence[Connection]:
        """Every connection."""
        return tuple(self.connections.values())


class MemorySecrets:
    """The port Secrets; give it the values by name."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self.secrets = dict(secrets or {})

    def get(self, name: str) -> str | None:
        """The current value of the secret, or None."""
        return self.secrets.get(name)


@dataclass(frozen=True, slots=True)
class MemoryRings:
    """The protocol Rings: three fresh rings, unless they are given."""

    hash: KeyRing = field(default_factory=KeyRing.new)
    payload: KeyRing = field(default_factory=KeyRing.new)
    link: KeyRing = field(default_factory=KeyRing.new)

    @classmethod
    def fixed(cls) -> Self:
        """Three that are the same in every run."""
        return cls(*(KeyRing("1", {"1": bytes([number]) * 32}) for number in (1, 2, 3)))


def _agenda_key(row: AgendaRow) -> tuple[datetime, Duty, str, str]:
    return (row.minute(), row.duty, row.subject, row.version)
