"""
A press on *Begin virtual visit*: check who sends it, and send the browser to Epic's sign-in.

SMART App Launch 2.2, EHR launch. Which Epic it is decides the address key of `iss` among approved
connections, never a host name alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shared_code import logs
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.launch_setup import EpicSetup
from shared_code.connections.ports import Connections
from shared_code.errors import ConnectorError, ErrorInfo, Refused
from shared_code.launching.domain import tokens
from shared_code.launching.domain.errors import (
    CONNECTION_NEEDED,
    LAUNCH_MIXED_UP,
    LAUNCH_SENDER_UNKNOWN,
    LAUNCH_START_AGAIN,
    LAUNCHING_NOT_CONFIGURED,
    TENANT_DIFFERS,
)
from shared_code.launching.domain.launch import Door, Issuer, Launch
from shared_code.launching.domain.outcomes import GoTo, LaunchOutcome, Refusal
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.flows.buckets import RETIRE_LAUNCHES, Buckets
from shared_code.launching.flows.secrets import BrowserSecrets
from shared_code.launching.flows.trouble import LaunchTrouble
from shared_code.launching.ports import Epic, Launches
from shared_code.security.addresses import address_key
from shared_code.smart.authorize import authorize_url, challenge_of, new_verifier
from shared_code.smart.errors import EndpointsElsewhere
from shared_code.smart.raw_query import read_query

_NAMES = frozenset({"iss", "launch"})


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """One GET of a launch address. `url` is the raw URL, `connection` "" if not named."""

    door: Door
    connection: str
    url: str = field(repr=False)


class MixedUp(Refused):
    """The `iss` belongs to another connection of the same tenant."""

    def __init__(self, other_environment: bool) -> None:
        super().__init__(LAUNCH_MIXED_UP)
        self.other_environment = other_environment


@dataclass(frozen=True, slots=True)
class StartLaunch:
    """
    Starts launches. `callback` is the address that is registered at Epic; `tenant` is that of the
    installation's Entra app, "" without one: nobody of another tenant could sign in.
    """

    connections: Connections
    launches: Launches
    epic: Epic
    secrets: BrowserSecrets
    buckets: Buckets
    trouble: LaunchTrouble
    callback: str
    tenant: str
    clock: Clock

    def start(self, request: LaunchRequest) -> LaunchOutcome:
        """Return where to send the browser, or a refusal."""
        connection = None
        try:
            named = connection = self._named(request)
            iss, launch = _parameters(request.url)
            connection = self._sender(request, named, iss)
            return self._send(request, connection, iss, launch)
        except ConnectorError as error:
            if isinstance(error, EndpointsElsewhere) and connection is not None:
                self.trouble.elsewhere(connection, error.host)
            refusal = self._refusal(error.info, request, connection)
            if isinstance(error, MixedUp):
                return replace(refusal, other_environment=error.other_environment)
            return refusal

    def _sender(self, request: LaunchRequest, named: Connection | None, iss: str) -> Connection:
        """Return the connection of the launch. Raises Refused."""
        sent_by = [c for c in self.connections.by_base_url(address_key(iss)) if _launches(c)]
        if request.connection:
            return self._checked(named, iss, sent_by)
        if not sent_by:
            self.trouble.nearly(filter(_launches, self.connections.all()), iss)
            raise Refused(LAUNCH_SENDER_UNKNOWN)
        if len(sent_by) > 1:
            raise Refused(CONNECTION_NEEDED)
        return sent_by[0]

    def _checked(
        self, named: Connection | None, iss: str, sent_by: Sequence[Connection]
    ) -> Connection:
        """Return the connection of the path if `iss` is its own. Raises Refused."""
        if named is None:
            raise Refused(LAUNCH_SENDER_UNKNOWN)
        if named in sent_by:
            return named
        self.trouble.unregistered(named, iss, sent_by)
        others = [each for each in sent_by if each.tenant == named.tenant]
        if not others:
            raise Refused(LAUNCH_SENDER_UNKNOWN)
        raise MixedUp(any(each.environment is not named.environment for each in others))

    def _send(
        self, request: LaunchRequest, connection: Connection, iss: str, launch: str
    ) -> LaunchOutcome:
        setup = self._setup(connection)
        endpoints = self.epic.endpoints(setup)
        if endpoints.elsewhere:
            self.trouble.elsewhere(connection, endpoints.elsewhere)
        state, key = self._new_state(request.door)
        verifier = new_verifier(self.secrets.randomness(32))
        nonce = self.secrets.randomness(16).hex()
        self.buckets.plan(RETIRE_LAUNCHES, key)
        self.launches.insert_launch(
            Launch(
                key=key,
                connection=connection.id,
                door=request.door,
                issuer=Issuer(iss, endpoints.token, endpoints.issuer, endpoints.keys_url),
                created=self.clock(),
                verifier=verifier,
                nonce=nonce,
            )
        )
        url = authorize_url(
            endpoints,
            client_id=setup.client_id,
            redirect_uri=self.callback,
            launch=launch,
            state=state,
            aud=iss,
            challenge=challenge_of(verifier),
            nonce=nonce,
        )
        logs.event("launch.started", connection=connection.id, kind=request.door.value)
        return GoTo(url, cookie=(key.short, self.secrets.of_launch(key)))

    def _setup(self, connection: Connection) -> EpicSetup:
        """Return how to ask the connection's Epic. Raises Refused."""
        if connection.epic is None or connection.visits is None or not self.tenant:
            raise Refused(LAUNCHING_NOT_CONFIGURED)
        if connection.tenant != self.tenant:
            self.trouble.report(TENANT_DIFFERS, connection)
            raise Refused(LAUNCHING_NOT_CONFIGURED)
        return connection.epic

    def _new_state(self, door: Door) -> tuple[str, TokenKey]:
        chance = self.secrets.randomness(tokens.RANDOM_BYTES)
        state = tokens.new_token(self.clock(), chance, staff=door is Door.PROVIDER)
        key = tokens.key_of(state)
        assert key is not None  # noqa: S101
        return state, key

    def _named(self, request: LaunchRequest) -> Connection | None:
        named = self.connections.find(request.connection) if request.connection else None
        return named if named is not None and _launches(named) else None

    def _refusal(
        self, info: ErrorInfo, request: LaunchRequest, connection: Connection | None
    ) -> Refusal:
        logs.event(
            "launch.refused",
            code=info.code,
            kind=request.door.value,
            connection=connection.id if connection else "",
        )
        return Refusal(info, connection, request.door)


def _parameters(url: str) -> tuple[str, str]:
    """Return `iss` and `launch`. Raises Refused."""
    query = read_query(url, _NAMES)
    if "iss" not in query or "launch" not in query:
        raise Refused(LAUNCH_START_AGAIN)
    return query["iss"], query["launch"]


def _launches(connection: Connection) -> bool:
    return connection.accepts_launches()
