"""
The content of a new local installation: key rings and keys in the vault, four connections, and what
the organization's Entra administrator registers.

It is written in the same way as by an administrator's tools: with the vault's SDK and into the
connections file.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local import epic_setup
from local.certificates import Certificates
from local.simulators.entra.directory import LAMNA, ORGANIZERS
from shared_code.security import keys
from shared_code.security.keys import KeyRing

ACS_KEY_SECRET = "acs-key"
ENTRA_SECRET = "entra-secret"
TENANT = LAMNA
FROM_NUMBER = "+18005550100"
OTHER_FROM_NUMBER = "55501"
PRODUCTION, TEST, SIGNED = "lamna-production", "lamna-test", "lamna-signed"
OTHER_NUMBER = "lamna-short-code"
"""A second production connection that texts from a short code."""
SIGNING_KEYS = {PRODUCTION: "epic-signing-lamna-production", TEST: "epic-signing-lamna-test"}
"""The vault secrets with the keys that prove the app to Epic."""
ZONE = ZoneInfo("America/Chicago")
REMINDERS = (1440, 60)
"""Minutes before the start."""
ALLOWED = ("+16085550142", "+16085550143")
"""The numbers that the test connection may text."""


def seed_vault(ready: Mapping[str, Any], identity: Mapping[str, str]) -> KeyRing:
    """
    Put missing secrets into the vault and return the hash ring.

    `ready` is the ready line of the simulators; `identity` the settings of the managed identity.
    """
    from azure.core.exceptions import ResourceNotFoundError
    from azure.identity import ManagedIdentityCredential
    from azure.keyvault.secrets import SecretClient

    with _environment(identity):
        credential = ManagedIdentityCredential()
        with (
            SecretClient(
                ready["keyvault"], credential, connection_verify=ready["ca_file"]
            ) as client,
            credential,
        ):
            made: dict[str, Callable[[], str]] = {
                **dict.fromkeys(keys.RINGS, lambda: KeyRing.new().write()),
                **dict.fromkeys(SIGNING_KEYS.values(), _signing_key),
            }
            for name, make in made.items():
                try:
                    client.get_secret(name)
                except ResourceNotFoundError:
                    client.set_secret(name, make())
            client.set_secret(ACS_KEY_SECRET, ready["acs_key"])
            client.set_secret(ENTRA_SECRET, ready["entra_secret"])
            return KeyRing.read(client.get_secret(keys.HASH_KEY).value or "")


def write_connections(
    file: Path, ring: KeyRing, certificates: Certificates, ready: Mapping[str, Any]
) -> None:
    """
    Write four connections of one organization.

    A production one, a test one with an allow-list, one with signatures, and one with a short code.
    Visits are launched in the first three, in the third by an old version of FHIR. `ready` is the
    ready line of the simulators.
    """
    allowed = [
        {
            "label": "test phone",
            "hash": keys.keyed_hash(ring, "recipient", TENANT, number),
        }
        for number in ALLOWED
    ]
    production = _connection(PRODUCTION, "production", certificates) | _visits(ready, PRODUCTION)
    test = _connection(TEST, "test", certificates) | {
        "allow_list": allowed,
        **_visits(ready, TEST),
    }
    signed = _connection(SIGNED, "production", certificates) | {
        "proofs": {
            "client_certificate": False,
            "signature": True,
            "certificates": _pinned(certificates),
        },
        **_visits(ready, PRODUCTION, "DSTU2"),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    other = _connection(OTHER_NUMBER, "production", certificates)
    other["sms"] |= {"from_number": OTHER_FROM_NUMBER, "number_kind": "short_code"}
    connections = [production, test, signed, other]
    file.write_text(json.dumps({"connections": connections}, indent=2))


def register_app(desk_url: str, public_url: str) -> None:
    """Tell Entra where the app is, as its administrator registers the redirect URI."""
    request = urllib.request.Request(
        f"{desk_url}/control/entra",
        data=json.dumps({"redirect_uris": [f"{public_url}/signin/callback"]}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        response.read()


def _visits(ready: Mapping[str, Any], registration: str, version: str = "R4") -> dict[str, Any]:
    """Return the sections of a connection whose visits are launched with that registration."""
    base_url = epic_setup.base_url(ready["epic"], registration)
    return {
        "epic": {
            "base_url": base_url.replace("R4", version),
            "client_id": epic_setup.CLIENT_IDS[registration],
            "signing_keys": [SIGNING_KEYS[registration]],
        },
        "visits": {"organizers": list(ORGANIZERS), "frame_hosts": [ready["desk"]]},
        "patient_pages": {
            "emergency": "In an emergency, call 911.",
            "privacy_url": "https://lamna.example/privacy",
            "accessibility_url": "https://lamna.example/accessibility",
        },
    }


def _signing_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode("ascii")


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
