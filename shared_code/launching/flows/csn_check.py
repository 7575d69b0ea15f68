"""
Notice a feed whose key is not the CSN that launches carry.

Patients' texts and clinicians' launches would then lead to two meetings of one visit, and nobody
would be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared_code.appointments.domain import CSN_MISMATCH
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.launching.flows.trouble import LaunchTrouble
from shared_code.oversight.ports import Switches

FEED_IS_ALIVE = timedelta(hours=1)
"""A launch may be faster than the feed; a feed that has just delivered should know the visit."""


def feed_of(connection: str) -> str:
    """Return the name under which the last message of a connection's feed is noted."""
    return f"feed-{connection}"


@dataclass(frozen=True, slots=True)
class CsnCheck:
    """Reports `csn_mismatch`. Raises NotStored."""

    switches: Switches
    trouble: LaunchTrouble
    clock: Clock

    def unknown(self, connection: Connection) -> None:
        """Consider a launch whose CSN no appointment carries."""
        last = self.switches.last_beat(feed_of(connection.id))
        if last is not None and self.clock() - last <= FEED_IS_ALIVE:
            self.trouble.report(CSN_MISMATCH, connection, connection.fields.key_and_csn())
