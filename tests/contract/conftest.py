"""Each contract test runs twice: with the ports in memory and with those in a storage account."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.connections.adapters.file import ConnectionsFile
from shared_code.texting.adapters.wording import language_of
from shared_code.texting.domain.template import check_template
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import in_memory, in_storage
from tests.world import certificates

type Write = Callable[[object], ConnectionsFile]


@pytest.fixture(params=["memory", "azurite"])
def ports(request: pytest.FixtureRequest) -> Ports:
    """Return the storage ports, in memory or in storage."""
    if request.param == "memory":
        return in_memory()
    emulator: Emulator = request.getfixturevalue("azurite")
    return in_storage(emulator.connection_string)


@pytest.fixture
def stored_ports(azurite: Emulator) -> Ports:
    """Return the storage ports as deployed."""
    return in_storage(azurite.connection_string)


@pytest.fixture
def mine() -> str:
    """Return a connection id, tenant or queue name that no other test uses."""
    return f"c{secrets.token_hex(5)}"


@pytest.fixture
def raw_tables(azurite: Emulator) -> Iterator[TableServiceClient]:
    """Return the account's tables without any adapter."""
    with TableServiceClient.from_connection_string(azurite.connection_string) as service:
        yield service


@pytest.fixture
def der() -> bytes:
    """Return the DER of the certificate that Epic's administrator would upload."""
    return certificates.der("p256")


@pytest.fixture
def least(der: bytes) -> dict[str, Any]:
    """Return a connections file with the required names only."""
    return {
        "id": "lamna-test",
        "tenant": examples.TENANT,
        "organization_name": "Lamna Healthcare",
        "contact": "(608) 555-0100",
        "environment": "test",
        "status": "draft",
        "epic_zone": "America/Chicago",
        "proofs": {"certificates": [base64.b64encode(der).decode()]},
    }


@pytest.fixture
def full(least: dict[str, Any]) -> dict[str, Any]:
    """Return a connections file with every possible name."""
    return {
        **least,
        "status": "pending_approval",
        "approved_before": True,
        "display_zones": {"10102": "America/Denver"},
        "times_of": "department",
        "midnight_visits": True,
        "proofs": {**least["proofs"], "client_certificate": False, "signature": True},
        "language": "es",
        "region": "CA",
        "allowed_regions": ["CA"],
        "fields": {
            "key": "PV1-19.1",
            "starts": ["SCH-11.4"],
            "phone": "PID-14",
            "guardian_phone": "NK1-6",
            "birth_date": "ZPT-3.1",
            "language": "PID-15.1.1",
            "patient": "PID-2",
            "department": "AIL-3.1",
            "csn": "ZCS-1.1",
            "occurrence": "SCH-3",
        },
        "virtual_visits": {"every_visit": False, "path": "SCH-7.1", "codes": ["2950"]},
        "sms": {
            "from_number": "55501",
            "number_kind": "short_code",
            "enabled_since": "2026-01-01T00:00:00-06:00",
            "confirmations": False,
            "reminders": [60, 1440, 15],
            "templates": {"en": {"reminder": examples.TEMPLATE}, "zh-Hant": {}},
        },
        "allow_list": [{"label": "test phone", "hash": "1-" + "ab" * 16}],
        "processing_ids": ["P", "t", ""],
        "cancelled_statuses": ["3", "cx"],
        "ignore_other_messages": True,
        "consent": {"path": "ZCN-2.1", "allowed": ["Y", "YES"]},
        "minors": "guardian",
        "age_of_majority": 19,
        "guardian_relationships": ["GRP", "Grandparent"],
        "phone_mobile": ["1", "M2", "Cell 2", "M-1"],
        "phone_home": ["7"],
        "work_phones": True,
        "harmless_remarks": ["after 5"],
        "first_texts_a_day": 12,
        "epic": {
            "base_url": "https://epic.lamna.example/interconnect-tst-oauth/api/FHIR/R4/",
            "client_id": "5f0b8f3e-0000-4a57-9d1b-2f6b6a3f1c01",
            "signing_keys": ["epic-signing-lamna-test", "epic-signing-lamna-next"],
            "endpoint_hosts": ["Login.lamna.example", "localhost:8443"],
            "patient_without_id_token": False,
        },
        "visits": {
            "organizers": ["0B000000-0000-4000-8000-000000000001", examples.TENANT],
            "opens_before": 30,
            "closes_after": 0,
            "frame_hosts": ["https://*.lamna.example", "https://epic.lamna.example:444"],
            "clinician_opens": "direct",
            "foreign_clinicians": True,
        },
        "patient_pages": {
            "emergency": "In an emergency, call 911.",
            "privacy_url": "https://lamna.example/privacy?for=visits",
            "accessibility_url": "https://lamna.example/accessibility",
            "logo": "lamna.png",
        },
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes the file and opens it."""
    file = tmp_path / "connections.json"
    (tmp_path / "lamna.png").write_bytes(examples.LOGO)

    def write_connections(document: object) -> ConnectionsFile:
        text = document if isinstance(document, str) else json.dumps({"connections": document})
        before = file.stat().st_mtime_ns if file.exists() else 0
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(before + 1_000_000, before + 1_000_000))
        return ConnectionsFile(file, language_of, check_template)

    return write_connections
