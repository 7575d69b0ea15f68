"""Raising a problem for a person: the agenda row that erases it comes first."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from shared_code.domain.agenda import AgendaRow, Duty
from shared_code.errors import ErrorCode
from shared_code.ports import Agenda, Problem, Problems

RETIRE_PROBLEM = Duty("retire_problem")
"""A duty of the agenda: it names a problem."""
KEPT = timedelta(days=7)
UNASSIGNED = "_unassigned"


def raise_problem(
    code: ErrorCode,
    subject: str,
    at: datetime,
    *,
    tenant: str = UNASSIGNED,
    connection: str = "",
    agenda: Agenda,
    problems: Problems,
) -> None:
    """The same code, subject and day make the same problem: raising it twice changes nothing."""
    digest = hashlib.sha256(f"{code}|{connection}|{subject}".encode()).hexdigest()[:24]
    problem_id = f"{tenant}~{at:%Y%m%d}~{digest}"
    agenda.add([AgendaRow(at + KEPT, RETIRE_PROBLEM, problem_id)])
    problems.record(Problem(problem_id, tenant, code, connection, subject, at))
