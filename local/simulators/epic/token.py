"""The token endpoint: client assertions, authorization codes, PKCE, and its answers."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from local.faults.listener import Answer, Request
from local.simulators.epic import answers
from local.simulators.epic.assertions import TYPE, AssertionRefused, Assertions
from local.simulators.epic.authorize import Grant
from local.simulators.epic.clients import Client
from local.simulators.epic.id_tokens import id_token
from local.simulators.epic.instances import Instance
from local.simulators.epic.keys import SigningKeys
from local.simulators.epic.launches import Launch
from local.simulators.epic.tickets import NotUsable, Tickets
from local.simulators.epic.wire import BUSY, HTML, accepted, parameters, refused, to_json
from local.simulators.simulator import Outcome

ACCESS_LIFETIME = timedelta(hours=1)
SILENCE = "token.silence"
CLOCK = "token.clock"
_SKEW = timedelta(minutes=7)


def _error(error: str, status: int = HTTPStatus.BAD_REQUEST) -> Answer:
    return to_json({"error": error, "error_description": None}, status)


ANSWERS: Mapping[str, Answer] = MappingProxyType(
    {
        "token.invalid_grant": _error("invalid_grant"),
        "token.invalid_client": _error("invalid_client", HTTPStatus.UNAUTHORIZED),
        CLOCK: _error("invalid_client", HTTPStatus.UNAUTHORIZED),
        "token.unauthorized_client": _error("unauthorized_client"),
        "token.html": HTML,
        "token.empty": to_json({}),
        "token.list": to_json([]),
        "token.busy": BUSY,
        "token.throttled": replace(BUSY, status=HTTPStatus.TOO_MANY_REQUESTS),
        "token.broken": Answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"An error has occurred."),
    }
)
"""Answers to a request that keeps every rule; its code is used up."""
PLAYS = ANSWERS.keys() | {SILENCE}


@dataclass(frozen=True)
class Access:
    """What an access token allows; `launch` is None for a backend service."""

    environment: str
    launch: Launch | None


class TokenEndpoint:
    """Serves `POST /oauth2/token`."""

    def __init__(
        self,
        assertions: Assertions,
        codes: Tickets[Grant],
        access: Tickets[Access],
        keys: SigningKeys,
        now: Callable[[], datetime],
    ) -> None:
        self._assertions = assertions
        self._codes = codes
        self._access = access
        self._keys = keys
        self._now = now

    def act(self, instance: Instance, request: Request) -> Outcome:
        try:
            asked = parameters(request)
        except ValueError as mistake:
            return refused(_error("invalid_request"), str(mistake))
        if request.method != "POST":
            return refused(_error("invalid_request", HTTPStatus.METHOD_NOT_ALLOWED), "method")
        if asked.get("client_assertion_type") != TYPE:
            why = "assertion_type"
            return refused(_error("invalid_client", HTTPStatus.UNAUTHORIZED), why)
        try:
            client = self._assertions.check(
                asked.get("client_assertion", ""),
                instance.environment,
                instance.token,
                self._now(),
            )
        except AssertionRefused as problem:
            why = f"assertion_{problem}"
            return refused(_error("invalid_client", HTTPStatus.UNAUTHORIZED), why)
        if asked.get("client_id", client.client_id) != client.client_id:
            return refused(_error("invalid_client", HTTPStatus.UNAUTHORIZED), "client")
        if asked.get("grant_type") == "client_credentials":
            return self._backend(client)
        if asked.get("grant_type") != "authorization_code":
            return refused(_error("unsupported_grant_type"), "grant_type")
        return self._redeem(instance, client, asked)

    def _backend(self, client: Client) -> Outcome:
        if not client.background:
            return refused(_error("unauthorized_client"), "background_user")
        token = self._issue(Access(client.environment, None))
        document = {"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": ""}
        return accepted(to_json(document))

    def _redeem(self, instance: Instance, client: Client, asked: Mapping[str, str]) -> Outcome:
        try:
            grant = self._codes.use(asked.get("code", ""), self._now())
        except NotUsable as problem:
            return refused(_error("invalid_grant"), f"code_{problem}")
        launch = grant.launch
        rules = {
            "instance": instance.prefix == launch.instance.prefix,
            "client": client.client_id == launch.record.client_id,
            "redirect_uri": asked.get("redirect_uri") == grant.redirect_uri,
            "verifier": _challenge_of(asked.get("code_verifier", "")) == grant.challenge,
        }
        for why, holds in rules.items():
            if not holds:
                return refused(_error("invalid_grant"), why, launch=launch.number)
        for name in sorted(launch.plays & ANSWERS.keys()):
            return accepted(self._played(name), launch=launch.number, played=name)
        return accepted(to_json(self._answer(grant)), **_described(launch))

    def _answer(self, grant: Grant) -> dict[str, Any]:
        launch = grant.launch
        token = self._issue(Access(launch.instance.environment, launch))
        signed = id_token(launch, grant.nonce, self._now(), self._keys)
        return answers.token_answer(launch, token, signed, grant.state)

    def _played(self, name: str) -> Answer:
        answer = ANSWERS[name]
        if name != CLOCK:
            return answer
        theirs = format_datetime(self._now() + _SKEW, usegmt=True)
        return replace(answer, headers=[*answer.headers, ("Date", theirs)])

    def _issue(self, access: Access) -> str:
        token = f"opaque.{secrets.token_urlsafe(32)}"
        self._access.issue(token, access, self._now())
        return token


def _described(launch: Launch) -> dict[str, Any]:
    """Return what the records of requests say of a redeemed launch."""
    return {
        "launch": launch.number,
        "environment": launch.instance.environment,
        "user": launch.user.reference,
        "plays": sorted(launch.plays),
    }


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
