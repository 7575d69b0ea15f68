"""A small SMART app, independent of the product: it launches, redeems and reads like one."""

import base64
import hashlib
import http.client
import json
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options

from local.simulators.epic.assertions import TYPE
from local.simulators.server import RunningSimulators

type Begin = Callable[..., dict[str, Any]]
"""Begins a visit at Epic and returns its launch."""

CLIENT = "0c000000-0000-4000-8000-000000000001"
TEST_CLIENT = "0c000000-0000-4000-8000-000000000002"
REDIRECT = "http://localhost:7071/launch/callback"
LAUNCH = "http://localhost:7071/launch/provider/lamna-production"
KID = "app-1"
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
CONTEXT = "sessionId=%CSN%&departmentId=%LOGINDEPTID%&ehrUser=%SYSLOGIN%"
PRODUCTION = "/interconnect-prd-oauth"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def sent_back(self) -> dict[str, str]:
        """Return the parameters of the address that it redirects to."""
        return dict(parse_qsl(urlsplit(self.headers["location"]).query, keep_blank_values=True))


def public_jwk(key: rsa.RSAPrivateKey = KEY, kid: str = KID) -> dict[str, Any]:
    return dict(RSAAlgorithm.to_jwk(key.public_key(), True)) | {"kid": kid, "use": "sig"}


def record(name: str, **changes: str) -> dict[str, str]:
    usual = {
        "name": name,
        "side": "provider",
        "environment": "production",
        "client_id": CLIENT,
        "url": LAUNCH,
        "context": CONTEXT,
    }
    return usual | changes


def setup_document() -> dict[str, Any]:
    """Return what an administrator of the hospital would configure."""
    app = {"redirect_uris": [REDIRECT], "keys": [public_jwk()]}
    return {
        "clients": [
            {"client_id": CLIENT, "environment": "production", **app},
            {"client_id": TEST_CLIENT, "environment": "test", **app},
        ],
        "records": [
            record("provider"),
            record("patient", side="patient", url=LAUNCH.replace("provider", "patient")),
            record("dstu2", version="DSTU2"),
            record("test", environment="test", client_id=TEST_CLIENT),
            record("placeholder", context="sessionId=%CONFERENCEID%&csn=%CSNN%"),
        ],
    }


def fetch(
    ca_file: Path,
    method: str,
    url: str,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float = 10,
) -> Reply:
    """Make one request; redirects are not followed."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read())
    finally:
        connection.close()


@dataclass
class App:
    """The app, registered at the simulated Epic. Arguments named like parameters replace them."""

    simulators: RunningSimulators
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def origin(self) -> str:
        return self.simulators.urls["epic"]

    def url(self, path: str, prefix: str = PRODUCTION) -> str:
        return f"{self.origin}{prefix}{path}"

    def fetch(
        self, method: str, url: str, body: str | None = None, *, timeout: float = 10, **headers: str
    ) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return fetch(self.simulators.ca_file, method, url, body, named, timeout=timeout)

    def configuration(self, prefix: str = PRODUCTION) -> Any:
        return self.fetch(
            "GET", self.url("/api/FHIR/R4/.well-known/smart-configuration", prefix)
        ).json

    def authorize(self, begun: Mapping[str, Any], **changes: str | None) -> Reply:
        prefix = urlsplit(begun["iss"]).path.split("/api/")[0]
        digest = hashlib.sha256(self.verifier.encode()).digest()
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": TEST_CLIENT if "tst" in prefix else CLIENT,
            "redirect_uri": REDIRECT,
            "scope": "launch openid fhirUser",
            "launch": begun["launch"],
            "state": self.state,
            "aud": begun["iss"],
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "nonce": "n-1",
        }
        sent = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        place = self.configuration(prefix)["authorization_endpoint"]
        return self.fetch("GET", f"{place}?{urlencode(sent)}")

    def assertion(
        self, key: Any = KEY, algorithm: str = "RS384", kid: str | None = KID, **changes: Any
    ) -> str:
        """Return a client assertion; a claim changed to None is left out."""
        now = int(self.simulators.clock.now().timestamp())
        usual = {
            "iss": CLIENT,
            "sub": CLIENT,
            "aud": self.url("/oauth2/token"),
            "jti": secrets.token_hex(16),
            "iat": now - 1,
            "exp": now + 240,
        }
        claims = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        return jwt.encode(claims, key, algorithm, headers={} if kid is None else {"kid": kid})

    def token(
        self, prefix: str = PRODUCTION, *, timeout: float = 10, **changes: str | None
    ) -> Reply:
        usual: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
            "client_assertion_type": TYPE,
        }
        sent = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        sent.setdefault("client_assertion", self.assertion())
        kind = "application/x-www-form-urlencoded"
        url = self.url("/oauth2/token", prefix)
        return self.fetch("POST", url, urlencode(sent), timeout=timeout, Content_Type=kind)

    def redeem(self, begun: Mapping[str, Any]) -> Reply:
        """Authorize and redeem the code."""
        return self.token(code=self.authorize(begun).sent_back["code"])

    def claims(self, token: str, **options: Any) -> dict[str, Any]:
        """Return the claims of an id_token whose signature is good."""
        keys = jwt.PyJWKSet.from_dict(self.fetch("GET", self.configuration()["jwks_uri"]).json)
        kid = jwt.get_unverified_header(token)["kid"]
        key = next(key for key in keys.keys if key.key_id == kid)
        return dict(
            jwt.decode(
                token,
                key.key,
                algorithms=["RS256", "RS384", "ES384"],
                audience=CLIENT,
                options=cast(Options, {"verify_iat": False, **options}),
            )
        )

    @property
    def now(self) -> datetime:
        return self.simulators.clock.now().astimezone(UTC)
