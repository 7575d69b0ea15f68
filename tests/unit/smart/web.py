"""Other people's servers: what they answer by address, and what they were asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared_code.errors import ConnectorError
from shared_code.outbound.errors import NotReached, Phase
from shared_code.outbound.http import NO_HEADERS, Answer

BASE = "https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4/"
DSTU2 = "https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/DSTU2/"
OAUTH = "https://epic.lamna.example/interconnect-prd-oauth/oauth2"
KEYS = "https://epic.lamna.example/interconnect-prd-oauth/api/epic/2019/keys"
CLIENT = "3b1c0e5a-7c1d-4e47-9c51-000000000001"


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    largest: int


@dataclass
class Ticks:
    """The steady clock."""

    now: float = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


@dataclass
class Web:
    """The port OutboundHttp. An address without an answer cannot be reached; each takes `takes`."""

    answers: dict[str, Answer | ConnectorError] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    ticks: Ticks = field(default_factory=Ticks)
    takes: float = 0.0

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes | None = None,
        seconds: float = 5.0,
        largest: int = 1_000_000,
    ) -> Answer:
        """Answer, or raise."""
        self.requests.append(Request(method, url, headers, body or b"", seconds, largest))
        self.ticks.now += min(self.takes, seconds)
        answer = self.answers.get(url, NotReached(Phase.CONNECT))
        if isinstance(answer, ConnectorError):
            raise answer
        return answer

    def urls(self) -> list[str]:
        """Return the addresses that were called since this was asked last."""
        called = [request.url for request in self.requests]
        self.requests.clear()
        return called


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    """Return an answer; what is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, content)


def smart_configuration(**changes: object) -> dict[str, object]:
    """Return a smart-configuration as Epic's; a change to None leaves the field out."""
    usual: dict[str, object] = {
        "issuer": OAUTH,
        "authorization_endpoint": f"{OAUTH}/authorize",
        "token_endpoint": f"{OAUTH}/token",
        "jwks_uri": KEYS,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def oauth_uris(authorize: object, token: object) -> dict[str, object]:
    """Return the extension that names the endpoints in a CapabilityStatement."""
    return {
        "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "extension": [
            {"url": "authorize", "valueUri": authorize},
            {"url": "token", "valueUri": token},
        ],
    }


def metadata(*rest: object) -> dict[str, object]:
    """Return a CapabilityStatement with these `rest` entries, or with Epic's usual one."""
    security = {
        "service": [{"coding": [{"code": "SMART-on-FHIR"}]}],
        "extension": [oauth_uris(f"{OAUTH}/authorize", f"{OAUTH}/token")],
    }
    return {
        "resourceType": "CapabilityStatement",
        "rest": list(rest) or [{"mode": "server", "security": security}],
    }
