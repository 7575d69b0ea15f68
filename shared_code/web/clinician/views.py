"""
What the pages of clinicians show. Nothing here decides anything.

`here` is a link to the page itself, where it can be had in another language, or empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_code.web.frame import Hospital
from shared_code.web.trouble import Trouble


@dataclass(frozen=True, slots=True)
class SignInNeededView:
    """
    The page with the button that opens the sign-in in a window of its own.

    `handoff_url` is absolute, because it is also shown to copy, and used up by one press or 60
    seconds, so the page loads `again` after a minute: its next version has `explained` set and
    lists what Microsoft may have said.
    `callback_url` is the address to register at Microsoft. `top` replaces the whole window, for web
    views that open none; `other_way` is the address of this page in the other variant.
    """

    language: str
    hospital: Hospital
    handoff_url: str
    again: str
    callback_url: str
    top: bool = False
    other_way: str = ""
    explained: bool = False
    here: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """
    Both identities, before they are linked. The form is a POST to `action` with `attempt`.

    `opened` (UTC) and `zone` say which launch it was. `second`: the Microsoft
    account is already linked to another Epic user.
    """

    language: str
    hospital: Hospital
    action: str
    attempt: str
    username: str
    other_account_url: str
    opened: datetime
    zone: str = "UTC"
    region: str = ""
    second: bool = False


class NotAllowed(StrEnum):
    """Why a Microsoft account cannot be linked."""

    GUEST = "guest"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class AccountNotAllowedView:
    """A guest account, or one of another organization."""

    language: str
    hospital: Hospital
    kind: NotAllowed
    username: str
    other_account_url: str
    code: str


class SignInRefusal(StrEnum):
    """What came back instead of an account."""

    CANCELLED = "cancelled"
    CONSENT = "consent"
    INTERACTION = "interaction"
    UNAVAILABLE = "unavailable"
    OTHER = "other"
    EXPIRED = "expired"
    """Cookie or state is missing, used or too old."""
    OUR_CREDENTIAL = "our_credential"
    """Our own credential is refused: never blamed on the clinician."""


@dataclass(frozen=True, slots=True)
class SignInRefusedView:
    """
    One button to begin anew. `aadsts` holds Microsoft's digits or is empty.

    Without `again_url` the clinician starts again in Epic.
    """

    language: str
    hospital: Hospital
    refusal: SignInRefusal
    code: str
    status: int
    again_url: str = ""
    aadsts: str = ""


@dataclass(frozen=True, slots=True)
class GoOnView:
    """A page of the sign-in that goes on to one of our addresses: at once, or after `seconds`."""

    language: str
    hospital: Hospital
    url: str
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """
    What our own facts say about one side: how many people, and minutes since the last of them.

    `pressed` counts people who pressed join in the last ten minutes, `faded` those whose press is
    older and was followed by nothing.
    """

    opened: int = 0
    opened_minutes: int = 0
    pressed: int = 0
    pressed_minutes: int = 0
    faded: int = 0
    faded_minutes: int = 0


@dataclass(frozen=True, slots=True)
class PresenceView:
    """Who is there: the part of the live page that is polled. `staff` are other clinicians."""

    language: str
    patient: Side = Side()
    staff: Side = Side()


class Notice(StrEnum):
    """What a clinician is told and not stopped by."""

    CANCELLED = "cancelled"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    NOT_IN_FEED = "not_in_feed"
    NOT_VIRTUAL = "not_virtual"
    LOBBY_REFUSED = "lobby_refused"


@dataclass(frozen=True, slots=True)
class LiveView:
    """
    The page of a visit, `/visit/{handle}`. No patient, no name.

    `url` is the join link, byte for byte. `open_now`: the first answer, which may open Teams by
    itself. `you` is the sign-in name, shown masked; `not_you` the address of the form that forgets
    it. `live` is the address of the presence, `plain` that of this page for browsers without
    JavaScript, and `is_plain` is set there.
    """

    language: str
    hospital: Hospital
    url: str
    presence: PresenceView
    live: str
    plain: str
    you: str
    not_you: str
    is_plain: bool = False
    open_now: bool = False
    start: datetime | None = None
    zone: str = "UTC"
    region: str = ""
    notices: tuple[Notice, ...] = ()
    here: str = ""


@dataclass(frozen=True, slots=True)
class WindowView:
    """
    For a frame that keeps nothing: the way into Teams, and the page in a window of its own.

    Nothing about the patient, nobody's presence, nothing to send.
    """

    language: str
    hospital: Hospital
    url: str
    window_url: str
    here: str = ""


@dataclass(frozen=True, slots=True)
class PreparingView:
    """
    Somebody else prepares the meeting: the page loads itself again after `again_in` seconds.

    `late`: there is no meeting yet. It then says so, with the code, and whom to call.
    """

    language: str
    hospital: Hospital
    again_in: int
    late: bool = False
    code: str = ""
    here: str = ""


@dataclass(frozen=True, slots=True)
class HandOffView:
    """The page that goes on to Teams at once (`clinician_opens: direct`)."""

    language: str
    hospital: Hospital
    url: str
    you: str = ""
    here: str = ""


@dataclass(frozen=True, slots=True)
class TroubleView:
    """Why a launch shows no visit. `back` is the page of the visit while its session lives."""

    language: str
    trouble: Trouble
    code: str
    status: int
    hospital: Hospital = Hospital()
    back: str = ""
    here: str = ""
