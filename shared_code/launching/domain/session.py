"""
The page of whoever launched: which visit it shows, to whom, in which browser, and how long.

A session belongs to the browser that was given it. Once a cookie of its owner has come back, the
page answers no other; while none came back, it shows nothing but the way into the meeting, for ten
minutes. A patient's page counts them from where it led on: until then it waits, and shows nothing
of the patient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from shared_code.appointments.domain import AppointmentRef
from shared_code.attendance.domain import Role
from shared_code.launching.domain.tokens import TokenKey
from shared_code.visits.domain.visit import VisitRef

AFTER_VISIT = timedelta(minutes=60)
LONGEST = timedelta(hours=12)
WITHOUT_COOKIE = timedelta(minutes=10)
NOT_AGAIN_WITHIN = timedelta(seconds=20)
"""Teams is not opened by itself a second time so soon."""


@dataclass(frozen=True, slots=True)
class Session:
    """
    One page of a visit. All times are UTC.

    `user` is the keyed hash of the EHR user, or of the patient's link and browser; `owner` that of
    whose cookies count here, which several persons may have. `browser` is the SHA-256 of the
    cookie that was given with the page, or of the owner's that came; `returned` says that it came,
    `given_again` that a window of its own was given one. `asked`: a clinician was asked to sign in.
    `named`: Epic said which kind of person launched.
    """

    key: TokenKey
    visit: VisitRef
    appointment: AppointmentRef
    role: Role
    user: str
    owner: str
    browser: str
    created: datetime
    expires: datetime
    returned: bool = False
    given_again: bool = False
    asked: bool = False
    opened_meeting: datetime | None = None
    started_waiting: datetime | None = None
    language: str = ""
    named: bool = True

    def has_expired(self, now: datetime) -> bool:
        """Return whether the page is closed."""
        return self.expires <= now

    def admits(self, browser: str) -> bool:
        """
        Return whether the page may be shown in full.

        `browser` is the SHA-256 of the cookie that came, or "" if none came.
        """
        return browser == self.browser

    def is_unclaimed(self, now: datetime) -> bool:
        """
        Return whether no cookie has come back yet and one may still come.

        Until then the page is shown without a cookie, with nothing but the way into the meeting.
        """
        since = self.created if self.role is Role.STAFF else self.opened_meeting or now
        return not self.returned and now < since + WITHOUT_COOKIE

    def may_be_given_again(self, now: datetime) -> bool:
        """Return whether a window of the page's own may be given a cookie, which happens once."""
        return self.role is Role.STAFF and not self.given_again and self.is_unclaimed(now)

    def lasting(self, visit_end: datetime) -> Self:
        """Return the session of a visit that now ends then (UTC): a later end keeps it longer."""
        return replace(self, expires=max(self.expires, expiry(self.created, visit_end)))

    def seen(self, browser: str) -> Self:
        """Return the session after that cookie of its owner has come back."""
        return replace(self, browser=browser, returned=True)

    def to_window(self, browser: str) -> Self:
        """Return the session after a window of its own was given that cookie."""
        return replace(self, browser=browser, given_again=True)

    def asking(self) -> Self:
        """Return the session of a clinician who is asked to sign in."""
        return replace(self, asked=True)

    def opening(self, now: datetime) -> Self:
        """Return the session after it has led into the meeting."""
        return replace(self, opened_meeting=now)


def expiry(now: datetime, visit_end: datetime) -> datetime:
    """Return until when a page that is made now lives (UTC)."""
    return min(max(visit_end, now) + AFTER_VISIT, now + LONGEST)
