"""Authorization codes: made for one sign-in, redeemed once."""

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.simulators.entra.directory import Account
from local.simulators.entra.errors import EntraError

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Grant:
    """Who signed in, for which request; `tenant` issues the tokens."""

    account: Account
    tenant: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str | None
    until: datetime


class Grants:
    """The codes that were issued, and whether they were redeemed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._issued: dict[str, Grant] = {}
        self._redeemed: set[str] = set()

    def issue(self, grant: Grant) -> str:
        # as long as a real one, so that whatever cannot carry it is noticed
        code = f"1.A{secrets.token_urlsafe(600)}"
        with self._lock:
            self._issued[code] = grant
        return code

    def find(self, code: str) -> Grant | None:
        with self._lock:
            return self._issued.get(code)

    def redeem(self, code: str, redirect_uri: str, verifier: str | None, now: datetime) -> Grant:
        """Return the grant, only once. Raises EntraError."""
        with self._lock:
            grant = self._issued.get(code)
            if grant is None or grant.until <= now:
                raise EntraError("70008")
            if code in self._redeemed:
                raise EntraError("54005", grant.account.username)
            if grant.redirect_uri != redirect_uri:
                raise EntraError("50011")
            if not _proves(grant.challenge, verifier):
                raise EntraError("50148")
            self._redeemed.add(code)
            return grant

    def reset(self) -> None:
        with self._lock:
            self._issued.clear()
            self._redeemed.clear()


def _proves(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        return verifier is None
    digest = hashlib.sha256((verifier or "").encode()).digest()
    found = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(found.encode(), challenge.encode())
