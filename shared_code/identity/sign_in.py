"""The port of the Microsoft sign-in: a start, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignInStart:
    """Where to send the browser, and what to keep with the attempt: `flow` holds secrets."""

    url: str = field(repr=False)
    flow: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MicrosoftAccount:
    """
    Who signed in, as a verified id_token says. `guest`: an account of another organization.

    `username` is never empty: nobody could recognise an account without a name.
    """

    tenant: str
    oid: str
    username: str = field(repr=False)
    guest: bool


class SignIn(Protocol):
    """The authorization code flow of Entra, with PKCE and a nonce."""

    def start(self, state: str) -> SignInStart:
        """Return the address of Microsoft's account picker. Raises NotReached or NoAnswer."""

    def finish(self, flow: str, parameters: Mapping[str, str]) -> MicrosoftAccount:
        """
        Return who signed in; `parameters` are those of the callback.

        Raises SignInRefused, CredentialRefused, NotReached or NoAnswer.
        """
