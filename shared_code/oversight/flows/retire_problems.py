"""Erase problems after seven days; an open one about a visit still ahead stays until the visit."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from shared_code.agenda.domain import DONE, AgendaRow, Later, RowOutcome
from shared_code.clock import Clock
from shared_code.errors import Code
from shared_code.oversight.domain.problem import Problem
from shared_code.oversight.flows.problems import KEPT, LONGEST_KEPT
from shared_code.oversight.ports import ProblemStore


@dataclass(frozen=True, slots=True)
class RetireProblems:
    """
    The duty `retire_problem`. `begins` tells when the visit begins that a subject is about (UTC);
    None for anything else. `passing` are codes that no visit keeps.
    """

    store: ProblemStore
    begins: Callable[[str], datetime | None]
    passing: Collection[Code]
    clock: Clock

    def retire(self, row: AgendaRow) -> RowOutcome:
        """
        Erase the problem, or take what is over out of it and look again: after seven days, or when
        its last visit begins.
        """
        now = self.clock()
        problem = self.store.change(row.subject, lambda kept: kept)
        if problem is not None and self._may_stay(problem):
            starts = {each: self.begins(each) for each in problem.subjects}
            ahead = [start for start in starts.values() if start is not None and start > now]
            if ahead:
                over = [each for each, start in starts.items() if start is None or start <= now]
                self.store.change(row.subject, partial(without, over))
                return Later(min(max(ahead), now + KEPT))
        self.store.remove(row.subject)
        return DONE

    def _may_stay(self, problem: Problem) -> bool:
        young = self.clock() < problem.at + LONGEST_KEPT
        return problem.is_open and problem.code not in self.passing and young


def without(subjects: Collection[str], problem: Problem | None) -> Problem | None:
    """Return the problem with these subjects settled."""
    for each in subjects if problem else ():
        problem = problem.without(each) if problem else None
    return problem
