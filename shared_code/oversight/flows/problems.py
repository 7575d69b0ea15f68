"""Report problems to operators. The agenda row that erases a report is written before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.agenda.ports import Agenda
from shared_code.errors import Code
from shared_code.oversight.ports import UNASSIGNED, Owner, Problem, ProblemStore

RETIRE_PROBLEM = Duty("retire_problem")
"""A duty of the agenda: it names a problem."""
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Problems:
    """Reports problems to operators. Raises NotStored."""

    store: ProblemStore
    agenda: Agenda

    def report(self, code: Code, subject: str, at: datetime, owner: Owner = UNASSIGNED) -> None:
        """
        Record a problem.

        The same code, connection, subject and day (UTC) make one problem: reporting it again
        changes nothing. `subject` says what it is about without identifying a patient.
        """
        words = f"{code}|{owner.connection}|{subject}"
        digest = hashlib.sha256(words.encode()).hexdigest()[:24]
        problem_id = f"{owner.tenant}~{at:%Y%m%d}~{digest}"
        self.agenda.add([AgendaRow(at + KEPT, RETIRE_PROBLEM, problem_id)])
        self.store.record(Problem(problem_id, owner.tenant, code, owner.connection, subject, at))
