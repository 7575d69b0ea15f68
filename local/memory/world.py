"""
One installation in memory: every port once, all through one line, and the real wiring.

Hospitals, patients and steps are added by those who use it; nothing happens here by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType

from local.memory.counts import MemoryCounts
from local.memory.launching import (
    MemoryAttendees,
    MemoryLaunches,
    MemoryLinkedUsers,
    MemorySessions,
)
from local.memory.line import Line
from local.memory.meetings import MemoryMeetings
from local.memory.number_days import MemoryNumberDays
from local.memory.optouts import MemoryOptOuts
from local.memory.oversight import MemoryAudit, MemoryDeadLetters, MemoryProblems, MemorySwitches
from local.memory.ports import (
    MemoryAgenda,
    MemoryAppointments,
    MemoryConnections,
    MemoryLinks,
    MemoryPayloads,
    MemoryQueues,
    MemoryRings,
    MemorySecrets,
    MemoryTexts,
)
from local.memory.sending import ClosedCircuit, FreeRateWindow
from local.memory.sign_in import ScriptedEpic, ScriptedMicrosoft
from local.memory.visits import MemoryOrganizerDays, MemoryVisits
from shared_code.agenda.flows import MapRows
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.oversight.ports import CircuitBreaker
from shared_code.settings import Settings
from shared_code.texting.ports import OptOutSource, RateWindow, TextSender, Wording
from shared_code.visits.ports import MeetingCircuits
from shared_code.wiring.services import Services

PUBLIC_URL = "https://visits.example.org"
ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "CONNECTOR_ROLE": "all",
        "CONNECTOR_CONNECTIONS_FILE": "connections.json",
        "CONNECTOR_VAULT_URL": "https://vault.invalid",
        "CONNECTOR_PUBLIC_URL": PUBLIC_URL,
        "CONNECTOR_ACS_ENDPOINT": "https://acs.invalid",
        "CONNECTOR_ENTRA_CLIENT_ID": "33333333-3333-3333-3333-333333333333",
        "CONNECTOR_ENTRA_TENANT_ID": "11111111-1111-1111-1111-111111111111",
        "AzureWebJobsStorage__accountName": "unreachable",
    }
)
"""The environment of a local installation; the addresses are never called."""
SETTINGS = Settings.from_environment(
    {**ENVIRONMENT, "CONNECTOR_CLIENT_CERTIFICATE_SOURCE": "app-service"}
)


@dataclass(kw_only=True)
class Installation:
    """
    Implements Ports. `delay` is how long a confirmation waits for corrections, `tenant` that of the
    Entra app.
    """

    connection: Connection
    clock: Clock
    service: TextSender
    wording: Wording
    graph: MemoryMeetings = field(default_factory=MemoryMeetings)
    line: Line = field(default_factory=Line)
    rings: MemoryRings = field(default_factory=MemoryRings)
    delay: timedelta = SETTINGS.confirmation_delay
    tenant: str = SETTINGS.entra_tenant_id
    epic_side: ScriptedEpic = field(default_factory=ScriptedEpic)
    microsoft_side: ScriptedMicrosoft = field(default_factory=ScriptedMicrosoft)

    def __post_init__(self) -> None:
        """Create the ports."""
        through = self.line.through
        connections = MemoryConnections({self.connection.id: self.connection})
        self.connections = through("connections", connections)
        self.appointments = through("appointments", MemoryAppointments(connections))
        self.agenda = through("agenda", MemoryAgenda())
        self.texts = through("texts", MemoryTexts())
        self.links = through("links", MemoryLinks())
        self.secrets = through("secrets", MemorySecrets())
        self.queues = through("queues", MemoryQueues())
        self.payloads = through("payloads", MemoryPayloads())
        self.problem_store = through("problems", MemoryProblems())
        self.dead_letter_store = through("letters", MemoryDeadLetters())
        self.switches = through("switches", MemorySwitches())
        self.audit = through("audit", MemoryAudit())
        self.text_sender = through("sender", self.service)
        self.opt_outs = through("optouts", MemoryOptOuts())
        self.counts = through("counts", MemoryCounts())
        self.number_days = through("numberdays", MemoryNumberDays())
        self.launches = through("launches", MemoryLaunches())
        self.sessions = through("sessions", MemorySessions())
        self.linked_users = through("ehrusers", MemoryLinkedUsers())
        self.attendees = through("attendees", MemoryAttendees())
        self.epic = through("epic", self.epic_side)
        self.microsoft = through("microsoft", self.microsoft_side)
        self.visits = through("visits", MemoryVisits())
        self.organizer_days = through("organizerdays", MemoryOrganizerDays())
        self.meetings = through("graph", self.graph)
        self.meeting_circuits: MeetingCircuits = lambda tenant, by_hint: ClosedCircuit()
        self.opt_out_source: OptOutSource | None = None
        self.rate: RateWindow = FreeRateWindow()
        self.circuit: CircuitBreaker = ClosedCircuit()

    @property
    def services(self) -> Services:
        """Return the stories over the current ports."""
        return self.services_of("worker-1")

    def services_of(self, worker: str) -> Services:
        """Return the stories of one worker."""
        settings = replace(SETTINGS, confirmation_delay=self.delay, entra_tenant_id=self.tenant)
        return Services(settings, self, worker)

    def run_agenda(self, map_rows: MapRows = map) -> int:
        """Run the agenda. Rows are handled one by one unless `map_rows` is given."""
        return replace(self.services.agenda_run, map_rows=map_rows).run()
