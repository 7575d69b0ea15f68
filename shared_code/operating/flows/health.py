"""
Whether this app can do its work, told from what it did, not from being up.

`hl7`: can it store a message. `web`: did the agenda run lately.
"""

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


def door_health(queues: Queues, rings: Rings) -> Health:
    """Whether a message could be sealed and stored now."""
    try:
        return Health(queues.can_send(HL7_INBOUND) and bool(rings.payload.current))
    except NotStored:
        return Health(False)


def work_health(switches: Switches, clock: Clock) -> Health:
    """Whether the agenda ran within the last three minutes."""
    try:
        last = switches.last_beat(HEARTBEAT)
    except NotStored:
        return Health(False)
    if last is None:
        return Health(False)
    age = clock() - last
    return Health(age <= LATEST_AGENDA, int(age.total_seconds()))
