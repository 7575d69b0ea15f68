"""Pause and resume texts; release or discard what the storm brake holds."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.operating.domain import Actor
from shared_code.oversight.ports import UNASSIGNED, Audit, AuditEntry, Switch, Switches
from shared_code.texting.domain.next_step import BRAKE, DISCARDED, PAUSE, RELEASED


@dataclass(frozen=True, slots=True)
class Switchboard:
    """
    Sets and clears the switches that hold texts. Each verb is audited before it changes anything,
    and doing it again changes nothing more. Everything here may raise NotStored.
    """

    switches: Switches
    audit: Audit
    clock: Clock

    def pause(self, connection: Connection | None, actor: Actor) -> str:
        """Holds the connection's texts, or all with None. Returns the name of the switch."""
        name = self._audited("pause", connection)
        self.switches.set(Switch(name, actor, self.clock()))
        return name

    def resume(self, connection: Connection | None, actor: Actor) -> str:
        """Ends a pause of the same scope. Returns the name of the switch."""
        name = self._audited("resume", connection)
        self.switches.clear(name)
        return name

    def release(self, connection: Connection, actor: Actor) -> None:
        """Sends what the storm brake holds."""
        self._let_go("release", RELEASED, connection, actor)

    def discard(self, connection: Connection, actor: Actor) -> None:
        """Never sends what the storm brake holds by now; what comes later is sent."""
        self._let_go("discard", DISCARDED, connection, actor)

    def _audited(self, action: str, connection: Connection | None) -> str:
        name = f"{PAUSE}~{connection.id}" if connection else PAUSE
        tenant = connection.tenant if connection else UNASSIGNED.tenant
        self.audit.record(AuditEntry(tenant, action, name, self.clock()))
        return name

    def _let_go(self, action: str, how: str, connection: Connection, actor: Actor) -> None:
        """Notes when, for the texts that come after, and takes the brake off."""
        self.audit.record(AuditEntry(connection.tenant, action, connection.id, self.clock()))
        name = f"{how}~{connection.id}"
        self.switches.clear(name)
        self.switches.set(Switch(name, actor, self.clock()))
        self.switches.clear(f"{BRAKE}~{connection.id}")
