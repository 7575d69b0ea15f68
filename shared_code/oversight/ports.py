"""What people look at and do: problems, dead letters, switches, the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared_code.errors import Code


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a problem or dead letter concerns: a tenant and, where known, its connection's id."""

    tenant: str
    connection: str = ""


UNASSIGNED = Owner("_unassigned")
"""Nobody known."""


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Something a person should look at. `subject` says on what, without saying whose.

    `id` is `{tenant, or _unassigned}~{yyyymmdd}~{hash}`: it says where the problem is kept.
    """

    id: str
    tenant: str
    code: Code
    connection: str
    subject: str
    at: datetime


class ProblemStore(Protocol):
    """Where problems are kept."""

    def record(self, problem: Problem) -> None:
        """Recording the same problem again changes nothing."""

    def list(self) -> Sequence[Problem]:
        """All problems, the newest first; for what an operator asks."""

    def remove(self, problem_id: str) -> None:
        """Erases the problem; a missing one is well."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """
    A message that could not be worked on, whole, for replay. `content` is readable here.

    `id` is `{tenant, or _unassigned}~{yyyymmdd}~{hash}`: it says where the letter is kept.
    """

    id: str
    tenant: str
    connection: str
    queue: str
    code: Code
    at: datetime
    content: str


class DeadLetterStore(Protocol):
    """Where dead letters are kept, encrypted."""

    def keep(self, letter: DeadLetter) -> None:
        """Keeping the same letter again changes nothing."""

    def find(self, letter_id: str) -> DeadLetter | None:
        """The letter with its content, or None."""

    def list(self) -> Sequence[DeadLetter]:
        """All letters, the newest first, without their content."""

    def remove(self, letter_id: str) -> None:
        """A missing letter is well."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that somebody, or the app itself, has set: a pause, the storm brake."""

    name: str
    by: str
    since: datetime


class Switches(Protocol):
    """Small facts about the installation that every worker shares."""

    def set(self, switch: Switch) -> None:
        """Setting a switch that is set changes nothing."""

    def clear(self, name: str) -> None:
        """Clearing a switch that is not set is well."""

    def get(self, name: str) -> Switch | None:
        """The switch, or None when it is not set."""

    def beat(self, name: str, at: datetime) -> None:
        """Notes that something happened at a time."""

    def last_beat(self, name: str) -> datetime | None:
        """When it happened last."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what. Never whose appointment."""

    tenant: str
    action: str
    subject: str
    at: datetime


class Audit(Protocol):
    """Kept for years."""

    def record(self, entry: AuditEntry) -> None:
        """Adds the entry."""
