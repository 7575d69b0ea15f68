"""What is set and how things stand: the first command when something seems wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.agenda.flows import HEARTBEAT
from shared_code.appointments.domain import feed_name
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.oversight.domain.circuit import Circuit
from shared_code.oversight.ports import CircuitBreaker, ProblemStore, Switch, Switches
from shared_code.queues import POISON, QUEUES, Queues
from shared_code.texting.domain.holds import BRAKE, PAUSE
from shared_code.visits.ports import MeetingCircuits


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """About how many messages wait, also hidden ones, and how many failed five times."""

    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """A connection, what holds its texts, and when a message of it was last applied (UTC)."""

    connection: Connection
    pause: Switch | None
    brake: Switch | None
    last_message: datetime | None


@dataclass(frozen=True, slots=True)
class InstallationStatus:
    """
    How things stand at `at`. `pause` holds all texts; `graph` has the circuit of each tenant whose
    meetings are made; `mistakes` are those of the configuration, by place; `agenda_age` is in
    seconds, None if the agenda never ran.
    """

    at: datetime
    agenda_age: int | None
    pause: Switch | None
    sms: Circuit
    graph: Mapping[str, Circuit]
    queues: Mapping[str, QueueDepth]
    connections: Sequence[ConnectionStatus]
    mistakes: Sequence[str]
    open_problems: int


@dataclass(frozen=True, slots=True)
class Status:
    """Reads everything, changes nothing. May raise NotStored."""

    connections: Connections
    switches: Switches
    queues: Queues
    circuit: CircuitBreaker
    meeting_circuits: MeetingCircuits
    problems: ProblemStore
    clock: Clock

    def now(self) -> InstallationStatus:
        """The state of the installation."""
        now, connections = self.clock(), self.connections.all()
        ran = self.switches.last_beat(HEARTBEAT)
        tenants = sorted({each.tenant for each in connections if each.visits})
        return InstallationStatus(
            at=now,
            agenda_age=int((now - ran).total_seconds()) if ran else None,
            pause=self.switches.get(PAUSE),
            sms=self.circuit.look(now),
            graph={each: self.meeting_circuits(each, False).look(now) for each in tenants},
            queues={each: self._depth(each) for each in QUEUES},
            connections=[self._of(each) for each in connections],
            mistakes=self.connections.mistakes(),
            open_problems=sum(each.is_open for each in self.problems.list()),
        )

    def _depth(self, queue: str) -> QueueDepth:
        return QueueDepth(self.queues.depth(queue), self.queues.depth(f"{queue}{POISON}"))

    def _of(self, connection: Connection) -> ConnectionStatus:
        return ConnectionStatus(
            connection,
            pause=self.switches.get(f"{PAUSE}~{connection.id}"),
            brake=self.switches.get(f"{BRAKE}~{connection.id}"),
            last_message=self.switches.last_beat(feed_name(connection.id)),
        )
