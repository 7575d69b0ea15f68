"""One request to Graph: only while the circuit lets it, never longer than there is time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared_code.clock import Clock
from shared_code.errors import ConnectorError
from shared_code.graph.errors import GraphBusy, GraphRefused, GraphUnavailable
from shared_code.outbound.errors import NoAnswer, NotReached
from shared_code.oversight.flows.attempt import attempt
from shared_code.visits.domain import reasons
from shared_code.visits.ports import MeetingCircuits

LONGEST = 5.0
"""Seconds for one request."""
SHORTEST = 0.5
"""With less time left no request is begun."""


class NotAsked(ConnectorError):
    """No request was made: the circuit is open, the wire full, or there is no time left."""


SILENT = (GraphUnavailable, NoAnswer, NotReached)
"""What counts as no answer: the circuit opens after three in a row."""
LATER = (*SILENT, GraphBusy, NotAsked)
"""What another attempt may mend."""


@dataclass(frozen=True, slots=True)
class GraphCalls:
    """Requests under an organization's circuit."""

    circuits: MeetingCircuits
    clock: Clock

    def ask[T](
        self, tenant: str, until: datetime, request: Callable[[float], T], *, by_hint: bool
    ) -> T:
        """
        Make the request; it is given its seconds. Raises NotAsked, what the request raises,
        NotStored and Conflict.
        """
        with attempt(self.circuits(tenant, by_hint), self.clock, is_repeat=False) as asked:
            if asked.wait_until is not None:
                raise NotAsked(reasons.MEETINGS_PAUSED)
            seconds = (until - self.clock()).total_seconds()
            if seconds < SHORTEST:
                raise NotAsked(reasons.PREPARATION_SLOW)
            try:
                answer = request(min(seconds, LONGEST))
            except SILENT:
                asked.answered = False
                raise
            except (GraphBusy, GraphRefused):
                asked.answered = True
                raise
            asked.answered = True
            return answer
