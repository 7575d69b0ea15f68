"""
The content of a new local installation: key rings and keys in the vault, four connections.

It is written in the same way as by an administrator's tools: with the vault's SDK and into the
connections file.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from local.certificates import Certificates
from shared_code.security import keys
from shared_code.security.keys import KeyRing

ACS_KEY_SECRET = "acs-key"
TENANT = "5f0b8f3e-9f2a-4a57-9d1b-2f6b6a3f1c01"
FROM_NUMBER = "+18005550100"
OTHER_FROM_NUMBER = "55501"
PRODUCTION, TEST, SIGNED = "lamna-production", "lamna-test", "lamna-signed"
OTHER_NUMBER = "lamna-short-code"
"""A second production connection that texts from a short code."""
ZONE = ZoneInfo("America/Chicago")
REMINDERS = (1440, 60)
"""Minutes before the start."""
ALLOWED = ("+16085550142", "+16085550143")
"""The numbers that the test connection may text."""


def seed_vault(vault_url: str, ca_file: str, identity: Mapping[str, str], acs_key: str) -> KeyRing:
    """Put missing secrets into the vault and return the hash ring."""
    from azure.core.exceptions import ResourceNotFoundError
    from azure.identity import ManagedIdentityCredential
    from azure.keyvault.secrets import SecretClient

    with _environment(identity):
        credential = ManagedIdentityCredential()
        with SecretClient(vault_url, credential, connection_verify=ca_file) as client, credential:
            for name in keys.RINGS:
                try:
                    client.get_secret(name)
                except ResourceNotFoundError:
                    client.set_secret(name, KeyRing.new().write())
            client.set_secret(ACS_KEY_SECRET, acs_key)
            return KeyRing.read(client.get_secret(keys.HASH_KEY).value or "")


def write_connections(file: Path, ring: KeyRing, certificates: Certificates) -> None:
    """
    Write four connections of one organization.

    A production one, a test one with an allow-list, one with signatures, and one with a short code.
    """
    allowed = [
        {
            "label": "test phone",
            "hash": keys.keyed_hash(ring, "recipient", TENANT, number),
        }
        for number in ALLOWED
    ]
    production = _connection(PRODUCTION, "production", certificates)
    test = _connection(TEST, "test", certificates) | {
        "allow_list": allowed,
        "processing_ids": ["P", "T"],
    }
    signed = _connection(SIGNED, "production", certificates) | {
        "proofs": {
            "client_certificate": False,
            "signature": True,
            "certificates": _pinned(certificates),
        }
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    other = _connection(OTHER_NUMBER, "production", certificates)
    other["sms"] |= {"from_number": OTHER_FROM_NUMBER, "number_kind": "short_code"}
    connections = [production, test, signed, other]
    file.write_text(json.dumps({"connections": connections}, indent=2))


def _connection(identifier: str, environment: str, certificates: Certificates) -> dict[str, Any]:
    return {
        "id": identifier,
        "tenant": TENANT,
        "organization_name": "Lamna Healthcare",
        "contact": "(608) 555-0100",
        "environment": environment,
        "status": "approved",
        "epic_zone": ZONE.key,
        "language": "en",
        "region": "US",
        "virtual_visits": {"path": "AIS-3.1", "codes": ["2950"]},
        "sms": {
            "from_number": FROM_NUMBER,
            "number_kind": "toll_free",
            "enabled_since": "2026-01-01T00:00:00+00:00",
            "reminders": list(REMINDERS),
        },
        "proofs": {
            "client_certificate": True,
            "signature": False,
            "certificates": _pinned(certificates),
        },
    }


def _pinned(certificates: Certificates) -> list[str]:
    names = ("epic", "epic_next")
    files = [certificates.identities[name].certificate for name in names]
    return [base64.b64encode(file.read_bytes()).decode("ascii") for file in files]


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """
    Set environment variables inside the block: the identity SDK reads its endpoint only there.
    """
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
