"""
What Epic's authorize endpoint says in the callback instead of a code (RFC 6749 §4.1.2.1, OpenID
Connect §3.1.2.6, SMART).

Only what is listed here is shown or logged; `error_description` and `error_uri` are not even read.
"""

from __future__ import annotations

from enum import StrEnum, auto


class Advice(StrEnum):
    """What the page says."""

    START_AGAIN = auto()
    """The launch is too old or was used before."""
    DECLINED = auto()
    """A person refused; nothing was opened."""
    TELL_EPIC_TEAM = auto()
    """The registration at Epic, or the integration record, is not as it must be."""
    TRY_AGAIN = auto()
    """Epic failed."""


class CallbackError(StrEnum):
    """A value of the parameter `error`."""

    INVALID_LAUNCH_TOKEN = auto()
    ACCESS_DENIED = auto()
    LOGIN_REQUIRED = auto()
    INTERACTION_REQUIRED = auto()
    CONSENT_REQUIRED = auto()
    INVALID_REQUEST = auto()
    INVALID_SCOPE = auto()
    INVALID_CLIENT = auto()
    UNAUTHORIZED_CLIENT = auto()
    UNSUPPORTED_RESPONSE_TYPE = auto()
    SERVER_ERROR = auto()
    TEMPORARILY_UNAVAILABLE = auto()
    OTHER = auto()

    @property
    def advice(self) -> Advice:
        """Return what the person at the screen should do."""
        return _ADVICE.get(self, Advice.TELL_EPIC_TEAM)


_ADVICE = {
    CallbackError.INVALID_LAUNCH_TOKEN: Advice.START_AGAIN,
    CallbackError.LOGIN_REQUIRED: Advice.START_AGAIN,
    CallbackError.INTERACTION_REQUIRED: Advice.START_AGAIN,
    CallbackError.OTHER: Advice.START_AGAIN,
    CallbackError.ACCESS_DENIED: Advice.DECLINED,
    CallbackError.CONSENT_REQUIRED: Advice.DECLINED,
    CallbackError.SERVER_ERROR: Advice.TRY_AGAIN,
    CallbackError.TEMPORARILY_UNAVAILABLE: Advice.TRY_AGAIN,
}


def read_callback_error(value: str) -> CallbackError:
    """Return the listed error, or OTHER: the value itself goes nowhere."""
    try:
        return CallbackError(value)
    except ValueError:
        return CallbackError.OTHER
