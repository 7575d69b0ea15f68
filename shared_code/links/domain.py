"""
The patient's link: a token that can be recomputed and is never stored.

Tables know only the SHA-256 of a token, so whoever reads them cannot open a visit.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.errors import Code, ErrorInfo

LINK_UNKNOWN = ErrorInfo(Code("link_unknown"), "There is no such visit link.", 404)
LINK_EXPIRED = ErrorInfo(Code("link_expired"), "This visit link has expired.", 410)
LINK_DEAD = ErrorInfo(Code("link_dead"), "This visit link is no longer in use.", 410)
LINK_CANCELLED = ErrorInfo(Code("link_cancelled"), "The visit of this link was cancelled.", 410)
LINK_NOT_VIRTUAL = ErrorInfo(
    Code("link_not_virtual"), "The visit of this link is no longer a video visit.", 410
)

_TOKEN = re.compile(r"[a-z2-7]{26}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    """
    Where a token leads and until when (UTC).

    `recipient` is a keyed hash of the number that the link was texted to: it tells a moved visit
    from one that is another's now, and whose texts the link may stop.
    """

    digest: str
    subject: AppointmentRef
    version: Version
    not_after: datetime
    recipient: str


def signed_words(subject: AppointmentRef, version: Version) -> str:
    """What the link key signs to make the token: links that were texted depend on every byte."""
    return f"{subject.connection}|{subject.row}|{version}|patient"


def token_of(signature: bytes) -> str:
    """128 bits of the signature, in letters that survive every phone: 26 characters."""
    return base64.b32encode(signature[:16]).decode("ascii").rstrip("=").lower()


def is_token(text: str) -> bool:
    """Whether the text has the shape of a token at all."""
    return _TOKEN.fullmatch(text) is not None


def digest_of(token: str) -> str:
    """Under which name the link is kept."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()
