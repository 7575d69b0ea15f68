"""List what a person should look at, and close what somebody has looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared_code.clock import Clock
from shared_code.errors import Refused
from shared_code.operating.domain import Actor
from shared_code.operating.errors import PROBLEM_UNKNOWN
from shared_code.oversight.domain.problem import Closing, Problem
from shared_code.oversight.ports import Audit, AuditEntry, ProblemStore


@dataclass(frozen=True, slots=True)
class ProblemList:
    """
    The problems of all connections. Nothing in it says whose appointment one is about. Everything
    here may raise NotStored.
    """

    store: ProblemStore
    audit: Audit
    clock: Clock

    def list(self, *, settled: bool = False) -> Sequence[Problem]:
        """The open problems, the newest first; with `settled` all others too."""
        return [each for each in self.store.list() if settled or each.is_open]

    def close(self, problem_id: str, why: Closing, actor: Actor) -> Problem:
        """
        Take the problem off the list, audited; one that is off it stays as it is. Raises Refused
        with PROBLEM_UNKNOWN, and Conflict.
        """
        found = next((each for each in self.store.list() if each.id == problem_id), None)
        if found is None:
            raise Refused(PROBLEM_UNKNOWN)
        if not found.is_open:
            return found
        action, about = f"close-problem {why}", found.id
        self.audit.record(AuditEntry(found.tenant, action, about, self.clock(), actor))
        closed = self.store.change(
            problem_id, lambda kept: kept.closed_by_person(why) if kept else None
        )
        return closed or found
