"""
The page of whoever launched: which visit it shows, to whom, in which browser, and how long.

A session belongs to the browser that was given it. Once its cookie has come back, the page answers
nobody else; while it never came back, the page lives ten minutes and shows nothing of the patient.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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

    `user` is the keyed hash of the EHR user, or of the patient's link. `browser` is the SHA-256 of
    the cookie that was given with the page; `returned` says that it has come back. `account` is
    the Entra object id of a clinician, empty until the sign-in; `signed_in_as` the sign-in name.
    `named`: Epic said which kind of person launched.
    """

    key: TokenKey
    visit: VisitRef
    appointment: AppointmentRef
    role: Role
    user: str
    browser: str
    created: datetime
    expires: datetime
    returned: bool = False
    account: str = ""
    signed_in_as: str = field(default="", repr=False)
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

    def is_open_without_cookie(self, browser: str, now: datetime) -> bool:
        """Return whether the page may be shown with nothing but the way into the meeting."""
        young = now < self.created + WITHOUT_COOKIE
        return not browser and not self.returned and young

    def lasting(self, visit_end: datetime) -> Self:
        """Return the session of a visit that now ends then (UTC): a later end keeps it longer."""
        return replace(self, expires=max(self.expires, expiry(self.created, visit_end)))

    def seen(self) -> Self:
        """Return the session after its cookie has come back."""
        return replace(self, returned=True)

    def signed_in(self, account: str, name: str) -> Self:
        """Return the session of a clinician whose Microsoft account is known."""
        return replace(self, account=account, signed_in_as=name)

    def opening(self, now: datetime) -> Self:
        """Return the session after it has led into the meeting."""
        return replace(self, opened_meeting=now)

    def needs_sign_in(self) -> bool:
        """Return whether a clinician has still to sign in to Microsoft."""
        return self.role is Role.STAFF and not self.account


def expiry(now: datetime, visit_end: datetime) -> datetime:
    """Return until when a page that is made now lives (UTC)."""
    return min(max(visit_end, now) + AFTER_VISIT, now + LONGEST)
