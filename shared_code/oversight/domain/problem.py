"""
A problem: something that a person should look at, of one kind, connection and day.

Pure. A problem has as many subjects as were reported, and names the first hundred and fifty that
are open; of further ones it keeps a digest, so that each counts once and can be settled. A subject
is settled when what was wrong with it is: a problem without an open subject leaves the list. A
person can close it with a reason. What is reported afterwards opens it again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared_code.errors import Code

MOST_SUBJECTS = 150
"""Open subjects that are named: a property of a row in storage holds no more."""
MOST_FURTHER = 1_000
"""Open subjects whose digest is kept besides; further ones are only counted."""


class Closing(StrEnum):
    """Why a person closed a problem: its cause is gone, the patients were called, or neither."""

    CORRECTED = "corrected"
    CALLED = "called"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What was reported, once for all subjects of a day (UTC). `subjects` are the open ones that are
    named, none of which identifies a patient, `further` the digests of further ones; `count` is how
    many were reported, at least, and `settled` how many of them are settled. `at` and `last` are
    the first and last report.

    `id` is `{tenant, or _unassigned}~{yyyymmdd}~{hash}`: it contains the storage location.
    """

    id: str
    tenant: str
    code: Code
    connection: str
    subjects: tuple[str, ...]
    at: datetime
    last: datetime
    count: int = 1
    settled: int = 0
    closed: Closing | None = None
    further: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a person should still look at it."""
        return self.closed is None and self.settled < self.count

    def has(self, subject: str) -> bool:
        """Whether the subject is among the open ones, as far as they are kept."""
        return subject in self.subjects or _mark(subject) in self.further

    def reported(self, subject: str, at: datetime) -> Problem:
        """
        The problem after a further report; one of a subject that is open already counts nothing,
        and names it if there is room now.
        """
        has_room, known = len(self.subjects) < MOST_SUBJECTS, self.has(subject)
        if subject in self.subjects or (known and not has_room):
            return self
        named = (*self.subjects, subject) if has_room else self.subjects
        if known:
            return replace(self, subjects=named, further=self._further_without(subject))
        further = self.further
        if not has_room and len(further) < MOST_FURTHER:
            further = (*further, _mark(subject))
        last, count = max(self.last, at), self.count + 1
        return replace(self, subjects=named, further=further, count=count, last=last, closed=None)

    def without(self, subject: str) -> Problem:
        """The problem after the subject was settled; the same one if it is not kept."""
        if not self.has(subject):
            return self
        rest = tuple(each for each in self.subjects if each != subject)
        further = self._further_without(subject)
        return replace(self, subjects=rest, further=further, settled=self.settled + 1)

    def _further_without(self, subject: str) -> tuple[str, ...]:
        mark = _mark(subject)
        return tuple(each for each in self.further if each != mark)

    def closed_by_person(self, why: Closing) -> Problem:
        """The problem after a person closed it; the same one if it is not open."""
        if not self.is_open:
            return self
        return replace(self, subjects=(), further=(), settled=self.count, closed=why)


def digest_of(code: Code, connection: str, subject: str = "") -> str:
    """The last part of the id: the same every day; with a subject, that of this subject alone."""
    return hashlib.sha256(f"{code}|{connection}|{subject}".encode()).hexdigest()[:24]


def _mark(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()[:12]
