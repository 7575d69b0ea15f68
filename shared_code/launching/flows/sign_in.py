"""
A clinician signs in to Microsoft once, and confirms which account belongs to the Epic user.

The sign-in runs in a window of its own: Microsoft's pages refuse frames. The page of the visit
hands over with a one-time address; the cookie of the sign-in is set in that window and must come
back before anything is used up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared_code import logs
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.errors import Conflict, ConnectorError, ErrorInfo, NotStored, Refused
from shared_code.identity.errors import CredentialRefused, SignInError, SignInRefused
from shared_code.identity.sign_in import SignIn
from shared_code.launching.domain import tokens
from shared_code.launching.domain.errors import (
    ACCOUNT_FOREIGN,
    ACCOUNT_GUEST,
    ENTRA_CREDENTIAL_REFUSED,
    SIGN_IN_CANCELLED,
    SIGN_IN_CONSENT,
    SIGN_IN_INTERACTION,
    SIGN_IN_START_AGAIN,
    SIGN_IN_UNAVAILABLE,
)
from shared_code.launching.domain.launch import Account, Progress, SignInAttempt
from shared_code.launching.domain.outcomes import ComeBack, GoTo
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.flows.buckets import RETIRE_LAUNCHES, Buckets
from shared_code.launching.flows.handoff import LIFETIME_ON_READ_PAGES, Handoffs
from shared_code.launching.flows.secrets import BrowserSecrets
from shared_code.launching.flows.trouble import LaunchTrouble
from shared_code.launching.ports import Launches, Sessions
from shared_code.rows import Stored

_PARAMETERS = frozenset({"state", "code", "error", "error_description", "error_subcode"})


@dataclass(frozen=True, slots=True)
class SignInCallback:
    """
    One GET of the sign-in's callback, with its decoded parameters, each once.

    `attempts` are the sign-in cookies by the ending of their name. `hopped`: this page has already
    asked the browser to come again from our own site.
    """

    parameters: Mapping[str, str] = field(repr=False)
    attempts: Mapping[str, str] = field(repr=False)
    hopped: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """The cookie is missing: let our own page load the callback once more."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """
    Ask the clinician whether the account is theirs.

    `linked_elsewhere`: this is the second question, because the account belongs to another EHR user
    as well. `state` names the sign-in in the form, `handoff` begins anew with another account.
    """

    state: str = field(repr=False)
    username: str = field(repr=False)
    session: Session
    connection: Connection
    linked_elsewhere: bool
    handoff: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInRefusal:
    """
    Why nobody was linked. `handoff` begins anew, where that can help. `username` is the account
    that is not allowed, `aadsts` holds the digits of Microsoft's code.
    """

    info: ErrorInfo
    connection: Connection | None = None
    handoff: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    aadsts: str = ""


class AccountRefused(Refused):
    """The account is not one of the organization's members. `username` is for the page alone."""

    def __init__(self, info: ErrorInfo, username: str) -> None:
        super().__init__(info)
        self.username = username


