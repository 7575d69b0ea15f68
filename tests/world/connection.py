"""The connection of the tests: an approved production connection that texts for visit code 2950."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    Environment,
    Proofs,
    VirtualVisitRule,
)
from shared_code.connections.launch_setup import EpicSetup, PatientPages, VisitSetup
from shared_code.connections.sms_setup import NumberKind, SmsSetup
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
EPIC = EpicSetup(
    base_url="https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4/",
    client_id="0c000000-0000-4000-8000-0000000000e1",
    signing_keys=("epic-signing-lamna-production",),
)
VISITS = VisitSetup(
    organizers=tuple(f"0b000000-0000-4000-8000-{number:012x}" for number in (1, 2, 3)),
    frame_hosts=("https://*.lamna.example",),
)
LAUNCHING = replace(
    CONNECTION,
    epic=EPIC,
    visits=VISITS,
    pages=PatientPages(
        emergency="In an emergency, call 911.",
        privacy_url="https://lamna.example/privacy",
        accessibility_url="https://lamna.example/accessibility",
    ),
)
"""The same connection, whose visits are launched from Epic and held in Teams."""


def connection(**changes: Any) -> Connection:
    """Return the connection with some fields changed."""
    return replace(CONNECTION, **changes)
