"""Who is in which meeting, who waits in its lobby, and who may let whom in."""

import secrets
import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from local.simulators.clock import Clock
from local.simulators.entra.directory import Account
from local.simulators.graph.meetings import Meeting
from local.simulators.kept import Kept
from local.simulators.meeting.accounts import Kind, kind_of

GUEST_NAME = "Guest"


class Place(StrEnum):
    """Where a person is."""

    LOBBY = "lobby"
    IN = "in"
    LEFT = "left"
    ENDED = "ended"


PRESENT = frozenset({Place.LOBBY, Place.IN})


@dataclass(frozen=True)
class Person:
    """Somebody who opened a meeting; `account` is a user name, or "" for a guest without one."""

    id: str
    name: str
    account: str
    kind: str
    place: str
    since: str

    @property
    def is_member(self) -> bool:
        return self.kind == Kind.MEMBER


class Rooms:
    """The people of every meeting, by its thread, in the order in which they came."""

    def __init__(self, kept: Kept, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock
        self._lock = threading.RLock()

    def people(self, thread: str) -> list[Person]:
        with self._lock:
            return [Person(**each) for each in self._kept.get(thread) or []]

    def person(self, thread: str, person_id: str) -> Person | None:
        return next((one for one in self.people(thread) if one.id == person_id), None)

    def join(self, meeting: Meeting, account: Account | None, name: str) -> Person:
        """Let somebody in, or into the lobby, by the meeting's present setting."""
        place = Place.LOBBY if waits(meeting, account) else Place.IN
        person = Person(
            id=secrets.token_hex(8),
            name=account.name if account else name or GUEST_NAME,
            account=account.username if account else "",
            kind=kind_of(account, meeting.tenant),
            place=place,
            since=self._now().isoformat(),
        )
        with self._lock:
            self._put(meeting.thread, [*self.people(meeting.thread), person])
        return person

    def admit(self, meeting: Meeting, by: Person, person_id: str) -> bool:
        """Let one person in from the lobby; False if there is none or `by` may not."""
        if not can_admit(meeting, by):
            return False
        return self._move(meeting.thread, {person_id}, Place.LOBBY, Place.IN)

    def leave(self, meeting: Meeting, person: Person) -> bool:
        return self._move(meeting.thread, {person.id}, person.place, Place.LEFT)

    def end(self, meeting: Meeting, by: Person) -> bool:
        """End the meeting for everybody; its link works again afterwards."""
        if not can_admit(meeting, by):
            return False
        present = {one.id: one.place for one in self.people(meeting.thread) if one.place in PRESENT}
        return all(
            self._move(meeting.thread, {each}, place, Place.ENDED)
            for each, place in present.items()
        )

    def reset(self) -> None:
        with self._lock:
            self._kept.clear()

    def as_json(self, thread: str) -> list[dict[str, Any]]:
        return [asdict(person) for person in self.people(thread)]

    def _move(self, thread: str, ids: set[str], before: str, after: str) -> bool:
        with self._lock:
            people, moved = self.people(thread), False
            for index, one in enumerate(people):
                if one.id in ids and one.place == before and before in PRESENT:
                    people[index] = replace(one, place=after, since=self._now().isoformat())
                    moved = True
            if moved:
                self._put(thread, people)
            return moved

    def _put(self, thread: str, people: list[Person]) -> None:
        self._kept.put(thread, [asdict(person) for person in people])

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)


def waits(meeting: Meeting, account: Account | None) -> bool:
    """Decide by the meeting's lobby scope; an unknown scope keeps everybody out."""
    kind = kind_of(account, meeting.tenant)
    if account is not None and account.oid == meeting.organizer:
        return False
    admitted = {
        "everyone": set(Kind),
        "organizationAndFederated": {Kind.MEMBER, Kind.GUEST, Kind.FOREIGN},
        "organization": {Kind.MEMBER, Kind.GUEST},
        "organizationExcludingGuests": {Kind.MEMBER},
    }.get(meeting.scope, set[Kind]())
    return kind not in admitted


def can_admit(meeting: Meeting, person: Person) -> bool:
    """Presenters who are in the meeting admit; who presents is a setting of the meeting."""
    presenters = meeting.settings["allowedPresenters"]
    return person.place == Place.IN and (presenters == "everyone" or person.is_member)
