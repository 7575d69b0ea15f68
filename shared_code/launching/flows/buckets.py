"""
Erase launches and pages by the ten minutes in which they were made.

The agenda row of a bucket is written before its first row, once by each worker: requests of people
who are not signed in add no agenda rows of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from shared_code.agenda.domain import DONE, AgendaRow, Duty, Later, RowOutcome
from shared_code.agenda.flows import Handler
from shared_code.agenda.ports import Agenda
from shared_code.clock import Clock
from shared_code.launching.domain import launch, session, tokens
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.ports import Launches, Sessions

RETIRE_LAUNCHES, RETIRE_SESSIONS = Duty("retire_launches"), Duty("retire_sessions")
"""Duties of the agenda: both name a bucket."""
MOST_AT_ONCE = 2_000
"""Rows that one run erases of a bucket; the next run erases more."""
_SLACK = timedelta(minutes=10)
_LIVES = {RETIRE_LAUNCHES: launch.LIFETIME + _SLACK, RETIRE_SESSIONS: session.LONGEST + _SLACK}


@dataclass(frozen=True, slots=True)
class Buckets:
    """Plans and does the erasing. Every method raises NotStored."""

    agenda: Agenda
    launches: Launches
    sessions: Sessions
    clock: Clock
    _planned: set[tuple[Duty, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, duty: Duty, key: TokenKey) -> None:
        """Write the agenda row of the key's bucket, unless this worker has written it."""
        with self._lock:
            if (duty, key.bucket) in self._planned:
                return
        due = tokens.end_of(key.bucket) + _LIVES[duty]
        self.agenda.add([AgendaRow(due, duty, key.bucket)])
        with self._lock:
            if len(self._planned) > 100:
                self._planned.clear()
            self._planned.add((duty, key.bucket))

    def handlers(self) -> Mapping[Duty, Handler]:
        """Return what the agenda calls."""
        return {RETIRE_LAUNCHES: self.retire_launches, RETIRE_SESSIONS: self.retire_sessions}

    def retire_launches(self, row: AgendaRow) -> RowOutcome:
        """Erase the launches and sign-ins of a bucket."""
        return self._outcome(self.launches.erase(row.subject, MOST_AT_ONCE))

    def retire_sessions(self, row: AgendaRow) -> RowOutcome:
        """Erase the pages of a bucket."""
        return self._outcome(self.sessions.erase(row.subject, MOST_AT_ONCE))

    def _outcome(self, done: bool) -> RowOutcome:
        """What is due now is what the next run handles: the minute is rounded up."""
        return DONE if done else Later(self.clock())
