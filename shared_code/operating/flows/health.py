"""Whether an app can do its work, judged by recent work, not by liveness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared_code.agenda.flows import HEARTBEAT
from shared_code.clock import Clock
from shared_code.errors import NotStored
from shared_code.oversight.ports import Switches
from shared_code.queues import HL7_INBOUND, Queues
from shared_code.security.keys import Rings

LATEST_AGENDA = timedelta(minutes=3)
_CLOCKS_DIFFER = timedelta(seconds=30)
"""By how much the clock of another worker may be ahead; a later run is one of another time."""


@dataclass(frozen=True, slots=True)
class Health:
    """`healthy`, and the age of the last agenda run in seconds (None on the door's app)."""

    healthy: bool
    agenda_age_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class DoorHealth:
    """For the app with the HL7 door."""

    queues: Queues
    rings: Rings

    def check(self) -> Health:
        """Whether a message could be sealed and stored now. Raises nothing."""
        try:
            return Health(self.queues.can_send(HL7_INBOUND) and bool(self.rings.payload.current))
        except NotStored:
            return Health(False)


@dataclass(frozen=True, slots=True)
class WorkHealth:
    """For the app with everything else."""

    switches: Switches
    clock: Clock

    def check(self) -> Health:
        """
        Whether the agenda ran within the last three minutes. A run in the future says nothing: the
        age is unknown then. Raises nothing.
        """
        try:
            last = self.switches.last_beat(HEARTBEAT)
        except NotStored:
            return Health(False)
        if last is None:
            return Health(False)
        age = self.clock() - last
        if age < -_CLOCKS_DIFFER:
            return Health(False)
        return Health(age <= LATEST_AGENDA, max(0, int(age.total_seconds())))
