"""The connection of the tests: an approved production connection that texts for visit code 2950."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    Environment,
    NumberKind,
    Proofs,
    SmsSetup,
    VirtualVisitRule,
)
from tests.world import certificates
from tests.world.clock import NOW

ZONE = "America/Chicago"
TENANT = "11111111-1111-1111-1111-111111111111"
SENDER = "+16085550199"
ENABLED = SmsSetup(SENDER, NumberKind.TOLL_FREE, NOW - timedelta(days=30))
CONNECTION = Connection(
    id="lamna",
    tenant=TENANT,
    organization_name="Lamna Healthcare",
    contact="(608) 555-0100",
    environment=Environment.PRODUCTION,
    status=ConnectionStatus.APPROVED,
    epic_zone=ZONE,
    proofs=Proofs(certificates=(certificates.der("p256"),)),
    approved_before=True,
    virtual_visits=VirtualVisitRule(codes=frozenset({"2950"})),
    sms=ENABLED,
)


def connection(**changes: Any) -> Connection:
    """Return the connection with some fields changed."""
    return replace(CONNECTION, **changes)
