"""The HTTP client that MSAL is given: `get`, `post` and `close` over the one door out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from shared_code.outbound.errors import NotReached, Phase
from shared_code.outbound.http import NO_HEADERS, OutboundHttp


@dataclass(frozen=True, slots=True)
class MsalAnswer:
    """What MSAL reads of an answer."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class MsalHttp:
    """
    Raises what the door raises; MSAL lets it through. `seconds` is the time for one request;
    `ticks` are seconds of a steady clock.
    """

    def __init__(
        self,
        http: OutboundHttp,
        seconds: float = 5.0,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._seconds = seconds
        self._ticks = ticks
        self._limit = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End the requests that this thread makes meanwhile within these seconds together."""
        self._limit.until = self._ticks() + seconds
        try:
            yield
        finally:
            del self._limit.until

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> MsalAnswer:
        """Make a GET."""
        return self._send("GET", url, params, headers or NO_HEADERS, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> MsalAnswer:
        """Make a POST with a form."""
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._send("POST", url, params, form, urlencode(data or {}).encode("ascii"))

    def close(self) -> None:
        """Do nothing: the door is shared."""

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> MsalAnswer:
        query = f"?{urlencode(params)}" if params else ""
        seconds = self.left()
        if seconds <= 0:
            raise NotReached(Phase.CONNECT)
        answer = self._http.request(
            method, url + query, headers=headers, body=body, seconds=seconds
        )
        status = answer.status
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            # MSAL returns this one like a refusal of the credential; the other it raises. It
            # waits as long as Retry-After says after either.
            status = HTTPStatus.SERVICE_UNAVAILABLE
        return MsalAnswer(int(status), answer.body.decode("utf-8", "replace"), answer.headers)

    def left(self) -> float:
        """Return the seconds that this thread's next request may take."""
        until = getattr(self._limit, "until", None)
        return self._seconds if until is None else min(self._seconds, until - self._ticks())
