"""
Patients on one machine, and a look at what lies in its account, with and without the keys.

Every patient is a canary: a number, name, record number and CSN of its own. What happens to them
is in retention_steps.py.
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
class Look:
    """
    Who was found where: (canary, place). `plain` by anybody, `opened` inside seals with the keys,
    `visits` the CSNs, which stand in their rows in clear; `unopened` names places with a seal that
    no key of ours opened. Beside that, what lies there.
    """

    plain: frozenset[tuple[str, str]]
    opened: frozenset[tuple[str, str]]
    visits: frozenset[tuple[str, str]]
    unopened: frozenset[str]
    tables: Mapping[str, list[dict[str, Any]]]
    blobs: Mapping[str, tuple[str, ...]]

    def phones_at(self, *places: str) -> set[str]:
        """Whose number the keys open in these places."""
        return {name for name, place in self.opened if place in places and name in PEOPLE}


@dataclass(slots=True)
class Lives:
    """The machine, its patients, and every look that was taken."""

    machine: Machine
    ring: KeyRing
    patients: dict[str, Patient] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
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
        """A moment counted from the day of the visits."""
        return self.day.replace(hour=hour, minute=minute) + timedelta(days=days)

    def post(self, role: str, event: str = "S12", **more: Any) -> None:
        """Epic says something of this patient."""
        self.send(self.message(role, event, **more), more.get("connection", seed.PRODUCTION))

    def message(self, role: str, event: str = "S12", **more: Any) -> bytes:
        """The message of post(). `phone_of`: whose number stands in it instead."""
        patient = self.patients[role]
        phone = self.patients[more.pop("phone_of", role)].phone
        start = more.pop("start", self.at(*START)).replace(tzinfo=None)
        more.pop("connection", None)
        names = {"patient_id": patient.mrn, "family": patient.family}
        return self.machine.booking(patient.csn, phone, event, start_local=start, **names, **more)

    def send(self, body: bytes, connection: str = seed.PRODUCTION) -> None:
        """The door acknowledges."""
        answer = self.machine.post(body, connection)
        assert answer.codes == ["AA"], answer.codes

    def told(self, role: str, number: int) -> None:
        """Waits until the patient has so many texts."""
        self.machine.await_texts(self.patients[role].phone, number)

    def kept(self) -> set[str]:
        """Whose row has a phone, sealed as it is."""
        roles = {patient.csn: role for role, patient in self.patients.items()}
        rows = self.tables().get("appointments", [])
        return {roles[row["key"]] for row in rows if row.get("phone")}

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of every table."""
        return raw_storage.tables(self.account)

    @property
    def account(self) -> str:
        """The storage account's connection string."""
        return self.machine.stack.storage.connection_string

    def move_to(self, moment: datetime) -> None:
        """The clock goes on until then."""
        self.machine.move_clock(seconds=(moment - self.machine.now()).total_seconds())

    def minutes_until(self, what: str, holds: Callable[[], bool], most: int = 6) -> None:
        """The agenda runs a minute after another until this is so."""
        for _ in range(most):
            self._next_minute()
            if holds():
                return
        self.machine.wait_for(what, holds, 5)

    def look(self, name: str, poison: int = 0) -> None:
        """
        Reads everything, once nothing is on its way through a queue that carries content, but for
        so many messages that wait to be buried.
        """
        grid = self.machine.stack.event_grid
        grid.hold()
        self.machine.wait_for("quiet queues", lambda: self.is_quiet(poison))
        self.looks[name] = self._look()
        grid.release()

    def phones(self) -> dict[str, tuple[str, ...]]:
        """Every number in its spellings, by whose it is."""
        return {
            role: canaries.numbers(patient.phone)[patient.phone]
            for role, patient in self.patients.items()
        }

    def identities(self) -> dict[str, tuple[str, ...]]:
        """Names, record numbers and the birth date."""
        named = {
            f"{what} of {role}": (value,)
            for role, patient in self.patients.items()
            for what, value in (("name", patient.family), ("record", patient.mrn))
        }
        return {**named, "birth date": BIRTH_DATE}

    def logs(self) -> list[Path]:
        """What every part of the machine has written."""
        return sorted(self.machine.stack.options.directory.glob("*.log"))

    def logged(self, words: str) -> int:
        """How often the web app or its host has said this."""
        log = self.machine.stack.options.directory / "host-web.log"
        return log.read_text(encoding="utf-8").count(words)

    def csns(self) -> dict[str, tuple[str, ...]]:
        """The appointment keys."""
        return {role: (patient.csn,) for role, patient in self.patients.items()}

    def is_quiet(self, poison: int = 0) -> bool:
        """Whether the queues that carry content have no messages, but for so much poison."""
        waiting = raw_storage.waiting(self.account)
        left = [waiting.get(name, 0) for name in (INBOUND, EVENTS, POISON)]
        return left == [0, 0, poison]

    def _next_minute(self) -> None:
        before = self.logged("agenda.ran")
        self.machine.move_clock(seconds=60)
        self.machine.wait_for("the agenda", lambda: self.logged("agenda.ran") > before)

    def _look(self) -> Look:
        tables, blobs = self.tables(), raw_storage.blobs(self.account)
        where = sealed.contexts(tables, blobs.get("deadletters", {}), CONNECTIONS)
        reader = sealed.Reader(self.ring, where)
        stored = {name: reader.read(name, found) for name, found in self._stored(tables, blobs)}
        places = {**stored, "answers": reader.read("answers", self._answers())}
        everybody = {**self.phones(), **self.identities()}
        plain = {name: layers.plain for name, layers in places.items()}
        opened = {name: layers.opened for name, layers in places.items()}
        return Look(
            plain=frozenset(_found(plain, everybody)),
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
        """What the app says to operators, and to whoever opens a patient's link."""
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
