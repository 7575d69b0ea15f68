"""
Tokens that name a launch, a sign-in or a page: ten minutes in which they were made, and chance.

Tables hold only the SHA-256 of a token. The ten minutes are its bucket: rows of one bucket are
erased together, so that nobody who is not signed in can make agenda rows. A clinician's token ends
with a mark: where its row is gone or cannot be read, the page that says so is a clinician's.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BUCKET = timedelta(minutes=10)
RANDOM_BYTES = 17
"""Gives 128 bits in 26 letters; state needs 122 (SMART App Launch 2.2 §7)."""

_STAFF = "-c"
_TOKEN = re.compile(rf"[0-9]{{12}}-[a-z2-7]{{26}}({_STAFF})?", re.ASCII)
_MINUTE = "%Y%m%d%H%M"


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Where the row of a token is kept."""

    bucket: str
    digest: str

    @property
    def short(self) -> str:
        """Return what the name of the token's cookie ends with."""
        return self.digest[:8]

    def __str__(self) -> str:
        return f"{self.bucket}-{self.digest}"


def new_token(now: datetime, randomness: bytes, *, staff: bool = False) -> str:
    """Return a token made now (UTC) from RANDOM_BYTES random bytes; `staff`: for a clinician."""
    letters = base64.b32encode(randomness).decode("ascii").rstrip("=").lower()[:26]
    return f"{bucket_of(now)}-{letters}{_STAFF if staff else ''}"


def key_of(token: str) -> TokenKey | None:
    """Return where the row of the token is kept, or None if the text is no token."""
    if not _TOKEN.fullmatch(token):
        return None
    digest = hashlib.sha256(token.encode("ascii")).hexdigest()
    return TokenKey(token[:12], digest)


def is_of_staff(token: str) -> bool:
    """Return whether the text is a clinician's token. Anybody can write one: it proves nothing."""
    return bool(_TOKEN.fullmatch(token)) and token.endswith(_STAFF)


def bucket_of(moment: datetime) -> str:
    """Return the ten minutes of the moment."""
    there = moment.astimezone(UTC)
    return there.replace(minute=there.minute // 10 * 10).strftime(_MINUTE)


def end_of(bucket: str) -> datetime:
    """Return when the bucket ends (UTC). Raises ValueError if the text is no bucket."""
    return datetime.strptime(bucket, _MINUTE).replace(tzinfo=UTC) + BUCKET
