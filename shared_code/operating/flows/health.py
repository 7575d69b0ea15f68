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
        """Whether the agenda ran within the last three minutes. Raises nothing."""
        try:
            last = self.switches.last_beat(HEARTBEAT)
        except NotStored:
            return Health(False)
        if last is None:
            return Health(False)
        age = self.clock() - last
        return Health(age <= LATEST_AGENDA, int(age.total_seconds()))
