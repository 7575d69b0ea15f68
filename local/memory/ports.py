"""
Every storage port as a dictionary under a lock, for tests of flows.

They keep the promises of the ports and nothing else: tests/contract runs one suite over these and
over the real adapters. Nothing here fails by itself, waits or encrypts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from local.memory.rows import Rows
from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.appointments.domain import Appointment, AppointmentRef, takes_place
from shared_code.connections.domain import Connection, with_base_url
from shared_code.links.domain import Link
from shared_code.queues import POISON
from shared_code.rows import Stored
from shared_code.security.keys import KeyRing
from shared_code.texting.domain.text import TextRecord, TextRef


class MemoryAppointments:
    """The port Appointments. `names` holds the appointments by connection and CSN."""

    def __init__(self, connections: MemoryConnections | None = None) -> None:
        self.rows: Rows[AppointmentRef, Appointment] = Rows()
        self.names: Rows[tuple[str, str], AppointmentRef] = Rows()
        self.series: Rows[AppointmentRef, tuple[str, AppointmentRef]] = Rows()
        self._connections = connections or MemoryConnections()

    def load(self, ref: AppointmentRef) -> Stored[Appointment] | None:
        """Return the appointment, or None."""
        return self.rows.get(ref)

    def by_csn(self, connection: str, csn: str) -> Stored[Appointment] | None:
        """Return the appointment that has the CSN, or None."""
        named, known = csn.strip(), self._connections.find(connection)
        if known is None or known.fields.key_is_csn():
            rows = self.rows.values()
            refs = [
                each.ref for each in rows if (each.ref.connection, each.key) == (connection, named)
            ]
            further = self.occurrences(connection, named)
            found = [self.rows.get(ref) for ref in sorted(refs, key=lambda ref: ref in further)]
            return next(filter(takes_place, found), next(iter(found), None))
        name = self.names.get((connection, named))
        one = self.rows.get(name.value) if name else None
        return one if one and one.value.csn == named else None

    def name(self, ref: AppointmentRef, csn: str) -> AppointmentRef:
        """
        Name the appointment so unless the CSN names another. Return the appointment it names now.
        """
        self.names.put_if_absent((ref.connection, csn), ref)
        found = self.names.get((ref.connection, csn))
        return found.value if found else ref

    def rename(self, ref: AppointmentRef, csn: str) -> None:
        """Name the appointment so, whatever the CSN named before."""
        self.names.put((ref.connection, csn), ref)

    def unname(self, ref: AppointmentRef, csn: str) -> None:
        """Erase the name if the CSN names this appointment."""
        found = self.names.get((ref.connection, csn))
        if found is not None and found.value == ref:
            self.names.remove((ref.connection, csn), found.etag)

    def occurrences(self, connection: str, key: str) -> Sequence[AppointmentRef]:
        """Return the further visits of the series with that key."""
        named = self.series.values()
        return [ref for of, ref in named if (ref.connection, of) == (connection, key)]

    def enlist(self, ref: AppointmentRef, key: str) -> None:
        """Remember a further visit of the series with that key."""
        self.series.put(ref, (key, ref))

    def delist(self, ref: AppointmentRef, key: str) -> None:
        """Forget it. Does nothing if it was not enlisted."""
        self.series.remove(ref)

    def insert(self, appointment: Appointment) -> None:
        """Write a new row and return its ETag. Raises Conflict if the row exists."""
        self.rows.insert(appointment.ref, appointment)

    def replace(self, appointment: Appointment, etag: str) -> None:
        """
        Replace the row and return its ETag.

        Raises Conflict if the ETag differs or the row is gone.
        """
        self.rows.replace(appointment.ref, appointment, etag)

    def of(self, connection: str) -> Iterable[AppointmentRef]:
        """Return every appointment of a connection."""
        refs = [appointment.ref for appointment in self.rows.values()]
        return [ref for ref in refs if ref.connection == connection]

    def all_of(self, connection: str) -> Iterator[Stored[Appointment]]:
        """Return every appointment of a connection with its ETag."""
        stored = (self.rows.get(ref) for ref in self.of(connection))
        return (found for found in stored if found is not None)

    def remove(self, ref: AppointmentRef, etag: str) -> None:
        """Erase the row. Does nothing if it does not exist; raises Conflict if the ETag differs."""
        self.rows.remove(ref, etag)


class MemoryAgenda:
    """The port Agenda. As in storage, a row that is read back is due at the start of its minute."""

    def __init__(self) -> None:
        self.rows: Rows[tuple[datetime, Duty, str, str], AgendaRow] = Rows()

    def add(self, rows: Iterable[AgendaRow]) -> None:
        """Write the rows. Writing a row again changes nothing."""
        for row in rows:
            kept = row.later(row.minute())
            self.rows.put(_agenda_key(kept), kept)

    def due(self, until: datetime) -> Iterable[AgendaRow]:
        """Return all rows whose minute is not after `until`, the earliest first."""
        rows = (row for row in self.rows.values() if row.due <= until)
        return iter(sorted(rows, key=_agenda_key))

    def remove(self, row: AgendaRow) -> None:
        """Erase the row. Does nothing if it does not exist."""
        self.rows.remove(_agenda_key(row))


class MemoryTexts:
    """The port Texts."""

    def __init__(self) -> None:
        self.rows: Rows[TextRef, TextRecord] = Rows()
        self._refs: dict[tuple[AppointmentRef, date], dict[TextRef, None]] = {}

    def load(self, ref: TextRef) -> Stored[TextRecord] | None:
        """Return the record, or None."""
        return self.rows.get(ref)

    def insert(self, record: TextRecord) -> str:
        """Write a new record and return its ETag. Raises Conflict if it exists."""
        self._refs.setdefault((record.ref.subject, record.ref.day), {})[record.ref] = None
        return self.rows.insert(record.ref, record)

    def replace(self, record: TextRecord, etag: str) -> str:
        """Replace the record and return its ETag. Raises Conflict if the ETag differs."""
        return self.rows.replace(record.ref, record, etag)

    def of(self, subject: AppointmentRef, day: date) -> Sequence[TextRecord]:
        """Return the records of an appointment under one day."""
        refs = tuple(self._refs.get((subject, day), ()))
        return [found.value for ref in refs if (found := self.rows.get(ref)) is not None]

    def to(self, connection: str, recipient: str) -> Iterator[TextRecord]:
        """Return the records of a connection's texts to the number with that keyed hash."""
        for record in self.rows.values():
            to = record.composed.recipient if record.composed else ""
            if (record.ref.subject.connection, to) == (connection, recipient):
                yield record

    def remove(self, ref: TextRef) -> None:
        """Erase the record. Does nothing if it does not exist."""
        self.rows.remove(ref)


