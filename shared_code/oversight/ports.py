"""The ports of problems, dead letters, switches, circuits and the audit log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from shared_code.errors import Code
from shared_code.oversight.domain.circuit import Circuit
from shared_code.oversight.domain.problem import Problem


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a problem or dead letter concerns: a tenant and, if known, the connection's id."""

    tenant: str
    connection: str = ""


UNASSIGNED = Owner("_unassigned")
"""The owner is unknown."""


class ProblemStore(Protocol):
    """The store of problems."""

    def change(
        self, problem_id: str, changed: Callable[[Problem | None], Problem | None]
    ) -> Problem | None:
        """
        Write what `changed` makes of the problem as it is now (None: there is none), and return
        it. Nothing is written where it stays the same. `changed` may be called several times.
        Raises Conflict when too many others were first: then the problem exists.
        """

    def of(self, tenant: str, first: date, last: date) -> Sequence[Problem]:
        """Return the tenant's problems of the days (UTC), both included."""

    def list(self) -> Sequence[Problem]:
        """Return all problems, also settled ones, the newest first."""

    def remove(self, problem_id: str) -> None:
        """Erase the problem. Does nothing if it does not exist."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """
    A complete message that failed, for replay. `content` is in plain text here.

    `id` is `{tenant, or _unassigned}~{yyyymmdd}~{hash}`: it contains the storage location.
    """

    id: str
    tenant: str
    connection: str
    queue: str
    code: Code
    at: datetime
    content: str


class DeadLetterStore(Protocol):
    """The store of dead letters; their content is encrypted."""

    def keep(self, letter: DeadLetter) -> None:
        """Write the letter. Keeping it again changes nothing."""

    def find(self, letter_id: str) -> DeadLetter | None:
        """Return the letter with its content, or None."""

    def list(self) -> Sequence[DeadLetter]:
        """Return all letters, the newest first, without their content."""

    def remove(self, letter_id: str) -> None:
        """Erase the letter. Does nothing if it does not exist."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that an operator or the app itself has set: a pause, the storm brake."""

    name: str
    by: str
    since: datetime


class Switches(Protocol):
    """Facts about the installation that all workers share."""

    def set(self, switch: Switch) -> None:
        """Set the switch. Setting it again changes nothing."""

    def clear(self, name: str) -> None:
        """Clear the switch. Does nothing if it is not set."""

    def get(self, name: str) -> Switch | None:
        """Return the switch, or None if it is not set."""

    def beat(self, name: str, at: datetime) -> None:
        """Record that something happened at a time."""

    def last_beat(self, name: str) -> datetime | None:
        """Return when it last happened, or None."""


class CircuitBreaker(Protocol):
    """Whether a request to a service may be made, as all workers together have seen it."""

    def acquire(self, now: datetime) -> datetime | None:
        """
        None: one request may be made, and it must be recorded or released. Else: when to ask
        again. Raises Conflict and NotStored.
        """

    def record(self, answered: bool, now: datetime) -> None:
        """
        What became of the request: True for any answer, also a refusal; False for a 5xx, a
        time-out, a broken or a refused connection. Who did not acquire may record as well.
        """

    def release(self, now: datetime) -> None:
        """The request was not made. Does nothing if none was acquired."""

    def look(self, now: datetime) -> Circuit:
        """Return the circuit as all workers have seen it. Raises NotStored."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what (`actor` is "" where nobody asked). It never names an appointment."""

    tenant: str
    action: str
    subject: str
    at: datetime
    actor: str = ""


class Audit(Protocol):
    """The audit log, kept for years."""

    def record(self, entry: AuditEntry) -> None:
        """Add the entry."""
