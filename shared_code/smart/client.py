"""
Epic's token endpoint and FHIR, as the client that a launch needs.

Each request is made once: a code is good for one attempt, and what was sent may have been taken.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from shared_code.clock import Clock
from shared_code.errors import ConnectorError, Refused
from shared_code.outbound.http import Answer, OutboundHttp
from shared_code.security.tokens import Claims, Expected
from shared_code.smart import csn
from shared_code.smart.endpoints import Endpoints, json_type
from shared_code.smart.errors import (
    TOKEN_ANSWER_UNREADABLE,
    ClientRefused,
    CodeRefused,
    EpicUnavailable,
    KeysUnknown,
)
from shared_code.smart.token_answer import LARGEST, LaunchContext, TokenAnswer, read_token_answer

if TYPE_CHECKING:
    from shared_code.outbound.key_sets import KeySets
    from shared_code.security.signing_keys import SigningKey

ASSERTION_LIFE = timedelta(seconds=240)
"""Epic takes no more than five minutes."""

_BACK = timedelta(seconds=5)  # "not in the future" by a clock that is a little behind ours
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SECONDS = 5.0
_OURS = frozenset(
    {
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
"""What RFC 6749 §5.2 says of the client and its request, not of the code."""


@dataclass(frozen=True, slots=True)
class SmartClient:
    """
    `new_jti` makes the id of a client assertion: unique, at most 151 characters. `ticks` are
    seconds of a steady clock.
    """

    http: OutboundHttp
    key_sets: KeySets
    clock: Clock
    new_jti: Callable[[], str]
    ticks: Callable[[], float] = time.monotonic

    def redeem(
        self,
        endpoints: Endpoints,
        *,
        client_id: str,
        key: SigningKey,
        code: str,
        verifier: str,
        redirect_uri: str,
    ) -> TokenAnswer:
        """
        Redeem the code, once (RFC 7523 §2.2).

        Raises CodeRefused, ClientRefused, EpicUnavailable, Refused(TOKEN_ANSWER_UNREADABLE), and
        what the request raises: NotReached, NoAnswer.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_assertion_type": _ASSERTION,
            "client_assertion": key.sign(self._assertion(client_id, endpoints.token)),
        }
        answer = self.http.request(
            "POST",
            endpoints.token,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=urlencode(form).encode("ascii"),
            seconds=_SECONDS,
            largest=LARGEST,
        )
        if answer.status != 200:
            raise self._refusal(answer)
        return read_token_answer(answer.body)

    def verify_user(
        self, id_token: str, endpoints: Endpoints, client_id: str, nonce: str
    ) -> Claims:
        """
        Return the claims of a valid id_token.

        Raises KeysUnknown, TokenRefused, NotReached or NoAnswer.
        """
        if not endpoints.keys_url:
            raise KeysUnknown
        expected = Expected(issuer=endpoints.issuer, audience=client_id, nonce=nonce)
        return self.key_sets.verify(id_token, endpoints.keys_url, expected)

    def read_csn(
        self, base_url: str, context: LaunchContext, access_token: str, seconds: float = 2.0
    ) -> str | None:
        """Return the CSN of the launch's Appointment, else Encounter, if FHIR says it in time."""
        until = self.ticks() + seconds
        headers = {"Authorization": f"Bearer {access_token}", "Accept": json_type(base_url)}
        for kind, resource_id in (
            ("Appointment", context.appointment),
            ("Encounter", context.encounter),
        ):
            path = csn.resource_path(kind, resource_id)
            if path is None:
                continue
            url = f"{base_url.rstrip('/')}/{path}"
            if found := csn.read_csn(self._get(url, headers, until), kind):
                return found
        return None

    def _get(self, url: str, headers: Mapping[str, str], until: float) -> bytes:
        left = until - self.ticks()
        if left <= 0:
            return b""
        try:
            answer = self.http.request("GET", url, headers=headers, seconds=left)
        except ConnectorError:
            return b""
        return answer.body if answer.status == 200 else b""

    def _assertion(self, client_id: str, audience: str) -> dict[str, object]:
        now = self.clock()
        issued = int((now - _BACK).timestamp())
        return {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": self.new_jti(),
            "iat": issued,
            "nbf": issued,
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }

    def _refusal(self, answer: Answer) -> ConnectorError:
        if answer.status == 429 or answer.status >= 500:
            return EpicUnavailable()
        error = _error_of(answer.body)
        if error == "invalid_grant":
            return CodeRefused()
        if error in _OURS or answer.status in (401, 403):
            return ClientRefused(_skew(answer.headers, self.clock()))
        return Refused(TOKEN_ANSWER_UNREADABLE)


def _error_of(body: bytes) -> str:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = read.get("error") if isinstance(read, dict) else None
    return error.strip().lower() if isinstance(error, str) else ""


def _skew(headers: Mapping[str, str], now: datetime) -> int | None:
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return round((date - now).total_seconds())
