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


@dataclass(frozen=True, slots=True)
class LaunchTrouble:
    """Reports problems of launching, each once a day. Counts are best effort, by worker."""

    problems: Problems
    clock: Clock
    _refused: dict[str, deque[datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, reason: Reason, connection: Connection, about: str = "launches") -> None:
        """Report a problem of a connection. Storage trouble is logged and nothing else."""
        owner = Owner(connection.tenant, connection.id)
        logs.warn("launch.problem", code=reason.code, connection=connection.id)
        try:
            self.problems.report(reason.code, about, self.clock(), owner)
        except ConnectorError as error:
            logs.warn("launch.problem_not_kept", code=error.code)

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


def _difference(named: Connection, iss: str) -> str:
    """Return in fixed words how the address differs from the registered one."""
    ours = address_key(named.epic.base_url) if named.epic else ""
    theirs = address_key(iss)
    if ours.split("/")[:3] == theirs.split("/")[:3]:
        return "another ending"
    return "another host"
