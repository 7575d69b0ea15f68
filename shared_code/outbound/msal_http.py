"""The HTTP client that MSAL is given: `get`, `post` and `close` over the one door out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from shared_code.outbound.http import NO_HEADERS, OutboundHttp


@dataclass(frozen=True, slots=True)
class MsalAnswer:
    """What MSAL reads of an answer."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class MsalHttp:
    """Raises what the door raises; MSAL lets it through."""

    def __init__(self, http: OutboundHttp, seconds: float = 5.0) -> None:
        self._http = http
        self._seconds = seconds

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
        answer = self._http.request(
            method, url + query, headers=headers, body=body, seconds=self._seconds
        )
        status = answer.status
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            # MSAL returns this one like a refusal of the credential; the other it raises. It
            # waits as long as Retry-After says after either.
            status = HTTPStatus.SERVICE_UNAVAILABLE
        return MsalAnswer(int(status), answer.body.decode("utf-8", "replace"), answer.headers)
