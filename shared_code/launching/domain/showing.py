"""What the page of a visit shows, to a clinician or to a patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared_code.attendance.domain import Role, Side
from shared_code.connections.domain import Connection
from shared_code.errors import ErrorInfo
from shared_code.launching.domain.gate import TooEarly


class Caution(StrEnum):
    """What a clinician is told, and is not stopped by."""

    CANCELLED = "cancelled"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    NOT_IN_FEED = "not_in_feed"
    NOT_VIRTUAL = "not_virtual"
    LOBBY_REFUSED = "lobby_refused"


@dataclass(frozen=True, slots=True)
class SignInNeeded:
    """A clinician whose Microsoft account is not known. `handoff` leads to the sign-in."""

    handoff: str = field(repr=False)
    since: datetime


@dataclass(frozen=True, slots=True)
class ClinicianMayJoin:
    """
    The clinician's page. `opens_now`: Teams may be opened by the page itself. `direct`: the page
    leads on at once. `start` (UTC) is None where it is not known.
    """

    url: str = field(repr=False)
    patients: Side
    staff: Side
    start: datetime | None
    signed_in_as: str = field(repr=False)
    cautions: tuple[Caution, ...]
    opens_now: bool
    direct: bool


@dataclass(frozen=True, slots=True)
class PatientMayJoin:
    """The way into the meeting. `goes_on`: by itself, which happens once for each page."""

    url: str = field(repr=False)
    goes_on: bool


@dataclass(frozen=True, slots=True)
class WindowOnly:
    """A browser that keeps no cookie: the way into the meeting and nothing else."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    The meeting is not ready. `why` is None while it is being prepared; `since` (UTC) is when this
    page began to wait.
    """

    why: ErrorInfo | None
    since: datetime


type Showing = (
    SignInNeeded | ClinicianMayJoin | PatientMayJoin | WindowOnly | Waiting | TooEarly | ErrorInfo
)


@dataclass(frozen=True, slots=True)
class VisitPage:
    """
    What the page of a visit shows, with the connection it belongs to.

    `languages` are the patient's, in order; before what the browser accepts.
    """

    showing: Showing
    role: Role
    connection: Connection
    department: str | None
    languages: tuple[str, ...]
