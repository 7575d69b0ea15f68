"""Why a launch shows no visit, as people are told: one page for each."""

from __future__ import annotations

from enum import StrEnum

from shared_code.errors import WRITE_CONFLICT, ErrorInfo
from shared_code.security.keys import PAYLOAD_UNREADABLE

_OURS = (WRITE_CONFLICT.code, PAYLOAD_UNREADABLE.code)
"""Answered with 409 to a machine; the reader of a page can only try again."""


class Trouble(StrEnum):
    """
    What went wrong, by what the reader can do about it.

    The code and the status of the page are those of the error and are handed over beside it.
    """

    START_AGAIN = "start_again"
    """A launch used twice, too late, or in another browser: open it from Epic again."""
    UNKNOWN_SENDER = "unknown_sender"
    """No approved connection has this `iss`."""
    CONNECTION_NEEDED = "connection_needed"
    """Several organizations use this Epic: the record must name the connection."""
    MIXED_UP = "mixed_up"
    """The `iss` is not that of the connection in the path."""
    FROM_TEST = "from_test"
    """Opened in a test Epic, sent to the production connection."""
    FROM_PRODUCTION = "from_production"
    """Opened in the production Epic, sent to a test connection."""
    LAUNCH_REFUSED = "launch_refused"
    """A person said no in Epic: nothing was opened."""
    EPIC_REFUSED = "epic_refused"
    """Epic refuses our scope or client (also `invalid_client`): tell the Epic team."""
    EPIC_UNAVAILABLE = "epic_unavailable"
    OUR_SIDE = "our_side"
    VISIT_UNKNOWN = "visit_unknown"
    """A patient without any key: call the clinic."""
    VISIT_DISAGREES = "visit_disagrees"
    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    PLACEHOLDER = "placeholder"
    """A literal `%CSN%`: the mistake of the record. Clinicians; patients read VISIT_UNKNOWN."""
    KEYS_UNKNOWN = "keys_unknown"
    """Epic's keys are not known. Clinicians only."""
    IDENTITY_MISSING = "identity_missing"
    """No id_token, or none that names a member of staff. Clinicians only."""


def page_status(info: ErrorInfo) -> int:
    """Return the status of a page: 4xx, or 503 for what is on our side."""
    ours = info.code in _OURS or not 400 <= info.status < 500
    return 503 if ours else info.status
