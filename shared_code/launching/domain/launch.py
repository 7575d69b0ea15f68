"""
One launch between Epic's button and its result, and one sign-in at Microsoft.

Both are rows that are used once: `take` marks that somebody works on the callback, `finish` keeps
the result, so that a repeated callback gets the same one and no code is redeemed twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from shared_code.errors import Code
from shared_code.launching.domain.tokens import TokenKey

LIFETIME = timedelta(minutes=10)
"""How long a launch or a sign-in may take."""
REPEATED_WITHIN = timedelta(seconds=60)
"""How long a repeated callback gets the result of the first one."""


class Door(StrEnum):
    """Which of the two launch addresses was opened."""

    PROVIDER = "provider"
    PATIENT = "patient"


class Progress(StrEnum):
    """How far a launch or sign-in has come."""

    STARTED = "started"
    TAKEN = "taken"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Issuer:
    """
    Epic's addresses as they were when the launch started; the callback uses these and no others.

    `iss` is the base URL exactly as it came.
    """

    iss: str
    token: str
    issuer: str
    keys_url: str


@dataclass(frozen=True, slots=True)
class Result:
    """
    What the callback led to: the page of a visit (`handle` with its `browser` cookie), a meeting
    (`url`), or a refusal (`code`). Exactly one of the three is set.
    """

    handle: str = field(default="", repr=False)
    browser: str = field(default="", repr=False)
    url: str = field(default="", repr=False)
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch at Epic. `verifier` is the PKCE verifier; all times are UTC."""

    key: TokenKey
    connection: str
    door: Door
    issuer: Issuer
    created: datetime
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    progress: Progress = Progress.STARTED
    changed: datetime | None = None
    result: Result = Result()

    def has_expired(self, now: datetime) -> bool:
        """Return whether the launch took too long."""
        return self.created + LIFETIME <= now

    def take(self, now: datetime) -> Self:
        """Return the launch while its code is redeemed."""
        return replace(self, progress=Progress.TAKEN, changed=now)

    def finish(self, result: Result, now: datetime) -> Self:
        """Return the launch with its result; the verifier has served."""
        return replace(
            self, progress=Progress.FINISHED, changed=now, result=result, verifier="", nonce=""
        )

    def may_repeat(self, now: datetime) -> bool:
        """Return whether a callback that comes again now belongs to the first one."""
        return self.changed is not None and now < self.changed + REPEATED_WITHIN


@dataclass(frozen=True, slots=True)
class Account:
    """The Microsoft account that signed in: Entra tenant, object id, and sign-in name."""

    tenant: str
    oid: str
    username: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """
    A sign-in at Microsoft for one page of a visit.

    `flow` is what identity/ needs to finish it. `account` is who signed in, until it is confirmed.
    """

    key: TokenKey
    session: TokenKey
    created: datetime
    flow: str = field(repr=False)
    progress: Progress = Progress.STARTED
    changed: datetime | None = None
    account: Account | None = None
    code: Code | None = None

    def has_expired(self, now: datetime) -> bool:
        """Return whether the sign-in took too long."""
        return self.created + LIFETIME <= now

    def take(self, now: datetime) -> Self:
        """Return the attempt while its code is redeemed."""
        return replace(self, progress=Progress.TAKEN, changed=now)

    def finish(self, now: datetime, account: Account | None, code: Code | None = None) -> Self:
        """Return the attempt with who signed in, or with why nobody could."""
        return replace(
            self, progress=Progress.FINISHED, changed=now, account=account, code=code, flow=""
        )

    def used(self, now: datetime) -> Self:
        """Return the attempt after its account was confirmed: nobody can confirm it again."""
        return replace(self, changed=now, account=None)

    def was_used(self) -> bool:
        """Return whether somebody signed in and has confirmed it."""
        return self.progress is Progress.FINISHED and self.account is None and not self.code

    def may_repeat(self, now: datetime) -> bool:
        """Return whether a callback that comes again now belongs to the first one."""
        return self.changed is not None and now < self.changed + REPEATED_WITHIN
