"""
What Graph's answers prove.

    GraphBusy           429: nothing was done; try again after `retry_after`
    GraphUnavailable    5xx, or an answer that is none of Graph's: it may have acted
    GraphRefused        it will not; `kind` says who is the reason, `status` is Graph's

From below come `NotReached` (nothing was sent), `NoAnswer` (it may have acted), `CredentialRefused`
(Entra gives the app no token) and `AddressRefused` (the setting of Graph's URL is wrong).
"""

from __future__ import annotations

from enum import StrEnum

from shared_code.errors import Code, ConnectorError, ErrorInfo

GRAPH_BUSY = ErrorInfo(
    Code("graph_busy"), "Microsoft Graph asks us to wait before the next request.", 503
)
GRAPH_UNAVAILABLE = ErrorInfo(
    Code("graph_unavailable"), "Microsoft Graph failed or gave an answer without a meaning.", 503
)
GRAPH_REFUSED = ErrorInfo(
    Code("graph_refused"), "Microsoft Graph refuses the request for this meeting.", 503
)


class Refusal(StrEnum):
    """
    Why Graph refuses. All but OTHER are about the organizer: another account may take its place.

    NO_POLICY: the account lacks the application access policy. ORGANIZER: it has no licence, is a
    guest, is disabled, or there is no such account or meeting. USED_UP: it made its meetings of
    this month. OTHER: the app's token or permissions, or the request.
    """

    NO_POLICY = "no_policy"
    ORGANIZER = "organizer"
    USED_UP = "used_up"
    OTHER = "other"


class GraphBusy(ConnectorError):
    """Throttled. `retry_after` in seconds, 1 to 3600; None if Graph did not say."""

    def __init__(self, retry_after: int | None) -> None:
        super().__init__(GRAPH_BUSY)
        self.retry_after = retry_after


class GraphUnavailable(ConnectorError):
    """Nothing is proven: the request may have had its effect."""

    def __init__(self) -> None:
        super().__init__(GRAPH_UNAVAILABLE)


class GraphRefused(ConnectorError):
    """A clear no: the request had no effect."""

    def __init__(self, kind: Refusal, status: int) -> None:
        super().__init__(GRAPH_REFUSED)
        self.kind = kind
        self.status = status
