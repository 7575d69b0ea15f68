"""
A problem: something that a person should look at, of one kind, connection and day.

Pure. A problem has as many subjects as were reported, and names the first fifty that are open. A
subject is settled when what was wrong with it is: a problem without an open subject leaves the
list. A person can close it with a reason. What is reported afterwards opens it again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared_code.errors import Code

MOST_SUBJECTS = 50
"""Open subjects that are named; further ones are only counted."""


class Closing(StrEnum):
    """Why a person closed a problem: its cause is gone, the patients were called, or neither."""

    CORRECTED = "corrected"
    CALLED = "called"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What was reported, once for all subjects of a day (UTC). `subjects` are the open ones that are
    named, none of which identifies a patient; `count` is how many were reported, at least, and
    `settled` how many of them are settled. `at` and `last` are the first and last report.

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

    @property
    def is_open(self) -> bool:
        """Whether a person should still look at it."""
        return self.closed is None and self.settled < self.count

    def reported(self, subject: str, at: datetime) -> Problem:
        """The problem after a further report; the same one if the subject is named already."""
        if subject in self.subjects:
            return self
        named = (*self.subjects, subject) if len(self.subjects) < MOST_SUBJECTS else self.subjects
        last = max(self.last, at)
        return replace(self, subjects=named, count=self.count + 1, last=last, closed=None)

    def without(self, subject: str) -> Problem:
        """The problem after the subject was settled; the same one if it is not named."""
        if subject not in self.subjects:
            return self
        rest = tuple(each for each in self.subjects if each != subject)
        return replace(self, subjects=rest, settled=self.settled + 1)

    def closed_by_person(self, why: Closing) -> Problem:
        """The problem after a person closed it; the same one if it is not open."""
        if not self.is_open:
            return self
        return replace(self, subjects=(), settled=self.count, closed=why)


def digest_of(code: Code, connection: str, subject: str = "") -> str:
    """The last part of the id: the same every day; with a subject, that of this subject alone."""
    return hashlib.sha256(f"{code}|{connection}|{subject}".encode()).hexdigest()[:24]
