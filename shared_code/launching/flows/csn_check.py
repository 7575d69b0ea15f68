"""
Notice a feed whose key is not the CSN that launches carry.

Patients' texts and clinicians' launches would then lead to two meetings of one visit, and nobody
would be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared_code.appointments.domain import CSN_MISMATCH, feed_name
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.launching.flows.trouble import LaunchTrouble
from shared_code.oversight.ports import Switches

ALIVE = timedelta(hours=1)
"""A launch may be faster than the feed; a feed that has delivered for so long knows the visit."""


@dataclass(frozen=True, slots=True)
class CsnCheck:
    """Reports `csn_mismatch`. Raises NotStored."""

    switches: Switches
    trouble: LaunchTrouble
    clock: Clock

    def unknown(self, connection: Connection) -> None:
        """Consider a launch whose CSN no appointment carries."""
        name, now = feed_name(connection.id), self.clock()
        first, last = self.switches.get(name), self.switches.last_beat(name)
        if first is None or last is None:
            return
        if first.since + ALIVE <= now <= last + ALIVE:
            self.trouble.report(CSN_MISMATCH, connection, connection.fields.key_and_csn())
