"""
Who may call: the HMAC of the resource's access key, or a bearer token of the identity endpoint.

The signature covers the raw path and query, the date, the host and the hash of the body.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from local.faults.listener import Request
from local.simulators.identity import Tokens

AUDIENCES = ("https://communication.azure.com/", "https://communication.azure.com")
CLOCK_SKEW = timedelta(minutes=15)
_SCHEME = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="


class Access:
    """Checks the callers of one resource."""

    def __init__(self, key: str, tokens: Tokens) -> None:
        self._key = base64.b64decode(key, validate=True)
        self._tokens = tokens

    def granted(self, request: Request, now: datetime) -> bool:
        """
        Return whether the caller may call.

        `now` is real time: SDKs sign with it even if a demo has moved the clock.
        """
        authorization = request.header("Authorization")
        if authorization.startswith("Bearer "):
            return self._tokens.valid(authorization.removeprefix("Bearer "), AUDIENCES, now)
        return _is_current(request.header("x-ms-date"), now) and self._signed(
            request, authorization
        )

    def _signed(self, request: Request, authorization: str) -> bool:
        digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        date, host = request.header("x-ms-date"), request.header("Host")
        text = f"{request.method}\n{request.target}\n{date};{host};{digest}"
        signature = hmac.new(self._key, text.encode(), hashlib.sha256).digest()
        expected = _SCHEME + base64.b64encode(signature).decode()
        return hmac.compare_digest(
            digest.encode(), request.header("x-ms-content-sha256").encode()
        ) and hmac.compare_digest(expected.encode(), authorization.encode())


def _is_current(date: str, now: datetime) -> bool:
    try:
        signed_at = parsedate_to_datetime(date)
    except ValueError:
        return False
    if signed_at.tzinfo is None:
        signed_at = signed_at.replace(tzinfo=UTC)
    return abs(signed_at - now) <= CLOCK_SKEW