class MemoryLinks:
    """The port Links."""

    def __init__(self) -> None:
        self.rows: Rows[str, Link] = Rows()

    def put(self, link: Link) -> None:
        """Write the link. Writing it again changes nothing."""
        self.rows.put(link.digest, link)

    def find(self, digest: str) -> Link | None:
        """Return the link, or None."""
        found = self.rows.get(digest)
        return found.value if found else None

    def remove(self, digest: str) -> None:
        """Erase the link. Does nothing if it does not exist."""
        self.rows.remove(digest)


class MemoryQueues:
    """The port Queues. `sent` holds (queue, work, delay), `poison` the texts of poison queues."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: list[tuple[str, dict[str, str], int]] = []
        self.poison: dict[str, list[str]] = {}

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        """Record the work."""
        with self._lock:
            self.sent.append((queue, dict(work), delay_seconds))

    def can_send(self, queue: str) -> bool:
        """Return True."""
        return True

    def depth(self, queue: str) -> int:
        """Return how many messages are on the queue."""
        with self._lock:
            if queue.endswith(POISON):
                return len(self.poison.get(queue.removesuffix(POISON), ()))
            return sum(each == queue for each, _, _ in self.sent)

    def drain_poison(self, queue: str, keep: Callable[[str], None]) -> int:
        """Pass each text to `keep`, then delete it."""
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
        """Store the bytes under the name."""
        self.rows.put(name, sealed)

    def get(self, name: str) -> bytes | None:
        """Return the bytes, or None."""
        found = self.rows.get(name)
        return found.value if found else None

    def remove(self, name: str) -> None:
        """Erase the bytes. Does nothing if they do not exist."""
        self.rows.remove(name)


class MemoryConnections:
    """The port Connections; takes the connections by id."""

    def __init__(self, connections: Mapping[str, Connection] | None = None) -> None:
        self.connections = dict(connections or {})

    def find(self, connection_id: str) -> Connection | None:
        """Return the connection with that id, or None."""
        return self.connections.get(connection_id)

    def all(self) -> Sequence[Connection]:
        """Return every connection."""
        return tuple(self.connections.values())

    def mistakes(self) -> Sequence[str]:
        """Return none."""
        return ()

    def by_base_url(self, key: str) -> Sequence[Connection]:
        """Return the connections whose Epic has the base URL with that address key."""
        return with_base_url(self.connections.values(), key)


class MemorySecrets:
    """The port Secrets; takes the values by name."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self.secrets = dict(secrets or {})

    def get(self, name: str) -> str | None:
        """Return the current value of the secret, or None."""
        return self.secrets.get(name)


@dataclass(frozen=True, slots=True)
class MemoryRings:
    """The protocol Rings: four new rings, unless they are given."""

    hash: KeyRing = field(default_factory=KeyRing.new)
    payload: KeyRing = field(default_factory=KeyRing.new)
    link: KeyRing = field(default_factory=KeyRing.new)
    cookie: KeyRing = field(default_factory=KeyRing.new)

    @classmethod
    def fixed(cls) -> Self:
        """Return four rings that are the same in every run."""
        return cls(*(KeyRing("1", {"1": bytes([number]) * 32}) for number in (1, 2, 3, 4)))


def _agenda_key(row: AgendaRow) -> tuple[datetime, Duty, str, str]:
    return (row.minute(), row.duty, row.subject, row.version)
