"""Take appointments, dead letters and numbers that are erased out of the problems."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from shared_code.clock import Clock
from shared_code.oversight.domain.problem import Problem
from shared_code.oversight.flows.problems import LONGEST_KEPT
from shared_code.oversight.flows.retire_problems import without
from shared_code.oversight.ports import ProblemStore


@dataclass(frozen=True, slots=True)
class EraseProblems:
    """Erases subjects of problems. Raises NotStored and Conflict."""

    store: ProblemStore
    clock: Clock

    def about(self, tenant: str, subjects: Collection[str]) -> None:
        """
        Erase these subjects, and texts and visits of an appointment among them, from all problems
        of the tenant; a problem with no other subject goes as a whole. What was counted stays.
        """
        today = self.clock().date()
        for problem in self.store.of(tenant, today - LONGEST_KEPT, today + timedelta(days=1)):
            named = _named(problem, subjects)
            if not named:
                continue
            if problem.count - problem.settled <= len(named):
                self.store.remove(problem.id)
            else:
                self.store.change(problem.id, partial(without, named))


def _named(problem: Problem, subjects: Collection[str]) -> list[str]:
    below = [
        one for one in problem.subjects if any(one.startswith(f"{each}~") for each in subjects)
    ]
    return [*below, *filter(problem.has, subjects)]
