"""
What may become of a request instead of an answer.

    Refused
    └── AddressRefused              malformed, not https, our own host, or an address not allowed
    ConnectorError
    ├── NotReached                  nothing was sent
    └── NoAnswer                    the other side may have acted
        └── AnswerTooLarge          it answered more than was asked for
"""

from __future__ import annotations

from enum import StrEnum

from shared_code.errors import Code, ConnectorError, ErrorInfo, Refused

OUTBOUND_REFUSED = ErrorInfo(
    Code("outbound_refused"), "The address may not be called from this installation."
)
UPSTREAM_UNREACHABLE = ErrorInfo(
    Code("upstream_unreachable"), "The other service cannot be reached.", 503
)
UPSTREAM_SILENT = ErrorInfo(
    Code("upstream_silent"), "The other service did not answer as it should.", 503
)
UPSTREAM_TOO_LARGE = ErrorInfo(
    Code("upstream_too_large"), "The answer of the other service is too large.", 503
)


class Phase(StrEnum):
    """Where a request failed."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    SEND = "send"
    NO_REPLY = "no_reply"
    BODY = "body"


class AddressRefused(Refused):
    """The URL is malformed or not https, or leads to an address that must not be called."""

    def __init__(self) -> None:
        super().__init__(OUTBOUND_REFUSED)


class NotReached(ConnectorError):
    """Nothing was sent. `phase`: DNS, CONNECT or TLS."""

    def __init__(self, phase: Phase) -> None:
        super().__init__(UPSTREAM_UNREACHABLE)
        self.phase = phase


class NoAnswer(ConnectorError):
    """The request may have been carried out. `phase`: SEND, NO_REPLY or BODY."""

    def __init__(self, phase: Phase, info: ErrorInfo = UPSTREAM_SILENT) -> None:
        super().__init__(info)
        self.phase = phase


class AnswerTooLarge(NoAnswer):
    """The answer is larger than the caller allows."""

    def __init__(self) -> None:
        super().__init__(Phase.BODY, UPSTREAM_TOO_LARGE)
