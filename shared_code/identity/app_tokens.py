"""The port of the Entra app's access tokens."""

from __future__ import annotations

from typing import Protocol


class AppTokens(Protocol):
    """Access tokens of the app itself."""

    def token(self, tenant: str, scope: str) -> str:
        """
        Return an access token of that tenant. It may come from memory.

        Raises CredentialRefused, NotReached or NoAnswer.
        """
