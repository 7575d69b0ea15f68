"""
The authorize endpoint of an EHR launch: the user is signed in to Epic, so it sends straight back.

A wrong client or redirect address stays on a page of Epic's; every other refusal goes back to the
app as `error`.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import quote, urlencode

from local.faults.listener import Answer, Request
from local.simulators.epic.clients import Clients
from local.simulators.epic.instances import Instance
from local.simulators.epic.launches import Launch, Launches
from local.simulators.epic.tickets import NotUsable, Tickets
from local.simulators.epic.wire import NO_STORE, accepted, page, parameters, refused
from local.simulators.simulator import Outcome

LIFETIME = timedelta(seconds=60)
SCOPES = frozenset({"launch", "openid", "fhirUser", "profile"})
ERRORS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "callback.invalid_launch_token": {"error": "invalid_launch_token"},
        "callback.access_denied": {"error": "access_denied"},
        "callback.invalid_request": {
            "error": "invalid_request",
            "error_uri": "https://epic.lamna.example/error?tenant=x",
        },
        "callback.invalid_scope": {"error": "invalid_scope"},
        "callback.unauthorized_client": {"error": "unauthorized_client"},
        "callback.server_error": {"error": "server_error"},
        "callback.script": {
            "error": "<script>alert(1)</script>",
            "error_description": "<img src=x onerror=alert(1)>",
            "error_uri": "javascript:alert(1)",
        },
    }
)
"""Errors to send back although everything is right."""
EXTRAS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "callback.iss_right": {"iss": "{issuer}"},
        "callback.iss_wrong": {"iss": "https://elsewhere.example/oauth2"},
        "callback.more_fields": {"session_state": "4f2c", "foo": "1"},
    }
)
NO_STATE = "callback.no_state"
LONG_CODE = "callback.long_code"
PLAYS = ERRORS.keys() | EXTRAS.keys() | {NO_STATE, LONG_CODE}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SHORTEST_STATE = 22
"""122 bits in base64url."""


@dataclass(frozen=True)
class Grant:
    """What an authorization code stands for."""

    launch: Launch
    redirect_uri: str
    challenge: str
    nonce: str
    state: str


class Authorize:
    """Serves `/oauth2/authorize` by GET, and by POST as Epic does for EHR launches."""

    def __init__(
        self,
        clients: Clients,
        launches: Launches,
        codes: Tickets[Grant],
        now: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._launches = launches
        self._codes = codes
        self._now = now

    def act(self, instance: Instance, request: Request) -> Outcome:
        try:
            asked = parameters(request)
        except ValueError as mistake:
            return _stays(str(mistake))
        client = self._clients.find(instance.environment, asked.get("client_id", ""))
        if client is None:
            return _stays("client")
        if asked.get("redirect_uri") not in client.redirect_uris:
            return _stays("redirect_uri")
        scopes = frozenset(asked.get("scope", "").split())
        if "launch" not in scopes:
            # Without that scope Epic asks the user to sign in, although they are in Epic already.
            return refused(page(HTTPStatus.OK, "Sign in to Epic"), "launch_scope")
        return self._launched(instance, asked, scopes)

    def _launched(
        self, instance: Instance, asked: Mapping[str, str], scopes: frozenset[str]
    ) -> Outcome:
        try:
            launch = self._launches.tickets.read(asked.get("launch", ""), self._now())
        except NotUsable as problem:
            return _back(asked, "invalid_launch_token", f"launch_{problem}", launch=None)
        if (launch.instance.prefix, launch.record.client_id) != (
            instance.prefix,
            asked["client_id"],
        ):
            return _back(asked, "invalid_launch_token", "launch_of_another", launch=launch)
        for why, (error, holds) in _rules(asked, scopes, launch).items():
            if not holds:
                return _back(asked, error, why, launch=launch)
        try:
            self._launches.tickets.use(asked["launch"], self._now())
        except NotUsable as problem:
            return _back(asked, "invalid_launch_token", f"launch_{problem}", launch=launch)
        return self._answer(asked, launch)

    def _answer(self, asked: Mapping[str, str], launch: Launch) -> Outcome:
        for name in sorted(launch.plays & ERRORS.keys()):
            answer = _redirect(asked, ERRORS[name], launch)
            return accepted(answer, launch=launch.number, played=name)
        code = secrets.token_hex(1700 if LONG_CODE in launch.plays else 32)
        grant = Grant(
            launch,
            asked["redirect_uri"],
            asked["code_challenge"],
            asked.get("nonce", ""),
            asked["state"],
        )
        self._codes.issue(code, grant, self._now())
        return accepted(_redirect(asked, {"code": code}, launch), launch=launch.number)


def _rules(
    asked: Mapping[str, str], scopes: frozenset[str], launch: Launch
) -> dict[str, tuple[str, bool]]:
    """Return for each rule the error that Epic sends back, and whether the request keeps it."""
    challenge = _CHALLENGE.fullmatch(asked.get("code_challenge", "")) is not None
    wrong = "invalid_request"
    return {
        "response_type": (wrong, asked.get("response_type") == "code"),
        "state": (wrong, len(asked.get("state", "")) >= _SHORTEST_STATE),
        "aud": (wrong, asked.get("aud") == launch.iss),
        "challenge": (wrong, challenge),
        "challenge_method": (wrong, asked.get("code_challenge_method") == "S256"),
        "scope": ("invalid_scope", scopes <= SCOPES),
        "openid": ("invalid_scope", {"openid", "fhirUser"} <= scopes),
    }


def _stays(why: str) -> Outcome:
    return refused(page(HTTPStatus.BAD_REQUEST, "OAuth2 Error"), why)


def _back(asked: Mapping[str, str], error: str, why: str, *, launch: Launch | None) -> Outcome:
    answer = _redirect(asked, {"error": error}, launch)
    return refused(answer, why, launch=None if launch is None else launch.number)


def _redirect(asked: Mapping[str, str], fields: Mapping[str, str], launch: Launch | None) -> Answer:
    sent = dict(fields)
    plays = frozenset[str]() if launch is None else launch.plays
    if "state" in asked and NO_STATE not in plays:
        sent["state"] = asked["state"]
    if launch is not None:
        for name in sorted(plays & EXTRAS.keys()):
            for key, value in EXTRAS[name].items():
                sent[key] = value.format(issuer=launch.instance.issuer)
    joint = "&" if "?" in asked["redirect_uri"] else "?"
    place = f"{asked['redirect_uri']}{joint}{urlencode(sent, quote_via=quote)}"
    return Answer(HTTPStatus.FOUND, headers=[("Location", place), NO_STORE])
