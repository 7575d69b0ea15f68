"""
Epic sends the browser back: redeem the code once, and tell where the launch leads.

The state names one launch. Its row says how far it has come, so that a callback that comes twice,
or to two workers, is redeemed once and gets the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared_code import errors, logs
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.errors import (
    Code,
    Conflict,
    ConnectorError,
    ErrorInfo,
    NotStored,
    Refused,
)
from shared_code.launching.domain import tokens
from shared_code.launching.domain.errors import (
    BY_CODE,
    KEYS_NOT_ACCEPTED,
    LAUNCH_MIXED_UP,
    LAUNCH_NOT_ALLOWED,
    LAUNCH_OTHER_BROWSER,
    LAUNCH_REFUSED_BY_PERSON,
    LAUNCH_START_AGAIN,
    LAUNCHING_NOT_CONFIGURED,
)
from shared_code.launching.domain.launch import Door, Launch, Progress, Result
from shared_code.launching.domain.outcomes import (
    ComeBack,
    GoTo,
    LaunchOutcome,
    Refusal,
    ShowVisit,
)
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.flows.admit import Admit
from shared_code.launching.flows.secrets import BrowserSecrets, is_same
from shared_code.launching.flows.trouble import LaunchTrouble
from shared_code.launching.ports import Epic, Launches, Redemption
from shared_code.outbound import errors as outbound_errors
from shared_code.outbound.errors import NoAnswer
from shared_code.rows import Stored
from shared_code.security.keys import PAYLOAD_UNREADABLE
from shared_code.security.tokens import TOKEN_REFUSED
from shared_code.smart import errors as smart_errors
from shared_code.smart.errors import EPIC_UNAVAILABLE, ClientRefused
from shared_code.smart.raw_query import read_query
from shared_code.smart.refusals import Advice, CallbackError, read_callback_error

_NAMES = frozenset({"state", "code", "iss", "error"})
_ADVICE: Mapping[Advice, ErrorInfo] = {
    Advice.START_AGAIN: LAUNCH_START_AGAIN,
    Advice.DECLINED: LAUNCH_REFUSED_BY_PERSON,
    Advice.TELL_EPIC_TEAM: LAUNCH_NOT_ALLOWED,
    Advice.TRY_AGAIN: EPIC_UNAVAILABLE,
}

_DECLARED = (*vars(smart_errors).values(), *vars(outbound_errors).values(), *vars(errors).values())
_OTHERS = (*_DECLARED, TOKEN_REFUSED, PAYLOAD_UNREADABLE)
_KNOWN: Mapping[Code, ErrorInfo] = {
    **BY_CODE,
    **{each.code: each for each in _OTHERS if isinstance(each, ErrorInfo)},
}
"""What a repeated callback says after a first one that was refused."""


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """
    One GET of the callback. `url` is raw; `launches` are the launch cookies by the ending of their
    name, `browser` is the page cookie ("" if there is none). `framed`: the answer is shown in a
    frame.
    """

    url: str = field(repr=False)
    launches: Mapping[str, str] = field(repr=False)
    browser: str = field(default="", repr=False)
    framed: bool = False


@dataclass(frozen=True, slots=True)
class FinishLaunch:
    """Finishes launches. `callback` is the address that is registered at Epic."""

    connections: Connections
    launches: Launches
    epic: Epic
    admit: Admit
    secrets: BrowserSecrets
    trouble: LaunchTrouble
    callback: str
    clock: Clock

    def finish(self, request: CallbackRequest) -> LaunchOutcome:
        """Return where the launch leads."""
        try:
            query = read_query(request.url, _NAMES)
        except Refused as refused:
            return _refusal(refused.info)
        state = query.get("state", "")
        key, connection = tokens.key_of(state), ""
        door = Door.PROVIDER if tokens.is_of_staff(state) else Door.PATIENT
        try:
            stored = self.launches.load_launch(key) if key else None
            if stored is None:
                return _refusal(LAUNCH_START_AGAIN, door=door)
            connection = stored.value.connection
            return self._continue(stored, query, request)
        except (NotStored, Refused) as error:  # Refused: a row whose key is gone
            return _refusal(error.info, self.connections.find(connection), door)

    def _continue(
        self, stored: Stored[Launch], query: Mapping[str, str], request: CallbackRequest
    ) -> LaunchOutcome:
        launch = stored.value
        connection = self.connections.find(launch.connection)
        if connection is None or not connection.accepts_launches():
            return _refusal(LAUNCHING_NOT_CONFIGURED, door=launch.door)
        own = self._is_own(launch.key, request.launches)
        if launch.progress is not Progress.STARTED:
            return self._repeated(launch, connection, request.browser, own=own)
        if launch.has_expired(self.clock()):
            return _refusal(LAUNCH_START_AGAIN, connection, launch.door)
        if own is None:
            return _refusal(LAUNCH_OTHER_BROWSER, connection, launch.door)
        try:
            etag = self.launches.replace_launch(launch.take(self.clock()), stored.etag)
        except Conflict:
            return ComeBack(connection, launch.door)
        return self._redeem(Stored(launch, etag), connection, query, request)

    def _is_own(self, key: TokenKey, cookies: Mapping[str, str]) -> bool | None:
        """
        Return whether this launch's cookie came back; None if the launch is another browser's.

        A browser that shows no launch cookie at all may keep none, and goes on.
        """
        own = cookies.get(key.short)
        if own is not None:
            return True if self.secrets.is_of_launch(key, own) else None
        return None if cookies else False

    def _repeated(
        self, launch: Launch, connection: Connection, browser: str, *, own: bool | None
    ) -> LaunchOutcome:
        """
        Answer a callback that is not the first one with this state.

        The cookie of a launch is gone a minute after its use; the cookie of its page stays.
        """
        if own and launch.may_repeat(self.clock()):
            if launch.progress is Progress.TAKEN:
                return ComeBack(connection, launch.door)
            return self._outcome(launch.result, launch, connection)
        refusal = _refusal(LAUNCH_START_AGAIN, connection, launch.door)
        returns = is_same(browser, launch.result.browser)
        return replace(refusal, way_back=launch.result.handle if returns else "")

    def _redeem(
        self,
        stored: Stored[Launch],
        connection: Connection,
        query: Mapping[str, str],
        request: CallbackRequest,
    ) -> LaunchOutcome:
        launch = stored.value
        try:
            result = self._result(launch, connection, query, request)
        except ConnectorError as error:
            if isinstance(error, ClientRefused):
                self.trouble.report(KEYS_NOT_ACCEPTED, connection, _clocks(error))
            logs.event("launch.refused", code=error.code, connection=connection.id)
            # the code was sent, so only another launch can help
            info = LAUNCH_START_AGAIN if isinstance(error, NoAnswer) else error.info
            self._keep(stored, Result(code=info.code))
            return Refusal(info, connection, launch.door)
        self._keep(stored, result)
        return self._outcome(result, launch, connection)

    def _result(
        self,
        launch: Launch,
        connection: Connection,
        query: Mapping[str, str],
        request: CallbackRequest,
    ) -> Result:
        if "error" in query:
            error = read_callback_error(query["error"])
            if error is CallbackError.INVALID_LAUNCH_TOKEN:
                self.trouble.refused_by_epic(connection)
            raise Refused(_ADVICE[error.advice])
        if query.get("iss", launch.issuer.issuer) != launch.issuer.issuer:
            raise Refused(LAUNCH_MIXED_UP)
        code = query.get("code")
        if code is None:
            raise Refused(LAUNCH_START_AGAIN)
        if connection.epic is None:
            raise Refused(LAUNCHING_NOT_CONFIGURED)
        answer = self.epic.redeem(
            Redemption(connection.epic, launch.issuer, code, launch.verifier, self.callback)
        )
        return self.admit.admit(launch, connection, answer, request.browser, framed=request.framed)

    def _keep(self, stored: Stored[Launch], result: Result) -> None:
        """Keep the result for repetitions. Without it they are told to start again."""
        try:
            finished = stored.value.finish(result, self.clock())
            self.launches.replace_launch(finished, stored.etag)
        except ConnectorError as error:
            logs.warn("launch.result_not_kept", code=error.code)

    def _outcome(self, result: Result, launch: Launch, connection: Connection) -> LaunchOutcome:
        if result.handle:
            return ShowVisit(result.handle, result.browser, used_cookie=launch.key.short)
        if result.url:
            return GoTo(result.url, used_cookie=launch.key.short)
        info = _KNOWN.get(result.code, LAUNCH_START_AGAIN) if result.code else LAUNCH_START_AGAIN
        return Refusal(info, connection, launch.door)


def _refusal(
    info: ErrorInfo, connection: Connection | None = None, door: Door = Door.PATIENT
) -> Refusal:
    logs.event("launch.refused", code=info.code, connection=connection.id if connection else "")
    return Refusal(info, connection, door)


def _clocks(error: ClientRefused) -> str:
    """Return what a refusal of our key is about: the clocks, if they differ by a minute."""
    minutes = round((error.clock_skew or 0) / 60)
    if not minutes:
        return "launches"
    return f"Epic's clock is {abs(minutes)} min {'ahead' if minutes > 0 else 'behind'}"