@dataclass(frozen=True, slots=True)
class SignIns:
    """Every method raises NotStored."""

    connections: Connections
    sessions: Sessions
    launches: Launches
    microsoft: SignIn
    buckets: Buckets
    handoffs: Handoffs
    secrets: BrowserSecrets
    trouble: LaunchTrouble
    clock: Clock

    def begin(self, handoff: str, attempts: Mapping[str, str]) -> GoTo | SignInRefusal:
        """
        Return Microsoft's account picker, and the cookie of this sign-in.

        A handoff is used once; the browser that used it, which `attempts` shows, gets another. A
        used one is found before Microsoft is asked; of two at once the row decides.
        """
        now = self.clock()
        found = self.handoffs.read(handoff, now)
        page = self.page(found[0]) if found else None
        key = tokens.key_of(found[1]) if found else None
        if found is None or page is None or key is None:
            return SignInRefusal(SIGN_IN_START_AGAIN)
        (session, connection), state = page, found[1]
        try:
            if self.launches.load_attempt(key) is not None:
                raise Conflict  # noqa: TRY301 - as when another request wins
            start = self.microsoft.start(state)
            self.buckets.plan(RETIRE_LAUNCHES, key)
            self.launches.insert_attempt(SignInAttempt(key, session.key, now, start.flow))
        except Conflict:
            if self.secrets.is_of_launch(key, attempts.get(key.short, "")):
                return self.begin(self._anew(session), {})
            return SignInRefusal(SIGN_IN_START_AGAIN, connection)
        except NotStored:
            raise
        except ConnectorError as error:
            return self._refusal(error, connection, session)
        logs.event("sign_in.started", connection=connection.id)
        return GoTo(start.url, cookie=(key.short, self.secrets.of_launch(key)))

    def finish(self, request: SignInCallback) -> Confirm | ComeBack | Hop | SignInRefusal:
        """Microsoft sends the browser back: find out who signed in, and ask for confirmation."""
        found = self.attempt(request.parameters.get("state", ""), request.attempts)
        if found is None:
            known = request.hopped or "state" not in request.parameters
            return SignInRefusal(SIGN_IN_START_AGAIN) if known else Hop()
        attempt, page = found.value, self.page(found.value.session)
        if page is None:
            return SignInRefusal(SIGN_IN_START_AGAIN)
        state, (session, connection) = request.parameters["state"], page
        if attempt.progress is Progress.STARTED:
            try:
                taken = attempt.take(self.clock())
                stored = Stored(taken, self.launches.replace_attempt(taken, found.etag))
            except Conflict:
                return ComeBack(connection)
            return self._redeem(stored, request.parameters, session, connection)
        if attempt.account is not None:
            return self.ask(state, attempt.account, session, connection)
        if attempt.progress is Progress.TAKEN and attempt.may_repeat(self.clock()):
            return ComeBack(connection)
        return SignInRefusal(SIGN_IN_START_AGAIN, connection, self._anew(session))

    def attempt(self, state: str, cookies: Mapping[str, str]) -> Stored[SignInAttempt] | None:
        """Return the sign-in whose own cookie came back; nothing is used up without it."""
        key = tokens.key_of(state)
        cookie = cookies.get(key.short) if key else None
        if key is None or cookie is None or not self.secrets.is_of_launch(key, cookie):
            return None
        found = self.launches.load_attempt(key)
        return found if found and not found.value.has_expired(self.clock()) else None

    def page(self, key: TokenKey) -> tuple[Session, Connection] | None:
        """Return the page that a sign-in is for; None once it is closed or launches are off."""
        stored = self.sessions.load(key)
        if stored is None or stored.value.has_expired(self.clock()):
            return None
        connection = self.connections.find(stored.value.visit.connection)
        if connection is None or connection.visits is None or not connection.accepts_launches():
            return None
        return stored.value, connection

    def _redeem(
        self,
        stored: Stored[SignInAttempt],
        parameters: Mapping[str, str],
        session: Session,
        connection: Connection,
    ) -> Confirm | SignInRefusal:
        attempt = stored.value
        try:
            known = {name: value for name, value in parameters.items() if name in _PARAMETERS}
            account = self._account(attempt.flow, known, session, connection)
        except NotStored:
            raise
        except ConnectorError as error:
            self._finish(stored, attempt.finish(self.clock(), None, error.code))
            return self._refusal(error, connection, session)
        self._finish(stored, attempt.finish(self.clock(), account))
        return self.ask(parameters["state"], account, session, connection)

    def _account(
        self,
        flow: str,
        parameters: Mapping[str, str],
        session: Session,
        connection: Connection,
    ) -> Account:
        """
        Return who signed in. A guest or a foreign account is not linked, unless the connection
        allows it and Epic has said that the launch was a member of staff's.
        """
        found = self.microsoft.finish(flow, parameters)
        visits = connection.visits
        foreign = visits is not None and visits.foreign_clinicians and session.named
        if found.tenant.lower() != connection.tenant and not foreign:
            raise AccountRefused(ACCOUNT_FOREIGN, found.username)
        if found.guest and not foreign:
            raise AccountRefused(ACCOUNT_GUEST, found.username)
        return Account(found.tenant.lower(), found.oid, found.username)

    def _finish(self, stored: Stored[SignInAttempt], finished: SignInAttempt) -> None:
        self.launches.replace_attempt(finished, stored.etag)

    def ask(
        self,
        state: str,
        account: Account,
        session: Session,
        connection: Connection,
        *,
        linked_elsewhere: bool = False,
    ) -> Confirm:
        """Return the question whether the account belongs to the EHR user of the page."""
        return Confirm(
            state,
            account.username,
            session,
            connection,
            linked_elsewhere,
            handoff=self._anew(session),
        )

    def _anew(self, session: Session) -> str:
        return self.handoffs.make(session.key, self.clock(), LIFETIME_ON_READ_PAGES)

    def _refusal(
        self, error: ConnectorError, connection: Connection, session: Session
    ) -> SignInRefusal:
        if isinstance(error, CredentialRefused):
            self.trouble.report(ENTRA_CREDENTIAL_REFUSED, connection, "the Entra application")
        info = error.info
        if isinstance(error, SignInRefused):
            info = _SAID.get(error.error, info)
        logs.event("sign_in.refused", connection=connection.id, code=info.code)
        return SignInRefusal(
            info,
            connection,
            handoff=self._anew(session),
            username=error.username if isinstance(error, AccountRefused) else "",
            aadsts=error.aadsts if isinstance(error, SignInRefused | CredentialRefused) else "",
        )


_SAID = {
    SignInError.CANCELLED: SIGN_IN_CANCELLED,
    SignInError.CONSENT: SIGN_IN_CONSENT,
    SignInError.INTERACTION: SIGN_IN_INTERACTION,
    SignInError.UNAVAILABLE: SIGN_IN_UNAVAILABLE,
}
