"""
Report problems to operators, and settle them. The agenda row that erases a problem is written
before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from shared_code import logs
from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.agenda.ports import Agenda
from shared_code.errors import Code, Conflict
from shared_code.oversight.domain.problem import Problem, digest_of
from shared_code.oversight.ports import UNASSIGNED, Owner, ProblemStore

RETIRE_PROBLEM = Duty("retire_problem")
"""A duty of the agenda: it names a problem."""
KEPT = timedelta(days=7)
"""How long a problem is kept, unless it is open and about a visit still ahead."""
LONGEST_KEPT = timedelta(days=400)
"""So long at most is a problem kept for a visit."""


@dataclass(frozen=True, slots=True)
class Problems:
    """Reports problems to operators. Raises NotStored."""

    store: ProblemStore
    agenda: Agenda

    def report(
        self,
        code: Code,
        subject: str,
        at: datetime,
        owner: Owner = UNASSIGNED,
        *,
        each: bool = False,
        group: str = "",
    ) -> None:
        """
        Record a problem. `subject` says what it is about without identifying a patient.

        The same code, connection and day (UTC) make one problem, which counts its subjects; with
        `each`, every subject makes one, and with a `group`, those of that group do. A subject that
        is named already is not counted again. Many workers at once may leave some out of the count,
        but never the problem itself.
        """
        digest = digest_of(code, owner.connection, group or (subject if each else ""))
        problem_id = f"{owner.tenant}~{at.astimezone(UTC):%Y%m%d}~{digest}"

        def reported(before: Problem | None) -> Problem:
            if before is not None:
                return before.reported(subject, at)
            self.agenda.add([AgendaRow(at + KEPT, RETIRE_PROBLEM, problem_id)])
            owned = owner.tenant, code, owner.connection
            return Problem(problem_id, *owned, subjects=(subject,), at=at, last=at)

        self._change(problem_id, reported, code, owner)

    def settle(self, code: Code, subject: str, owner: Owner, now: datetime) -> None:
        """
        Note in all problems of that kind and connection that nothing is wrong with the subject any
        more. Many workers at once may leave it open: then a person closes the problem.
        """
        digests = {digest_of(code, owner.connection, each) for each in ("", subject)}
        today = now.astimezone(UTC).date()
        for problem in self.store.of(owner.tenant, today - LONGEST_KEPT, today):
            mine = problem.id.rpartition("~")[2] in digests
            if mine and problem.has(subject):
                self._change(problem.id, partial(_without, subject), code, owner)

    def _change(
        self,
        problem_id: str,
        changed: Callable[[Problem | None], Problem | None],
        code: Code,
        owner: Owner,
    ) -> None:
        try:
            self.store.change(problem_id, changed)
        except Conflict:
            logs.warn("problem.not_counted", code=code, connection=owner.connection)


def _without(subject: str, problem: Problem | None) -> Problem | None:
    return problem.without(subject) if problem else None
