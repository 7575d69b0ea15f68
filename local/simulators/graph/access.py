"""Who may call: the token's audience, its permissions, and how many requests in what time."""

import threading
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from http import HTTPStatus

from local.faults.listener import Request
from local.simulators.graph.conduct import Throttle
from local.simulators.graph.wire import Refusal
from local.simulators.identity import Claims, Tokens

CALLS = frozenset({"OnlineMeetings.ReadWrite.All"})
GUEST_LINKS = frozenset({"VirtualAppointment.Read.All", "VirtualAppointment.ReadWrite.All"})


class Access:
    """Tokens must be issued for this service's own address."""

    def __init__(self, tokens: Tokens, url: Callable[[], str]) -> None:
        self._tokens = tokens
        self._url = url

    def check(self, request: Request, now: datetime) -> Claims:
        """Return what the token says of its caller. Raises Refusal."""
        scheme, _, token = request.header("Authorization").partition(" ")
        claims = self._tokens.claims(token, {self._url()}, now)
        if scheme != "Bearer" or claims is None:
            raise Refusal(
                HTTPStatus.UNAUTHORIZED,
                "InvalidAuthenticationToken",
                "Access token validation failure. Invalid audience.",
            )
        return claims


def check_roles(claims: Claims, needed: Collection[str]) -> None:
    """Check the app's permissions, unless the token says nothing of its caller."""
    if "roles" in claims and not set(claims["roles"]) & set(needed):
        raise Refusal(
            HTTPStatus.FORBIDDEN,
            "Forbidden",
            f"Missing role permissions on the request. API requires one of {sorted(needed)}.",
        )


class Rate:
    """The requests of the last seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[datetime] = deque()

    def take(self, throttle: Throttle, now: datetime) -> None:
        """Count a request. Raises Refusal above the limit."""
        if not throttle.requests:
            return
        with self._lock:
            while self._recent and self._recent[0] <= now - timedelta(seconds=throttle.seconds):
                self._recent.popleft()
            if len(self._recent) >= throttle.requests:
                raise Refusal(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "TooManyRequests",
                    "Too many requests.",
                    throttle.seconds,
                )
            self._recent.append(now)

    def reset(self) -> None:
        with self._lock:
            self._recent.clear()
