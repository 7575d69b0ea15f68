"""
What Microsoft refuses.

    ConnectorError
    ├── CredentialRefused           our own credential: never the fault of who signs in
    └── SignInRefused               this sign-in

Of Microsoft's descriptions only the digits of the AADSTS code are kept: they carry names.
"""

from __future__ import annotations

from enum import StrEnum

from shared_code.errors import Code, ConnectorError, ErrorInfo

CREDENTIAL_REFUSED = ErrorInfo(
    Code("credential_refused"), "Microsoft does not accept this installation's credential.", 503
)
SIGN_IN_REFUSED = ErrorInfo(Code("sign_in_refused"), "The Microsoft sign-in did not succeed.", 403)


class SignInError(StrEnum):
    """Why a sign-in did not succeed."""

    CANCELLED = "cancelled"
    CONSENT = "consent"
    INTERACTION = "interaction"
    UNAVAILABLE = "unavailable"
    OTHER = "other"
    TOKEN = "token"


class CredentialRefused(ConnectorError):
    """Our credential is missing, wrong or expired. `aadsts`: the digits of the code, or empty."""

    def __init__(self, aadsts: str = "") -> None:
        super().__init__(CREDENTIAL_REFUSED)
        self.aadsts = aadsts


class SignInRefused(ConnectorError):
    """The sign-in did not succeed. `aadsts`: the digits of Microsoft's code, or empty."""

    def __init__(self, error: SignInError, aadsts: str = "") -> None:
        super().__init__(SIGN_IN_REFUSED)
        self.error = error
        self.aadsts = aadsts
