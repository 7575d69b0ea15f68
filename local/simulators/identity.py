"""
The managed identity endpoint of App Service, and the tokens it issues.

They are opaque, except the one that Entra exchanges for a token of the app.

Tokens expire in real time, because the SDKs that cache them use real time.
"""

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from local.faults.listener import Answer, Request, json_headers
from local.simulators.clock import Clock
from local.simulators.entra.directory import EXCHANGE, PRINCIPALS, SYSTEM_IDENTITY
from local.simulators.memory import ACCEPTED, REFUSED
from local.simulators.simulator import Outcome

PATH = "/msi/token"
API_VERSION = "2019-08-01"
LIFETIME = timedelta(hours=24)


type Claims = Mapping[str, Any]


class Tokens:
    """Issued tokens: for which audience, until when, and what they say about the caller."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._issued: dict[str, tuple[str, datetime, Claims]] = {}

    def issue(self, audience: str, until: datetime, **claims: Any) -> str:
        """Return a new token. An app's token has the claims `tid`, `appid` and `roles`."""
        token = f"local.{secrets.token_urlsafe(32)}"
        with self._lock:
            self._issued[token] = (audience, until, claims)
        return token

    def claims(self, token: str, audiences: Collection[str], now: datetime) -> Claims | None:
        """Return what a valid token says; None if it is unknown, expired or for others."""
        with self._lock:
            audience, until, claims = self._issued.get(token, ("", now, {}))
        return claims if audience in audiences and now < until else None

    def valid(self, token: str, audiences: Collection[str], now: datetime) -> bool:
        return self.claims(token, audiences, now) is not None


class IdentityEndpoint:
    """Serves `GET /msi/token?api-version=2019-08-01&resource=…` with the secret header."""

    def __init__(
        self, tokens: Tokens, secret: str, clock: Clock, assertion: Callable[[str, str], str]
    ) -> None:
        """`assertion` returns the JWT of an identity for an audience."""
        self._tokens = tokens
        self._assertion = assertion
        self._secret = secret
        self._clock = clock

    def remembered(self, request: Request) -> Any:
        return {"resource": request.query.get("resource")}

    def act(self, request: Request) -> Outcome:
        query = request.query
        offered = request.header("X-IDENTITY-HEADER")
        if not hmac.compare_digest(offered.encode(), self._secret.encode()):
            return _refused(HTTPStatus.UNAUTHORIZED, "The identity header is wrong.")
        if query.get("api-version") != API_VERSION or request.method != "GET":
            return _refused(HTTPStatus.BAD_REQUEST, "The api-version is not supported.")
        resource = query.get("resource", "")
        identity = query.get("client_id", SYSTEM_IDENTITY)
        if identity not in PRINCIPALS:
            return _refused(HTTPStatus.BAD_REQUEST, "No such user-assigned identity.")
        if resource != EXCHANGE and not resource.startswith("https://"):
            return _refused(HTTPStatus.BAD_REQUEST, "A resource is required.")
        until = self._clock.real_now() + LIFETIME
        document = {
            "access_token": self._assertion(identity, resource)
            if resource == EXCHANGE
            else self._tokens.issue(resource, until),
            "expires_on": str(int(until.timestamp())),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": identity,
        }
        return Outcome(_json(HTTPStatus.OK, document), ACCEPTED, acted=True)


def _refused(status: HTTPStatus, message: str) -> Outcome:
    return Outcome(_json(status, {"statusCode": status.value, "message": message}), REFUSED)


def _json(status: HTTPStatus, document: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(document).encode(), json_headers())
