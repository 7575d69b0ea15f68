"""The ports of oversight in memory: problems, dead letters, switches, the audit."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from local.memory.rows import Rows
from shared_code.oversight.ports import AuditEntry, DeadLetter, Problem, Switch


class MemoryProblems:
    """The port ProblemStore."""

    def __init__(self) -> None:
        self.rows: Rows[str, Problem] = Rows()

    def record(self, problem: Problem) -> None:
        """Recording the same problem again changes nothing."""
        self.rows.put_if_absent(problem.id, problem)

    def list(self) -> Sequence[Problem]:
        """All problems, the newest first."""
        return sorted(self.rows.values(), key=lambda problem: problem.at, reverse=True)

    def remove(self, problem_id: str) -> None:
        """A missing problem is well."""
        self.rows.remove(problem_id)


class MemoryDeadLetters:
    """The port DeadLetterStore."""

    def __init__(self) -> None:
        self.rows: Rows[str, DeadLetter] = Rows()

    def keep(self, letter: DeadLetter) -> None:
        """Keeping the same letter again changes nothing."""
        self.rows.put_if_absent(letter.id, letter)

    def find(self, letter_id: str) -> DeadLetter | None:
        """The letter with its content, or None."""
        found = self.rows.get(letter_id)
        return found.value if found else None

    def list(self) -> Sequence[DeadLetter]:
        """All letters, the newest first, without their content."""
        newest = sorted(self.rows.values(), key=lambda letter: letter.at, reverse=True)
        return [replace(letter, content="") for letter in newest]

    def remove(self, letter_id: str) -> None:
        """A missing letter is well."""
        self.rows.remove(letter_id)


class MemorySwitches:
    """The port Switches."""

    def __init__(self) -> None:
        self.rows: Rows[str, datetime] = Rows()
        self.switches: Rows[str, Switch] = Rows()

    def beat(self, name: str, at: datetime) -> None:
        """Notes that something happened at a time."""
        self.rows.put(name, at)

    def last_beat(self, name: str) -> datetime | None:
        """When it happened last."""
        found = self.rows.get(name)
        return found.value if found else None

    def set(self, switch: Switch) -> None:
        """Setting a switch that is set changes nothing."""
        self.switches.put_if_absent(switch.name, switch)

    def clear(self, name: str) -> None:
        """Clearing a switch that is not set is well."""
        self.switches.remove(name)

    def get(self, name: str) -> Switch | None:
        """The switch, or None when it is not set."""
        found = self.switches.get(name)
        return found.value if found else None


class MemoryAudit:
    """The port Audit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        """Adds the entry."""
        with self._lock:
            self.entries.append(entry)
