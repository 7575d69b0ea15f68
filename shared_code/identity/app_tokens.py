"""The port of the Entra app's access tokens."""

from __future__ import annotations

from typing import Protocol


class AppTokens(Protocol):
    """Access tokens of the app itself."""

    def token(self, tenant: str, scope: str, *, seconds: float = 5.0) -> str:
        """
        Return an access token of that tenant. It may come from memory; else `seconds` is the time
        for all requests to Entra. The managed identity's own time comes on top when it is new.

        Raises CredentialRefused, NotReached or NoAnswer.
        """
