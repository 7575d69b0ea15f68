"""
The circuit breaker of a service: which requests may be made while it does not answer.

Pure. The adapter stores one Circuit for each SMS resource, and one for each organization at
Microsoft Graph, shared by all workers; nothing here knows a text or a meeting.

Three states, by the failures in a row: none (*closed*: every request may be made), one or two
(*half-open*: one request at a time), three (*open*: one request a minute). A failure is a 5xx, a
time-out, a broken or a refused connection; any other answer, also a refusal, closes the circuit.

How many texts an outage leaves unknown: those on the wire when it begins, then one for each
request that may still be made. A worker has at most three requests on the wire, and the first
failure holds new ones back until those have ended (HALF_OPEN_PAUSE is longer than any request). So
with one worker three texts are unknown when the circuit opens, then one a minute: 33 in thirty
minutes, and three more for each further worker that was sending when the outage began.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES = 3
"""In a row: then the circuit is open."""
HALF_OPEN_PAUSE = timedelta(seconds=15)
"""Between requests while half-open: longer than claim, connect and read together."""
OPEN_PAUSE = timedelta(minutes=1)
"""Between requests while open."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """
    `failures` in a row, `since` when; no request before `next_probe`. A method that returns a
    circuit returns an equal one where nothing has to be stored.
    """

    failures: int = 0
    since: datetime | None = None
    next_probe: datetime | None = None

    def waits_until(self, now: datetime) -> datetime | None:
        """When the next request may be made; None: now."""
        return self.next_probe if self.next_probe is not None and now < self.next_probe else None

    def acquired(self, now: datetime) -> Circuit:
        """
        The circuit to store before a request that may be made now. Stored under the ETag of this
        one, it lets one of several workers make the request.
        """
        if not self.failures or self.waits_until(now):
            return self
        return replace(self, next_probe=now + _pause(self.failures))

    def recorded(self, answered: bool, now: datetime) -> Circuit:
        """The circuit after a request that was answered, or failed."""
        if answered:
            return CLOSED
        if self.failures >= FAILURES:
            return self
        failures = self.failures + 1
        return Circuit(failures, self.since or now, now + _pause(failures))

    def released(self, acquired: Circuit, now: datetime) -> Circuit:
        """The circuit after a request that was not made, for which `acquired` was stored."""
        return replace(self, next_probe=now) if self.failures and self == acquired else self


CLOSED = Circuit()


def _pause(failures: int) -> timedelta:
    return OPEN_PAUSE if failures >= FAILURES else HALF_OPEN_PAUSE
