"""
What administrators must hear of launches that fail. Nothing here stops a page.

Subjects are fixed words: what a launch carried may be hostile and never gets into a problem.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.errors import ConnectorError, Reason
from shared_code.launching.domain.errors import LAUNCH_UNREGISTERED, LAUNCHES_FAIL
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner
from shared_code.security.addresses import address_key

_SEVERAL = 3
_WITHIN = timedelta(minutes=10)
_MOST_TOLD = 1_000
_ENDING = "another ending"


@dataclass(frozen=True, slots=True)
class LaunchTrouble:
    """
    Reports problems of launching, each once a day by each worker: launches are anonymous, and their
    number must not become a number of writes. Counts are best effort, by worker.
    """

    problems: Problems
    clock: Clock
    _told: set[tuple[str, ...]] = field(default_factory=set)
    _refused: dict[str, deque[datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, reason: Reason, connection: Connection, about: str = "launches") -> None:
        """Report a problem of a connection. Storage trouble is logged and nothing else."""
        owner, now = Owner(connection.tenant, connection.id), self.clock()
        logs.warn("launch.problem", code=reason.code, connection=connection.id)
        problem = (reason.code, connection.id, about, f"{now:%Y%m%d}")
        with self._lock:
            if problem in self._told:
                return
        try:
            self.problems.report(reason.code, about, now, owner)
        except ConnectorError as error:
            logs.warn("launch.problem_not_kept", code=error.code)
            return
        with self._lock:
            if len(self._told) > _MOST_TOLD:
                self._told.clear()
            self._told.add(problem)

    def refused_by_epic(self, connection: Connection) -> None:
        """Count a launch that Epic calls invalid; three within ten minutes are a problem."""
        now = self.clock()
        with self._lock:
            recent = self._refused.setdefault(connection.id, deque(maxlen=_SEVERAL))
            recent.append(now)
            several = len(recent) == _SEVERAL and now - recent[0] <= _WITHIN
        if several:
            self.report(LAUNCHES_FAIL, connection)

    def unregistered(self, named: Connection, iss: str, sent_by: Iterable[Connection]) -> None:
        """Report a launch whose `iss` is not that of the connection in its path."""
        same = [each.id for each in sent_by if each.tenant == named.tenant]
        about = f"belongs to {same[0]}" if same else _difference(named, iss)
        self.report(LAUNCH_UNREGISTERED, named, about)

    def nearly(self, connections: Iterable[Connection], iss: str) -> None:
        """Report an unknown `iss` to those whose Epic has the same host."""
        for each in connections:
            if _difference(each, iss) == _ENDING:
                self.report(LAUNCH_UNREGISTERED, each, _ENDING)


def _difference(named: Connection, iss: str) -> str:
    """Return in fixed words how the address differs from the registered one."""
    ours = address_key(named.epic.base_url) if named.epic else ""
    theirs = address_key(iss)
    if ours.split("/")[:3] == theirs.split("/")[:3]:
        return _ENDING
    return "another host"
