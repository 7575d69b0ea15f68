"""
The vault's REST interface for secrets: set, get, list versions; a 401 challenge without a token.

Faults are played around it; the record of requests never holds a secret's value.
"""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from local.faults.listener import Answer, Request, json_headers
from local.simulators.clock import Clock
from local.simulators.identity import Tokens
from local.simulators.keyvault.store import Secret, SecretStore
from local.simulators.memory import ACCEPTED, REFUSED
from local.simulators.simulator import Outcome

TENANT = "11111111-1111-1111-1111-111111111111"
VALUE_BYTES = 25_600

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
_PATH = re.compile(r"/secrets/(?P<name>[^/]+)(?:/(?P<version>[^/]*))?/?")


class Refusal(Exception):
    """An error answer of the vault."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message

    def answer(self, headers: Mapping[str, str]) -> Answer:
        body = {"error": {"code": self.code, "message": self.message}}
        return Answer(self.status, json.dumps(body).encode(), json_headers(headers))


class KeyVault:
    """One vault at `https://127.0.0.1:PORT`."""

    def __init__(
        self, store: SecretStore, tokens: Tokens, clock: Clock, url: Callable[[], str]
    ) -> None:
        """`url` returns the vault's own address, a part of its ids and of its challenge."""
        self.store = store
        self._tokens = tokens
        self._clock = clock
        self._url = url
        self._routes: Mapping[str, Callable[[Request, str, str], Outcome]] = MappingProxyType(
            {"PUT": self._put, "GET": self._get}
        )

    @property
    def resource(self) -> str:
        """
        Return the resource that a token must be issued for.

        SDKs require that the vault's host ends with a dot and this host: 127.0.0.1 has no parent
        domain, but `127.0.0.1:PORT` ends with `.0.0.1:PORT`, so their check can stay on.
        """
        return self._url().replace("https://127.", "https://")

    def remembered(self, request: Request) -> Any:
        return {"authorized": bool(request.header("Authorization")), "bytes": len(request.body)}

    def act(self, request: Request) -> Outcome:
        try:
            return self._route(request)
        except Refusal as refusal:
            strangers = refusal.status == HTTPStatus.UNAUTHORIZED
            headers = {"WWW-Authenticate": self._challenge(request)} if strangers else {}
            return Outcome(refusal.answer(headers), REFUSED, details={"code": refusal.code})

    def _route(self, request: Request) -> Outcome:
        self._check_token(request)
        if not request.query.get("api-version"):
            raise _bad("The api-version is required.")
        if request.path in {"/secrets", "/secrets/"} and request.method == "GET":
            return self._list_names()
        match = _PATH.fullmatch(request.path)
        route = self._routes.get(request.method)
        if match is None or route is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "NotFound", "There is no such resource.")
        if not _NAME.fullmatch(match["name"]):
            raise _bad("The name has characters other than letters, digits and dashes.")
        return route(request, match["name"], match["version"] or "")

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.header("Authorization").partition(" ")
        now = self._clock.real_now()
        if scheme != "Bearer" or not self._tokens.valid(token, {self.resource}, now):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Unauthorized", "AKV10000: a token is needed.")

    def _challenge(self, request: Request) -> str:
        error = ', error="invalid_token"' if request.header("Authorization") else ""
        authority = f"https://login.microsoftonline.com/{TENANT}"
        return f'Bearer authorization="{authority}", resource="{self.resource}"{error}'

    def _put(self, request: Request, name: str, version: str) -> Outcome:
        if version:
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "NotAllowed", "A version cannot be set.")
        document = _object(request.body)
        value = document.get("value")
        if not isinstance(value, str) or len(value.encode()) > VALUE_BYTES:
            raise _bad(f"The value is text of at most {VALUE_BYTES} bytes.")
        attributes = document.get("attributes") or {}
        secret = self.store.add(
            name=name,
            value=value,
            content_type=document.get("contentType"),
            tags=document.get("tags"),
            created=int(self._clock.now().timestamp()),
            enabled=attributes.get("enabled") is not False,
            not_before=attributes.get("nbf"),
            expires=attributes.get("exp"),
        )
        return self._found({"value": secret.value, **self._bundle(secret)})

    def _get(self, _: Request, name: str, version: str) -> Outcome:
        versions = self.store.versions(name)
        if version == "versions":
            return self._found({"value": [self._bundle(one) for one in versions], "nextLink": None})
        wanted = [secret for secret in versions if version in ("", secret.version)]
        if not wanted:
            message = f"A secret with (name/id) {name} was not found in this key vault."
            raise Refusal(HTTPStatus.NOT_FOUND, "SecretNotFound", message)
        secret = wanted[-1]
        if not secret.enabled:
            message = "Operation get is not allowed on a disabled secret."
            raise Refusal(HTTPStatus.FORBIDDEN, "Forbidden", message)
        return self._found({"value": secret.value, **self._bundle(secret)})

    def _list_names(self) -> Outcome:
        newest = [self.store.versions(name)[-1] for name in self.store.names()]
        items = [
            {**self._bundle(secret), "id": f"{self._url()}/secrets/{secret.name}"}
            for secret in newest
        ]
        return self._found({"value": items, "nextLink": None})

    def _bundle(self, secret: Secret) -> dict[str, Any]:
        attributes = {
            "enabled": secret.enabled,
            "created": secret.created,
            "updated": secret.created,
            "nbf": secret.not_before,
            "exp": secret.expires,
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        }
        optional = {"contentType": secret.content_type, "tags": secret.tags}
        return {
            "id": f"{self._url()}/secrets/{secret.name}/{secret.version}",
            "attributes": {name: value for name, value in attributes.items() if value is not None},
            **{name: value for name, value in optional.items() if value is not None},
        }

    @staticmethod
    def _found(document: dict[str, Any]) -> Outcome:
        answer = Answer(HTTPStatus.OK, json.dumps(document).encode(), json_headers())
        return Outcome(answer, ACCEPTED, acted=True)


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
        json.dumps(document, ensure_ascii=False).encode()
    except ValueError:
        raise _bad("The body is not JSON.") from None
    if not isinstance(document, dict):
        raise _bad("The body is not an object.")
    return document


def _bad(message: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "BadParameter", message)
