"""Every flow over ports in memory, with keys and a clock that never change from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle

from local.memory.ports import MemoryRings
from local.memory.world import Installation
from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    Environment,
    NumberKind,
    Proofs,
    SmsSetup,
    VirtualVisitRule,
)
from shared_code.security.keys import KeyRing
from shared_code.texting.adapters.wording import Words
from shared_code.texting.domain.reasons import REFUSED_BY_CARRIER
from shared_code.texting.ports import (
    Accepted,
    NotSent,
    OutcomeUnknown,
    OutgoingText,
    RefusedText,
    SendResult,
    Wording,
)
from tests.world import certificates as issuing
from tests.world.clock import FixedClock

CONNECTION = "lamna-production"
TENANT = "5f0b8f3e-9f2a-4a57-9d1b-2f6b6a3f1c01"
ARRIVAL = datetime(2026, 6, 1, 15, 15, tzinfo=UTC)
"""A week and a half before the visits of tests/samples."""


class MemorySender:
    """The port TextSender: keeps what it is given and answers in every way, in turn."""

    def __init__(self) -> None:
        self.texts: list[OutgoingText] = []
        self._answers: Iterator[SendResult] = cycle(
            (
                Accepted("message-1"),
                NotSent(),
                RefusedText(REFUSED_BY_CARRIER),
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


def _rings() -> MemoryRings:
    return MemoryRings(_ring(1), _ring(2), _ring(3))


@dataclass
class World(Installation):
    """An installation with real words, whose service answers in every way."""

    connection: Connection = field(default_factory=connection)
    clock: FixedClock = field(default_factory=lambda: FixedClock(ARRIVAL))
    service: MemorySender = field(default_factory=MemorySender)
    wording: Wording = field(default_factory=Words)
    rings: MemoryRings = field(default_factory=_rings)
