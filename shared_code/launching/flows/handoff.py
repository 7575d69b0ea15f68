"""
The one-time way from a page of a visit to a sign-in in a window of its own.

A handoff is signed and makes one sign-in: its state is computed from it, so a second use finds the
row of the first one. Chance tells apart those that are made for one page within a second.
On the page of a visit, which is made anew every minute, it lives a minute; on a page that somebody
reads before pressing it lives as long as a sign-in.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared_code.launching.domain import launch, tokens
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.flows.secrets import Randomness
from shared_code.security import keys
from shared_code.security.keys import Rings

LIFETIME = timedelta(seconds=60)
LIFETIME_ON_READ_PAGES = launch.LIFETIME

_HANDOFF = re.compile(
    r"([0-9]{12})-([0-9a-f]{64})\.([0-9]{10,12})\.([0-9a-f]{16})\.([a-z2-7]{26})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Handoffs:
    """Makes and checks handoffs. Every method raises NotStored."""

    rings: Rings
    randomness: Randomness

    def make(self, session: TokenKey, now: datetime, lifetime: timedelta = LIFETIME) -> str:
        """Return a handoff for the page of the visit."""
        until, chance = int((now + lifetime).timestamp()), self.randomness(8).hex()
        words = f"{session}.{until}.{chance}"
        return f"{words}.{self._letters('handoff', words)}"

    def read(self, handoff: str, now: datetime) -> tuple[TokenKey, str] | None:
        """Return the page's key and the state of the sign-in; None if it is not valid now."""
        found = _HANDOFF.fullmatch(handoff)
        if found is None:
            return None
        bucket, digest, expires, chance, signature = found.groups()
        words = f"{bucket}-{digest}.{expires}.{chance}"
        if not hmac.compare_digest(self._letters("handoff", words), signature):
            return None
        until = datetime.fromtimestamp(int(expires), UTC)
        if until <= now:
            return None
        state = f"{tokens.bucket_of(until)}-{self._letters('sign-in', words)}"
        return TokenKey(bucket, digest), state

    def _letters(self, purpose: str, words: str) -> str:
        signature = keys.sign(self.rings.cookie, f"{purpose}|{words}")
        return base64.b32encode(signature[: tokens.RANDOM_BYTES]).decode("ascii").lower()[:26]
