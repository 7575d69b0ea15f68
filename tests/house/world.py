"""Every flow over ports in memory, with keys and a clock that never change from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle

from shared_code.domain.connection import (
    Connection,
    ConnectionStatus,
    Environment,
    NumberKind,
    Proofs,
    SmsSetup,
    VirtualVisitRule,
)
from shared_code.errors import ErrorCode
from shared_code.flows.apply_schedule import Scheduling
from shared_code.flows.bury import Graveyard
from shared_code.flows.patient_links import LinkMaker, Visitors
from shared_code.flows.post_text import Poster
from shared_code.flows.receive_hl7 import Door
from shared_code.flows.run_agenda import Duties
from shared_code.flows.send_text import Dispatch
from shared_code.flows.text_gates import Gates
from shared_code.ports import (
    Accepted,
    NotSent,
    OutcomeUnknown,
    OutgoingText,
    RefusedText,
    SendResult,
)
from shared_code.security.keys import KeyRing
from shared_code.sms.words import Words
from tests.memory import ports
from tests.memory.optouts import MemoryOptOuts
from tests.unit.flows.world import FreeSlots, NoOutage
from tests.unit.security import issuing

CONNECTION = "lamna-production"
TENANT = "5f0b8f3e-9f2a-4a57-9d1b-2f6b6a3f1c01"
ARRIVAL = datetime(2026, 6, 1, 15, 15, tzinfo=UTC)
"""A week and a half before the visits of tests/samples."""


class MovableClock:
    """The port Clock; tests say how late it is."""

    def __init__(self) -> None:
        self.at = ARRIVAL

    def __call__(self) -> datetime:
        return self.at


class MemorySender:
    """The port TextSender: keeps what it is given and answers in every way, in turn."""

    def __init__(self) -> None:
        self.texts: list[OutgoingText] = []
        self._answers: Iterator[SendResult] = cycle(
            (
                Accepted("message-1"),
                NotSent(),
                RefusedText(ErrorCode.REFUSED_BY_CARRIER),
                OutcomeUnknown(),
            )
        )

    def send(self, text: OutgoingText) -> SendResult:
        """The next answer."""
        self.texts.append(text)
        return next(self._answers)


def connection() -> Connection:
    """Approved, texting, for every visit of the feed."""
    return Connection(
        id=CONNECTION,
        tenant=TENANT,
        organization_name="Lamna Healthcare",
        contact="(608) 555-0100",
        environment=Environment.PRODUCTION,
        status=ConnectionStatus.APPROVED,
        epic_zone="America/Chicago",
        proofs=Proofs(certificates=(issuing.der("p256"),)),
        virtual_visits=VirtualVisitRule(every_visit=True),
        sms=SmsSetup("+18005550100", NumberKind.TOLL_FREE, datetime(2026, 1, 1, tzinfo=UTC)),
        processing_ids=frozenset({"P", "T"}),
    )


def _ring(seed: int) -> KeyRing:
    return KeyRing("1", {"1": bytes([seed]) * 32})


def proof() -> dict[str, str]:
    """The headers with which Epic proves that it is the connection's."""
    return {"x-arr-clientcert": issuing.presented(issuing.der("p256"))}


@dataclass(slots=True)
class World:
    """The ports; the properties are what the flows take."""

    clock: MovableClock = field(default_factory=MovableClock)
    agenda: ports.MemoryAgenda = field(default_factory=ports.MemoryAgenda)
    appointments: ports.MemoryAppointments = field(default_factory=ports.MemoryAppointments)
    texts: ports.MemoryTexts = field(default_factory=ports.MemoryTexts)
    links: ports.MemoryLinks = field(default_factory=ports.MemoryLinks)
    queues: ports.MemoryQueues = field(default_factory=ports.MemoryQueues)
    payloads: ports.MemoryPayloads = field(default_factory=ports.MemoryPayloads)
    problems: ports.MemoryProblems = field(default_factory=ports.MemoryProblems)
    dead_letters: ports.MemoryDeadLetters = field(default_factory=ports.MemoryDeadLetters)
    switches: ports.MemorySwitches = field(default_factory=ports.MemorySwitches)
    audit: ports.MemoryAudit = field(default_factory=ports.MemoryAudit)
    opt_outs: MemoryOptOuts = field(default_factory=MemoryOptOuts)
    sender: MemorySender = field(default_factory=MemorySender)
    words: Words = field(default_factory=Words)
    connections: ports.MemoryConnections = field(
        default_factory=lambda: ports.MemoryConnections({CONNECTION: connection()})
    )
    rings: ports.MemoryRings = field(
        default_factory=lambda: ports.MemoryRings(_ring(1), _ring(2), _ring(3))
    )

    @property
    def door(self) -> Door:
        """For receive()."""
        return Door(self.connections, self.queues, self.payloads, self.rings, self.clock, True)

    @property
    def yard(self) -> Graveyard:
        """For burying and replaying."""
        return Graveyard(
            self.connections,
            self.agenda,
            self.dead_letters,
            self.problems,
            self.payloads,
            self.queues,
            self.audit,
            self.clock,
        )

    @property
    def scheduling(self) -> Scheduling:
        """For apply_work()."""
        return Scheduling(
            self.appointments, self.yard, self.rings, timedelta(hours=1), timedelta(seconds=30)
        )

    @property
    def dispatch(self) -> Dispatch:
        """For send_work()."""
        poster = Poster(
            agenda=self.agenda,
            texts=self.texts,
            problems=self.problems,
            sender=self.sender,
            wording=self.words,
            links=self.link_maker,
            rings=self.rings,
            clock=self.clock,
            maker="house",
        )
        return Dispatch(
            connections=self.connections,
            appointments=self.appointments,
            queues=self.queues,
            outages=NoOutage(),
            slots=FreeSlots(),
            gates=Gates(self.switches, self.opt_outs, None, self.rings),
            poster=poster,
        )

    @property
    def link_maker(self) -> LinkMaker:
        """For patients' links."""
        return LinkMaker(self.links, self.agenda, "https://visits.example.org")

    @property
    def duties(self) -> Duties:
        """For run_agenda()."""
        return Duties(
            connections=self.connections,
            appointments=self.appointments,
            agenda=self.agenda,
            texts=self.texts,
            links=self.links,
            queues=self.queues,
            problems=self.problems,
            dead_letters=self.dead_letters,
            payloads=self.payloads,
            switches=self.switches,
            clock=self.clock,
        )

    @property
    def visitors(self) -> Visitors:
        """For show_link()."""
        return Visitors(
            self.link_maker,
            self.appointments,
            self.connections,
            self.opt_outs,
            self.rings,
            self.clock,
        )
