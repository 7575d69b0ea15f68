"""
The errors of the SMART protocol.

    ConnectorError
    ├── EndpointsUnknown        no usable discovery document, and none kept; try again
    ├── EndpointsElsewhere      the document names a host that nobody has approved
    ├── KeysUnknown             Epic publishes no keys that an id_token could be verified with
    ├── CodeRefused             Epic does not take the authorization code: start again
    ├── ClientRefused           Epic does not take us: keys, client id or clocks
    ├── EpicUnavailable         5xx or 429 of the token endpoint
    └── Refused(LAUNCH_… | TOKEN_ANSWER_UNREADABLE)

A code is good for one request, so after any of them the launch starts again from Epic.
"""

from __future__ import annotations

from shared_code.errors import Code, ConnectorError, ErrorInfo

LAUNCH_MALFORMED = ErrorInfo(
    Code("launch_malformed"), "A parameter of the launch is doubled or cannot be read.", 400
)
LAUNCH_TOO_LONG = ErrorInfo(Code("launch_too_long"), "A parameter of the launch is too long.", 413)
EPIC_DISCOVERY_FAILED = ErrorInfo(
    Code("epic_discovery_failed"), "Epic does not say where its sign-in endpoints are.", 503
)
EPIC_ENDPOINT_ELSEWHERE = ErrorInfo(
    Code("epic_endpoint_elsewhere"), "Epic names an endpoint on a host that is not approved.", 503
)
EPIC_KEYS_UNKNOWN = ErrorInfo(
    Code("epic_keys_unknown"), "Epic publishes no keys to verify an id_token with.", 503
)
EPIC_CODE_REFUSED = ErrorInfo(
    Code("epic_code_refused"), "Epic did not accept the launch's code; start again.", 400
)
EPIC_CLIENT_REFUSED = ErrorInfo(
    Code("epic_client_refused"), "Epic did not accept this connection's client id or key.", 503
)
EPIC_UNAVAILABLE = ErrorInfo(Code("epic_unavailable"), "Epic's token endpoint is unavailable.", 503)
TOKEN_ANSWER_UNREADABLE = ErrorInfo(
    Code("token_answer_unreadable"), "Epic's token answer cannot be read; start again.", 400
)


class EndpointsUnknown(ConnectorError):
    """No document can be read, and none was read within a day."""

    def __init__(self) -> None:
        super().__init__(EPIC_DISCOVERY_FAILED)


class EndpointsElsewhere(ConnectorError):
    """`host` is the one that nobody has approved; for administrators, never for a page."""

    def __init__(self, host: str) -> None:
        super().__init__(EPIC_ENDPOINT_ELSEWHERE)
        self.host = host


class KeysUnknown(ConnectorError):
    """An id_token cannot be verified."""

    def __init__(self) -> None:
        super().__init__(EPIC_KEYS_UNKNOWN)


class CodeRefused(ConnectorError):
    """The code was used before, is too old, or belongs to another launch."""

    def __init__(self) -> None:
        super().__init__(EPIC_CODE_REFUSED)


class ClientRefused(ConnectorError):
    """
    Epic has not read our keys yet, knows the client id in the other environment only, or the clocks
    differ: `clock_skew` is Epic's clock minus ours, in seconds, or None if Epic did not say.
    """

    def __init__(self, clock_skew: int | None) -> None:
        super().__init__(EPIC_CLIENT_REFUSED)
        self.clock_skew = clock_skew


class EpicUnavailable(ConnectorError):
    """Epic is busy or out of order; the person tries again."""

    def __init__(self) -> None:
        super().__init__(EPIC_UNAVAILABLE)
