"""The ports of oversight in memory: problems, dead letters, switches, the audit log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

from local.memory.rows import Rows
from shared_code.errors import Conflict
from shared_code.oversight.domain.problem import Problem
from shared_code.oversight.ports import AuditEntry, DeadLetter, Switch


class MemoryProblems:
    """The port ProblemStore."""

    def __init__(self) -> None:
        self.rows: Rows[str, Problem] = Rows()

    def change(
        self, problem_id: str, changed: Callable[[Problem | None], Problem | None]
    ) -> Problem | None:
        """Write what `changed` makes of the problem, as often as somebody else was first."""
        while True:
            known = self.rows.get(problem_id)
            before = known.value if known else None
            after = changed(before)
            if after is None or after == before:
                return after
            with suppress(Conflict):
                if known is None:
                    self.rows.insert(problem_id, after)
                else:
                    self.rows.replace(problem_id, after, known.etag)
                return after

    def of(self, tenant: str, first: date, last: date) -> Sequence[Problem]:
        """Return the tenant's problems of the days (UTC), both included."""
        days = f"{tenant}~{first:%Y%m%d}", f"{tenant}~{last:%Y%m%d}"
        kept = self.rows.values()
        return [one for one in kept if days[0] <= one.id.rpartition("~")[0] <= days[1]]

    def list(self) -> Sequence[Problem]:
        """Return all problems, the newest first."""
        return sorted(self.rows.values(), key=lambda problem: problem.last, reverse=True)

    def remove(self, problem_id: str) -> None:
        """Erase the problem. Does nothing if it does not exist."""
        self.rows.remove(problem_id)


class MemoryDeadLetters:
    """The port DeadLetterStore."""

    def __init__(self) -> None:
        self.rows: Rows[str, DeadLetter] = Rows()

    def keep(self, letter: DeadLetter) -> None:
        """Write the letter. Keeping it again changes nothing."""
        self.rows.put_if_absent(letter.id, letter)

    def find(self, letter_id: str) -> DeadLetter | None:
        """Return the letter with its content, or None."""
        found = self.rows.get(letter_id)
        return found.value if found else None

    def list(self) -> Sequence[DeadLetter]:
        """Return all letters, the newest first, without their content."""
        newest = sorted(self.rows.values(), key=lambda letter: letter.at, reverse=True)
        return [replace(letter, content="") for letter in newest]

    def remove(self, letter_id: str) -> None:
        """Erase the letter. Does nothing if it does not exist."""
        self.rows.remove(letter_id)


class MemorySwitches:
    """The port Switches."""

    def __init__(self) -> None:
        self.rows: Rows[str, datetime] = Rows()
        self.switches: Rows[str, Switch] = Rows()

    def beat(self, name: str, at: datetime) -> None:
        """Record that something happened at a time."""
        self.rows.put(name, at)

    def last_beat(self, name: str) -> datetime | None:
        """Return when it last happened, or None."""
        found = self.rows.get(name)
        return found.value if found else None

    def set(self, switch: Switch) -> None:
        """Set the switch. Setting it again changes nothing."""
        self.switches.put_if_absent(switch.name, switch)

    def clear(self, name: str) -> None:
        """Clear the switch. Does nothing if it is not set."""
        self.switches.remove(name)

    def get(self, name: str) -> Switch | None:
        """Return the switch, or None if it is not set."""
        found = self.switches.get(name)
        return found.value if found else None


class MemoryAudit:
    """The port Audit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        """Add the entry."""
        with self._lock:
            self.entries.append(entry)
