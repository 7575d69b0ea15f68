"""
The patient's link: a token that can be computed again and is never stored.

Tables hold only the SHA-256 of a token, so nobody can open a visit with what they read there.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from shared_code.appointments.domain import (
    Appointment,
    AppointmentRef,
    JoinWindow,
    Version,
    join_window,
)
from shared_code.connections.domain import Connection
from shared_code.errors import Code, ErrorInfo

LINK_UNKNOWN = ErrorInfo(Code("link_unknown"), "There is no such visit link.", 404)
LINK_EXPIRED = ErrorInfo(Code("link_expired"), "This visit link has expired.", 410)
LINK_DEAD = ErrorInfo(Code("link_dead"), "This visit link is no longer in use.", 410)
LINK_CANCELLED = ErrorInfo(Code("link_cancelled"), "The visit of this link was cancelled.", 410)
LINK_NOT_VIRTUAL = ErrorInfo(
    Code("link_not_virtual"), "The visit of this link is no longer a video visit.", 410
)

LIFE_AFTER_START = timedelta(hours=12)
"""How long after the start a link is valid where the connection has no join window."""

_TOKEN = re.compile(r"[a-z2-7]{26}", re.ASCII)
_TYPED_TOKEN = re.compile(r"[^a-z0-9]*([a-z2-7]{26})(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class Link:
    """
    Which appointment a token leads to. Times are UTC.

    `start` is the visit's start in the text that contained the link, `not_after` until when the
    link was valid by it; what counts when it is opened is the appointment. `recipient` is a keyed
    hash of the number that the link was texted to: it shows whether the visit now belongs to
    somebody else, and identifies the number whose texts the link may stop.
    """

    digest: str
    subject: AppointmentRef
    version: Version
    start: datetime
    not_after: datetime
    recipient: str


def signed_words(subject: AppointmentRef, version: Version) -> str:
    """
    Return what the link key signs to make the token.

    Changing a single byte would break every link already texted.
    """
    return f"{subject.connection}|{subject.row}|{version}|patient"


def token_of(signature: bytes) -> str:
    """Return 128 bits of the signature as 26 letters and digits that every phone handles."""
    return base64.b32encode(signature[:16]).decode("ascii").rstrip("=").lower()


def is_token(text: str) -> bool:
    """Return whether the text has the format of a token."""
    return _TOKEN.fullmatch(text) is not None


def token_in(address: str) -> str:
    """
    Return the token in the last part of a link's address; "" if there is none.

    Phones take a full stop, a bracket or letters of other scripts behind a link for a part of it,
    and people type it in capitals.
    """
    found = _TYPED_TOKEN.match(unquote(address).lower())
    return found[1] if found else ""


def digest_of(token: str) -> str:
    """Return the digest under which the link is stored."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def window_of(appointment: Appointment, connection: Connection) -> JoinWindow | None:
    """Return when the visit can be joined; None without a start or where no visits are held."""
    visits = connection.visits
    if visits is None:
        return None
    return join_window(appointment, visits.opens_before, visits.closes_after)


def valid_until(appointment: Appointment, connection: Connection) -> datetime | None:
    """Return until when the visit's links are valid; None without a start."""
    window = window_of(appointment, connection)
    if window is not None:
        return window.closes
    return appointment.start + LIFE_AFTER_START if appointment.start else None
