"""The ports of launching: its rows, and Epic's side of a launch. Microsoft's is in identity/."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from shared_code.connections.launch_setup import EpicSetup
from shared_code.launching.domain.launch import Issuer, Launch, SignInAttempt
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.domain.user import LinkedUser
from shared_code.rows import Stored
from shared_code.smart.endpoints import Endpoints
from shared_code.smart.token_answer import TokenAnswer
from shared_code.smart.user import EhrUser


class Launches(Protocol):
    """Launches and sign-ins, erased by bucket."""

    def insert_launch(self, launch: Launch) -> None:
        """Write a new launch. Raises Conflict if it exists."""

    def load_launch(self, key: TokenKey) -> Stored[Launch] | None:
        """Return the launch, or None."""

    def replace_launch(self, launch: Launch, etag: str) -> str:
        """Replace the launch and return its ETag. Raises Conflict if the ETag differs."""

    def insert_attempt(self, attempt: SignInAttempt) -> None:
        """Write a new sign-in. Raises Conflict if it exists."""

    def load_attempt(self, key: TokenKey) -> Stored[SignInAttempt] | None:
        """Return the sign-in, or None."""

    def replace_attempt(self, attempt: SignInAttempt, etag: str) -> str:
        """Replace the sign-in and return its ETag. Raises Conflict if the ETag differs."""

    def erase(self, bucket: str, most: int) -> bool:
        """Erase up to about `most` rows of a bucket; return whether none is left."""


class Sessions(Protocol):
    """The pages of those who launched, erased by bucket."""

    def insert(self, session: Session) -> None:
        """Write a new session. Raises Conflict if it exists."""

    def load(self, key: TokenKey) -> Stored[Session] | None:
        """Return the session, or None."""

    def replace(self, session: Session, etag: str) -> str:
        """Replace the session and return its ETag. Raises Conflict if the ETag differs."""

    def erase(self, bucket: str, most: int) -> bool:
        """Erase up to about `most` rows of a bucket; return whether none is left."""


class LinkedUsers(Protocol):
    """EHR users with their Microsoft accounts."""

    def load(self, connection: str, user: str) -> Stored[LinkedUser] | None:
        """Return the link of an EHR user, or None."""

    def put(self, link: LinkedUser) -> None:
        """Write the link of an EHR user, in place of any other."""

    def others_of(self, connection: str, account: str, user: str) -> bool:
        """Return whether the account is linked to another EHR user of the connection."""

    def remove(self, connection: str, user: str) -> None:
        """Erase the link. Does nothing if it does not exist."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """One code to redeem at Epic's token endpoint."""

    setup: EpicSetup
    issuer: Issuer
    code: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str


class Epic(Protocol):
    """Epic's side of a launch; implemented by smart/ with keys from the vault."""

    def endpoints(self, setup: EpicSetup) -> Endpoints:
        """Return Epic's addresses. Raises EndpointsUnknown, EndpointsElsewhere."""

    def redeem(self, redemption: Redemption) -> TokenAnswer:
        """
        Redeem the code; it is tried once.

        Raises CodeRefused, ClientRefused, EpicUnavailable, NotReached, NoAnswer, NotStored, and
        Refused for an answer that cannot be read.
        """

    def user(self, id_token: str, setup: EpicSetup, issuer: Issuer, nonce: str) -> EhrUser:
        """
        Return who Epic says launched.

        Raises TokenRefused and KeysUnknown, and NotReached or NoAnswer if the keys cannot be had.
        """

    def csn(self, setup: EpicSetup, answer: TokenAnswer) -> str | None:
        """
        Return the CSN of the launch's appointment or encounter, as FHIR says it within two seconds.

        None for any refusal and any silence: FHIR is never required.
        """
