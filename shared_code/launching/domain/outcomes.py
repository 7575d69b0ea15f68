"""What the stories of launching answer. The pages are made of these in web/."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared_code.connections.domain import Connection
from shared_code.errors import ErrorInfo
from shared_code.launching.domain.launch import Door


@dataclass(frozen=True, slots=True)
class GoTo:
    """
    Leave for another host: Epic's or Microsoft's sign-in, or the meeting.

    `cookie` is the name ending and the value of the cookie to set, if any.
    """

    url: str = field(repr=False)
    cookie: tuple[str, str] | None = field(default=None, repr=False)
    used_cookie: str = ""


@dataclass(frozen=True, slots=True)
class ShowVisit:
    """Go to the page of the visit. `browser` is the value of its cookie; "" sets none."""

    handle: str = field(repr=False)
    browser: str = field(repr=False)
    used_cookie: str = ""


@dataclass(frozen=True, slots=True)
class ComeBack:
    """
    The first one of two equal requests is still at work: ask again in `seconds`. `connection` is
    None where it is not known yet.
    """

    connection: Connection | None = None
    door: Door = Door.PROVIDER
    seconds: int = 1


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    A page that says why not. `connection` is None where the sender is unknown.

    `way_back` is the handle of the page that the same browser may still open. For a launch that
    was mixed up, `other_environment` says that it came from the tenant's other environment.
    """

    info: ErrorInfo
    connection: Connection | None = None
    door: Door = Door.PATIENT
    way_back: str = field(default="", repr=False)
    other_environment: bool = False


type LaunchOutcome = GoTo | ShowVisit | ComeBack | Refusal
