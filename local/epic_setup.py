"""
What the hospital's Epic team configures for the app on one machine.

Two registrations (production and test never share a client id), the integration records behind the
buttons, and the mistakes that sites make in such records.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

CLIENT_IDS: Mapping[str, str] = MappingProxyType(
    {
        "lamna-production": "0c000000-0000-4000-8000-000000000001",
        "lamna-test": "0c000000-0000-4000-8000-000000000002",
    }
)
"""Epic's client id by connection."""
OLD_FHIR = "lamna-signed"
"""The connection whose base URL is production's of DSTU2."""
OLD_RECORD = f"{OLD_FHIR}, by DSTU2 (browsers warn of a certificate)"
_ENVIRONMENTS = {"lamna-production": "production", "lamna-test": "test"}
_PREFIXES = {"lamna-production": "interconnect-prd-oauth", "lamna-test": "interconnect-tst-oauth"}
_CONTEXT = "sessionId=%CSN%&departmentId=%LOGINDEPTID%&ehrUser=%SYSLOGIN%"


def base_url(epic_url: str, connection: str) -> str:
    """Return the FHIR base URL of a connection's environment."""
    return f"{epic_url}/{_PREFIXES[connection]}/api/FHIR/R4/"


def configure(desk_url: str, public_url: str) -> None:
    """Register the app at the running Epic simulator, which keeps none of it."""
    request = urllib.request.Request(
        f"{desk_url}/control/epic",
        data=json.dumps(documents(public_url)).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        response.read()


def documents(public_url: str) -> dict[str, Any]:
    """Return the registrations and records for an app at that URL."""
    return {
        "clients": [
            {
                "client_id": client_id,
                "environment": _ENVIRONMENTS[connection],
                "redirect_uris": [f"{public_url}/launch/callback"],
                "jwks_url": f"{public_url}/keys/{connection}/jwks.json",
            }
            for connection, client_id in CLIENT_IDS.items()
        ],
        "records": [*_good(public_url), *_mistakes(public_url)],
    }


def _good(public_url: str) -> list[dict[str, str]]:
    production = next(iter(CLIENT_IDS))
    buttons = (("provider", "Epic"), ("patient", "MyChart"))
    records = [
        _record(public_url, f"{connection}, {where}", side, connection)
        for connection in CLIENT_IDS
        for side, where in buttons
    ]
    old = {"version": "DSTU2", "url": f"{public_url}/launch/provider/{OLD_FHIR}"}
    return [*records, _record(public_url, OLD_RECORD, "provider", production, **old)]


def _mistakes(public_url: str) -> list[dict[str, str]]:
    production, test = CLIENT_IDS
    no_connection = {"url": f"{public_url}/launch/provider"}
    return [
        _record(public_url, "One launch URL for all", "provider", production, **no_connection),
        _record(
            public_url,
            "Mistake: a token that Epic does not know",
            "provider",
            production,
            context="sessionId=%CSNN%",
        ),
        _record(public_url, "Mistake: no session id", "patient", production, context=""),
        _record(
            public_url,
            "Mistake: the test system opens production",
            "provider",
            test,
            url=f"{public_url}/launch/provider/{production}",
        ),
        _record(
            public_url,
            "Mistake: the production system opens test",
            "provider",
            production,
            url=f"{public_url}/launch/provider/{test}",
        ),
        _record(
            public_url,
            "Mistake: another client id",
            "provider",
            production,
            client_id="0c000000-0000-4000-8000-00000000000f",
        ),
    ]


def _record(
    public_url: str, name: str, side: str, connection: str, **changes: str
) -> dict[str, str]:
    return {
        "name": name,
        "side": side,
        "environment": _ENVIRONMENTS[connection],
        "client_id": CLIENT_IDS[connection],
        "url": f"{public_url}/launch/{side}/{connection}",
        "context": _CONTEXT,
        **changes,
    }
