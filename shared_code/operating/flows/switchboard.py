"""Pause and resume texts; release or discard what the storm brake holds."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.errors import Refused
from shared_code.operating.domain import Actor
from shared_code.operating.errors import BRAKE_NOT_SET
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import (
    UNASSIGNED,
    Audit,
    AuditEntry,
    Owner,
    Switch,
    Switches,
)
from shared_code.texting.domain.holds import BRAKE, DISCARDED, PAUSE, RELEASED
from shared_code.texting.domain.reasons import STORM_BRAKE


@dataclass(frozen=True, slots=True)
class Switchboard:
    """
    Sets and clears the switches that hold texts. Each verb is audited before it changes anything.
    Everything here may raise NotStored.
    """

    switches: Switches
    audit: Audit
    problems: Problems
    clock: Clock

    def pause(self, connection: Connection | None, actor: Actor) -> None:
        """Holds the connection's texts, or all with None."""
        self.switches.set(Switch(self._audited("pause", connection, actor), actor, self.clock()))

    def resume(self, connection: Connection | None, actor: Actor) -> None:
        """Ends a pause of the same scope."""
        self.switches.clear(self._audited("resume", connection, actor))

    def release(self, connection: Connection, actor: Actor) -> None:
        """Sends what the storm brake holds. Raises Refused with BRAKE_NOT_SET."""
        self._let_go("release", RELEASED, connection, actor)

    def discard(self, connection: Connection, actor: Actor) -> None:
        """
        Never sends what the storm brake holds by now; what comes later is sent. Raises Refused with
        BRAKE_NOT_SET.
        """
        self._let_go("discard", DISCARDED, connection, actor)

    def _audited(self, action: str, connection: Connection | None, actor: Actor) -> str:
        """The name of the switch."""
        name = f"{PAUSE}~{connection.id}" if connection else PAUSE
        tenant = connection.tenant if connection else UNASSIGNED.tenant
        self.audit.record(AuditEntry(tenant, action, name, self.clock(), actor))
        return name

    def _let_go(self, action: str, how: str, connection: Connection, actor: Actor) -> None:
        """Notes when, for the texts that come after, and takes the brake off."""
        brake, now = f"{BRAKE}~{connection.id}", self.clock()
        if self.switches.get(brake) is None:  # or the next storm would not be braked
            raise Refused(BRAKE_NOT_SET)
        self.audit.record(AuditEntry(connection.tenant, action, connection.id, now, actor))
        name = f"{how}~{connection.id}"
        self.switches.clear(name)
        self.switches.set(Switch(name, actor, now))
        self.switches.clear(brake)
        self.problems.settle(STORM_BRAKE.code, brake, Owner(connection.tenant, connection.id), now)
