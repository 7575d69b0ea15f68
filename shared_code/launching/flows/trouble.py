"""
What administrators must hear of launches that fail. Nothing here stops a page.

Subjects are fixed words; what a launch carried may be hostile. Only an address that is shaped like
Epic's FHIR addresses is named, and few a day: without it nobody could correct the record.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.errors import ConnectorError, Reason
from shared_code.launching.domain.errors import (
    ENDPOINT_ELSEWHERE,
    LAUNCH_UNREGISTERED,
    LAUNCHES_FAIL,
)
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner
from shared_code.security.addresses import address_key, is_base_url, is_host

_SEVERAL = 3
_WITHIN = timedelta(minutes=10)
_REPORT_AGAIN = timedelta(minutes=10)
"""A person may have closed the problem meanwhile."""
_MOST_REPORTED = 1_000
_MOST_ADDRESSES = 3
"""So many addresses are named of one connection, by each worker and day."""
_LONGEST_ADDRESS = 200
_FHIR = re.compile(r".+://[^/]+(/[a-z0-9_-]+)?/api/fhir/(dstu2|stu3|r4)", re.ASCII)
_ENDING = "another ending"
_HTTP = "http instead of https"


@dataclass(frozen=True, slots=True)
class LaunchTrouble:
    """
    Reports problems of launching, each once in ten minutes by each worker: launches are anonymous,
    and their number must not become a number of writes. Counts are best effort, by worker.
    """

    problems: Problems
    clock: Clock
    _reported: dict[tuple[str, ...], datetime] = field(default_factory=dict)
    _refused: dict[str, deque[datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, reason: Reason, connection: Connection, about: str = "launches") -> None:
        """Report a problem of a connection. Storage trouble is logged and nothing else."""
        owner, now = Owner(connection.tenant, connection.id), self.clock()
        logs.warn("launch.problem", code=reason.code, connection=connection.id)
        problem = (reason.code, connection.id, about, f"{now:%Y%m%d}")
        with self._lock:
            before = self._reported.get(problem)
            if before is not None and now < before + _REPORT_AGAIN:
                return
        try:
            self.problems.report(reason.code, about, now, owner)
        except ConnectorError as error:
            logs.warn("launch.problem_not_kept", code=error.code)
            return
        with self._lock:
            if len(self._reported) > _MOST_REPORTED:
                self._reported.clear()
            self._reported[problem] = now

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
        about = f"belongs to {same[0]}" if same else self._unknown(named, iss)
        self.report(LAUNCH_UNREGISTERED, named, about)

    def nearly(self, connections: Iterable[Connection], iss: str) -> None:
        """Report an unknown `iss` to those whose Epic has the same host."""
        for each in connections:
            if _difference(each, iss) in (_ENDING, _HTTP):
                self.report(LAUNCH_UNREGISTERED, each, self._unknown(each, iss))

    def elsewhere(self, connection: Connection, host: str) -> None:
        """Report a host that Epic's discovery names and nobody has approved."""
        self.report(ENDPOINT_ELSEWHERE, connection, host if is_host(host) else "another host")

    def _unknown(self, connection: Connection, iss: str) -> str:
        """Return how the address differs, and the address itself while few have been named."""
        words, address = _difference(connection, iss), address_key(iss)
        plain = len(address) <= _LONGEST_ADDRESS and is_base_url(address)
        if not plain or not _FHIR.fullmatch(address):
            return words
        about, day = f"{words}: {address}", f"{self.clock():%Y%m%d}"
        with self._lock:
            today = [each for each in self._reported if (each[1], each[3]) == (connection.id, day)]
        named = {each[2] for each in today if ": https://" in each[2]}
        return about if about in named or len(named) < _MOST_ADDRESSES else words


def _difference(named: Connection, iss: str) -> str:
    """Return in fixed words how the address differs from the registered one."""
    ours = address_key(named.epic.base_url) if named.epic else ""
    theirs = address_key(iss)
    if ours.split("/")[:3] == theirs.split("/")[:3]:
        return _ENDING
    if theirs.startswith("http:") and ours.split("/")[2:3] == theirs.split("/")[2:3]:
        return _HTTP
    return "another host"
