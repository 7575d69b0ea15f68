"""
What browsers are given to prove that they are the same browser: signed with the cookie ring.

Nothing of it is stored: the value for a launch or a page can be computed again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from shared_code.launching.domain.tokens import RANDOM_BYTES, TokenKey
from shared_code.security import keys
from shared_code.security.keys import Rings

Randomness = Callable[[int], bytes]
"""Returns that many random bytes."""


@dataclass(frozen=True, slots=True)
class BrowserSecrets:
    """Makes and checks the values of cookies. Every method raises NotStored."""

    rings: Rings
    randomness: Randomness

    def of_launch(self, key: TokenKey) -> str:
        """Return the cookie value of a launch or a sign-in."""
        return self._signed("launch", str(key))

    def is_of_launch(self, key: TokenKey, value: str) -> bool:
        """Return whether the value is the launch's; in constant time."""
        return hmac.compare_digest(self.of_launch(key).encode(), value.encode())

    def of_browser(self, owner: str, value: str) -> str:
        """
        Return the cookie value of the owner's pages: the one that came, if it is this owner's.

        Another owner in the same browser gets another value, which ends the earlier pages.
        """
        if self.belongs_to(owner, value):
            return value
        new = _letters(self.randomness(RANDOM_BYTES))
        return f"{new}.{self._signed('browser', owner, new)}"

    def belongs_to(self, owner: str, value: str) -> bool:
        """Return whether the cookie value is one of the owner's; in constant time."""
        chance, _, signature = value.partition(".")
        expected = self._signed("browser", owner, chance)
        return hmac.compare_digest(expected.encode(), signature.encode())

    def _signed(self, *words: str) -> str:
        return _letters(keys.sign(self.rings.cookie, "|".join(words))[:RANDOM_BYTES])


def is_same(browser: str, given: str) -> bool:
    """Return whether the page cookie that came is the one that was given; in constant time."""
    return bool(given) and hmac.compare_digest(browser.encode(), given.encode())


def digest_of(browser: str) -> str:
    """Return what a session keeps of its cookie; "" if none came."""
    return hashlib.sha256(browser.encode("utf-8")).hexdigest() if browser else ""


def _letters(content: bytes) -> str:
    return base64.b32encode(content).decode("ascii").rstrip("=").lower()
