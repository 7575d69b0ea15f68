"""
What the pages of patients show. Nothing here decides anything.

`here` is a link to the page itself, where it can be had in another language, or empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_code.web.frame import Hospital
from shared_code.web.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Whether texts are allowed, and the address of the form that changes it.

    `changed` is set right after a change. `start_to`: texts were allowed, but STOP was texted to
    this number, so the carrier goes on blocking it until it gets START.
    """

    action: str
    allowed: bool
    changed: bool = False
    start_to: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """
    The way into the visit from a link: the address of the form `/v/{token}/join`.

    `opens` (UTC) is set while it is too early; the page then looks again by itself after `again_in`
    seconds, and the button is there when the time has come.
    """

    action: str
    opens: datetime | None = None
    again_in: int = 30


@dataclass(frozen=True, slots=True)
class LinkView:
    """
    What the page of a visit shows.

    `start` is UTC, `zone` the IANA zone to show it in. `moved`: the link was made for another time
    and still holds. `moved_to`: the URL of the page that replaces this one; it has no button then.
    """

    language: str
    hospital: Hospital
    start: datetime
    zone: str
    region: str = ""
    moved: bool = False
    moved_to: str = ""
    join: Join | None = None
    choice: Choice | None = None
    here: str = ""


class Waiting(StrEnum):
    """What a page that goes on by itself waits for."""

    TOO_EARLY = "early"
    PREPARING = "preparing"
    NOT_READY = "not_ready"
    """It takes longer than it should: the page also says whom to call."""


@dataclass(frozen=True, slots=True)
class WaitingView:
    """
    The page of a patient that goes on by itself: it loads itself again after `again_in` seconds.

    `opens` (UTC) and `zone` are shown while it is too early.
    """

    language: str
    hospital: Hospital
    waiting: Waiting
    again_in: int
    opens: datetime | None = None
    zone: str = "UTC"
    region: str = ""
    code: str = ""
    here: str = ""


@dataclass(frozen=True, slots=True)
class HandOffView:
    """
    The page that goes on to Teams. `url` is the join link, byte for byte. `goes_on`: by itself;
    whoever comes back to the page presses the link. `framed`: Teams refuses frames, so a press
    opens a window.
    """

    language: str
    hospital: Hospital
    url: str
    goes_on: bool = True
    here: str = ""
    framed: bool = False


@dataclass(frozen=True, slots=True)
class TroubleView:
    """
    Why a launch shows no visit. `status` is 4xx or 503, `code` the code of the error. `back` is the
    page of the visit while its session lives.
    """

    language: str
    trouble: Trouble
    code: str
    status: int
    hospital: Hospital = Hospital()
    back: str = ""
    here: str = ""
