"""
Patients on one machine, and snapshots of its account, read with and without the keys.

Every patient is a canary with a unique number, name, record number and CSN. What happens to them is
in retention_steps.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local import seed
from local.demo.change_steps import LINK
from local.demo.machine import HOSPITAL, Machine
from shared_code.security.keys import KeyRing
from tests.support import canaries, raw_storage, sealed

INBOUND, POISON, EVENTS = "hl7-inbound", "hl7-inbound-poison", "sms-events"
CONNECTIONS = (seed.PRODUCTION, seed.OTHER_NUMBER)
ROLES = (
    *("life", "cancelled", "untold", "absent", "person", "office", "corrected"),
    *("stays", "leaves", "moves", "large", "pair", "stop"),
)
"""Who has an appointment. `stays`, `leaves` and `moves` share a group visit."""
EXTRAS = ("late-older", "late-newer", "right", "second", "poison", "garbage", "broken")
"""Further patients and numbers, of which no appointment may keep anything but `right`."""
PEOPLE = (*ROLES, *EXTRAS)
DANA = ("dana@lamna.example", "Dana Doctor")
"""A clinician's sign-in name and name."""
BIRTH_DATE = ("19800214", "1980-02-14")
START = 13, 30


@dataclass(frozen=True, slots=True)
class Patient:
    """One canary."""

    phone: str
    csn: str
    mrn: str
    family: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    Which canaries were found where: (canary, place).

    `plain` without keys, `opened` inside seals with the keys; `visits` are CSNs, which are in plain
    text in their rows; `unopened` names places with a seal that none of our keys opened. `tables`
    and `blobs` hold the content.
    """

    plain: frozenset[tuple[str, str]]
    opened: frozenset[tuple[str, str]]
    visits: frozenset[tuple[str, str]]
    unopened: frozenset[str]
    tables: Mapping[str, list[dict[str, Any]]]
    blobs: Mapping[str, tuple[str, ...]]

    def phones_at(self, *places: str) -> set[str]:
        """Return whose number the keys open in these places."""
        return {name for name, place in self.opened if place in places and name in PEOPLE}


@dataclass(slots=True)
class Lives:
    """The machine, its patients, and every snapshot."""

    machine: Machine
    ring: KeyRing
    patients: dict[str, Patient] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    """What browsers were given in launches."""
    day: datetime = field(init=False)

    def __post_init__(self) -> None:
        """The visits are the day after tomorrow, on the hospital's wall clock."""
        there = self.machine.now().astimezone(HOSPITAL) + timedelta(days=2)
        self.day = there.replace(hour=0, minute=0, second=0, microsecond=0)
        for number, role in enumerate(PEOPLE):
            family = "CANARY" + role.replace("-", "").upper()
            phone, mrn = f"+16085550{150 + number}", f"7{number:02d}5093"
            self.patients[role] = Patient(phone, self.machine.new_key(), mrn, family)

    def at(self, hour: int, minute: int = 0, days: int = 0) -> datetime:
        """Return a time counted from the day of the visits."""
        return self.day.replace(hour=hour, minute=minute) + timedelta(days=days)

    def post(self, role: str, event: str = "S12", **more: Any) -> None:
        """Send a message about this patient."""
        self.send(self.message(role, event, **more), more.get("connection", seed.PRODUCTION))

    def message(self, role: str, event: str = "S12", **more: Any) -> bytes:
        """Return the message of post(). `phone_of`: whose number is in it instead."""
        patient = self.patients[role]
        phone = self.patients[more.pop("phone_of", role)].phone
        start = more.pop("start", self.at(*START)).replace(tzinfo=None)
        more.pop("connection", None)
        names = {"patient_id": patient.mrn, "family": patient.family}
        return self.machine.booking(patient.csn, phone, event, start_local=start, **names, **more)

    def send(self, body: bytes, connection: str = seed.PRODUCTION) -> None:
        """Send the message and check that it is acknowledged."""
        answer = self.machine.post(body, connection)
        assert answer.codes == ["AA"], answer.codes

    def await_texts(self, role: str, number: int) -> None:
        """Wait until the patient has that many texts."""
        self.machine.await_texts(self.patients[role].phone, number)

    def kept(self) -> set[str]:
        """Return the patients whose row has a phone, sealed as it is."""
        roles = {patient.csn: role for role, patient in self.patients.items()}
        rows = self.tables().get("appointments", [])
        return {roles[row["key"]] for row in rows if row.get("phone")}

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of every table."""
        return raw_storage.tables(self.account)

    @property
    def account(self) -> str:
        """Return the storage account's connection string."""
        return self.machine.stack.storage.connection_string

    def move_to(self, moment: datetime) -> None:
        """Move the clock to that time."""
        self.machine.move_clock(seconds=(moment - self.machine.now()).total_seconds())

    def minutes_until(self, what: str, holds: Callable[[], bool], most: int = 6) -> None:
        """Run the agenda minute by minute until the condition holds."""
        for _ in range(most):
            self._next_minute()
            if holds():
                return
        self.machine.wait_for(what, holds, 5)

    def snapshot(self, name: str, poison: int = 0) -> None:
        """
        Take a snapshot when no message is on its way through a queue with content.

        `poison` is the number of poison messages that may still wait to be dead-lettered.
        """
        grid = self.machine.stack.event_grid
        grid.hold()
        self.machine.wait_for("quiet queues", lambda: self.is_quiet(poison))
        self.snapshots[name] = self._take()
        grid.release()

    def phones(self) -> dict[str, tuple[str, ...]]:
        """Return every number in its formats, by whose it is."""
        return {
            role: canaries.numbers(patient.phone)[patient.phone]
            for role, patient in self.patients.items()
        }

    def identities(self) -> dict[str, tuple[str, ...]]:
        """Return names, record numbers and the birth date."""
        named = {
            f"{what} of {role}": (value,)
            for role, patient in self.patients.items()
            for what, value in (("name", patient.family), ("record", patient.mrn))
        }
        return {**named, "birth date": BIRTH_DATE}

    def launched(self) -> dict[str, tuple[str, ...]]:
        """Return what launches and sign-ins said of clinicians, and what opens pages."""
        return {"clinician": DANA, "secret of a launch": tuple(sorted(self.secrets))}

    def newest_link(self, role: str) -> str:
        """Return the link in the newest text of the patient that has one."""
        links = map(_link_in, self.machine.texts(self.patients[role].phone))
        return [link for link in links if link][-1]

    def logs(self) -> list[Path]:
        """Return what every part of the machine has logged."""
        return sorted(self.machine.stack.options.directory.glob("*.log"))

    def logged(self, words: str) -> int:
        """Return how often the web app or its host has logged this."""
        log = self.machine.stack.options.directory / "host-web.log"
        return log.read_text(encoding="utf-8").count(words)

    def csns(self) -> dict[str, tuple[str, ...]]:
        """Return the appointment keys."""
        return {role: (patient.csn,) for role, patient in self.patients.items()}

    def is_quiet(self, poison: int = 0) -> bool:
        """
        Return whether the queues with content are empty, except for that many poison messages.
        """
        waiting = raw_storage.waiting(self.account)
        left = [waiting.get(name, 0) for name in (INBOUND, EVENTS, POISON)]
        return left == [0, 0, poison]

    def _next_minute(self) -> None:
        before = self.logged("agenda.ran")
        self.machine.move_clock(seconds=60)
        self.machine.wait_for("the agenda", lambda: self.logged("agenda.ran") > before)

    def _take(self) -> Snapshot:
        tables, blobs = self.tables(), raw_storage.blobs(self.account)
        where = sealed.contexts(tables, blobs.get("deadletters", {}), CONNECTIONS)
        reader = sealed.Reader(self.ring, where)
        stored = {name: reader.read(name, found) for name, found in self._stored(tables, blobs)}
        places = {**stored, "answers": reader.read("answers", self._answers())}
        everybody = {**self.phones(), **self.identities()}
        plain = {name: layers.plain for name, layers in places.items()}
        opened = {name: layers.opened for name, layers in places.items()}
        return Snapshot(
            plain=frozenset(_found(plain, everybody | self.launched())),
            opened=frozenset(_found(opened, everybody)),
            visits=frozenset(_found({name: plain[name] for name in stored}, self.csns())),
            unopened=frozenset(reader.unopened),
            tables=tables,
            blobs={name: tuple(content) for name, content in blobs.items()},
        )

    def _stored(
        self, tables: Mapping[str, list[dict[str, Any]]], blobs: Mapping[str, Mapping[str, bytes]]
    ) -> Iterator[tuple[str, list[bytes]]]:
        for name, rows in tables.items():
            yield f"table {name}", [repr(row).encode("utf-8") for row in rows]
        for name, texts in raw_storage.queues(self.account).items():
            yield f"queue {name}", [text.encode("utf-8") for text in texts]
        for name, content in blobs.items():
            yield f"container {name}", [*map(str.encode, content), *content.values()]

    def _answers(self) -> Iterator[bytes]:
        """Return the app's answers to operators and to patients who open their link."""
        for patient in self.patients.values():
            for connection in CONNECTIONS:
                asked = {"connection": connection, "appointment": patient.csn}
                yield json.dumps(self.machine.operate("history", **asked)).encode()
            self.links |= set(map(_link_in, self.machine.texts(patient.phone)))
        yield json.dumps(self.machine.operate("dead-letters")).encode()
        for url in sorted(self.links - {""}):
            yield self.machine.page(url)[1].encode()


def _link_in(text: Mapping[str, Any]) -> str:
    found = LINK.search(text["text"])
    return found.group() if found else ""


def _found(
    places: Mapping[str, bytes], values: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    for place, content in places.items():
        for name in canaries.find(content, values):
            yield name, place
