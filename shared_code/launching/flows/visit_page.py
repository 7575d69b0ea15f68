"""
The page of whoever launched: load its session, check its browser, and tell what it shows now.

A clinician's page stays open and leads to Teams; a patient's page waits and goes on by itself.
What is missing of the meeting is prepared here, within the time that somebody waits for a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.appointments.domain import Appointment, Status, join_window
from shared_code.appointments.ports import Appointments
from shared_code.attendance.domain import Attendee, Role, side_of
from shared_code.attendance.flows import Attendance
from shared_code.clock import Clock
from shared_code.connections.launch_setup import ClinicianOpens
from shared_code.connections.ports import Connections
from shared_code.errors import Conflict, Refused
from shared_code.launching.domain import tokens
from shared_code.launching.domain.errors import VISIT_PAGE_CLOSED
from shared_code.launching.domain.gate import patient_gate
from shared_code.launching.domain.outcomes import ShowVisit
from shared_code.launching.domain.place import Place
from shared_code.launching.domain.session import NOT_AGAIN_WITHIN, Session
from shared_code.launching.domain.showing import (
    Caution,
    ClinicianMayJoin,
    PatientMayJoin,
    Showing,
    SignInNeeded,
    VisitPage,
    Waiting,
    WindowOnly,
)
from shared_code.launching.domain.user import LinkedUser
from shared_code.launching.flows.handoff import Handoffs
from shared_code.launching.flows.secrets import BrowserSecrets, digest_of
from shared_code.launching.ports import LinkedUsers, Sessions
from shared_code.rows import Stored
from shared_code.visits.domain.visit import Visit
from shared_code.visits.flows.prepare import Busy, NotReady, PrepareVisit, Ready

LAUNCH_DEADLINE = timedelta(seconds=8)
"""How long a page may wait for Microsoft Graph."""


class PageClosed(Refused):
    """The page has expired, or belongs to another browser."""

    def __init__(self) -> None:
        super().__init__(VISIT_PAGE_CLOSED)


@dataclass(frozen=True, slots=True)
class VisitPages:
    """
    Shows the pages of visits. `public_url` is the base URL of all pages.

    Every method raises PageClosed and NotStored.
    """

    sessions: Sessions
    connections: Connections
    appointments: Appointments
    users: LinkedUsers
    prepare: PrepareVisit
    attendance: Attendance
    handoffs: Handoffs
    secrets: BrowserSecrets
    public_url: str
    clock: Clock

    def show(self, handle: str, browser: str, *, own_window: bool = False) -> VisitPage | ShowVisit:
        """
        Return what GET /visit/{handle} shows. `browser` is the page cookie, "" if none came.

        `own_window`: a page of ours has opened it in a window, where a cookie may come back.
        """
        stored, cookie = self._open(handle, browser)
        session, place = stored.value, self._place(stored.value)
        if own_window and not browser and session.may_be_given_again(self.clock()):
            return self._give_again(stored, handle)
        current = session.lasting(place.end(session.created))
        current = current.seen(digest_of(browser)) if cookie else current
        if session.role is Role.PATIENT:
            showing, after = self._patient(current, place)
        else:
            showing, after = self._clinician(current, place, cookie=cookie)
        if after != session:
            with suppress(Conflict):  # another request of the same page was first
                self.sessions.replace(after, stored.etag)
        return _page(showing, session, place)

    def live(self, handle: str, browser: str) -> VisitPage:
        """
        Return what GET /live/{handle} shows: a clinician's page that does nothing.

        Raises PageClosed also for a patient's page and without the cookie.
        """
        session = self._open(handle, browser)[0].value
        if session.role is not Role.STAFF or not session.admits(digest_of(browser)):
            raise PageClosed
        place = self._place(session)
        linked = self.users.load(session.visit.connection, session.user)
        if linked is None:
            raise PageClosed
        persons = self.attendance.of(session.visit)
        showing = self._joinable("", persons, place, linked.value, lobby_refused=False)
        return _page(replace(showing, opens_now=False, direct=False), session, place)

    def _open(self, handle: str, browser: str) -> tuple[Stored[Session], bool]:
        """
        Return the session, and whether its own cookie came.

        Of two first launches of one browser at once, each is given a cookie and one is kept: while
        none has come back, any of the same owner counts.
        """
        key = tokens.key_of(handle)
        stored = self.sessions.load(key) if key else None
        if stored is None:
            raise PageClosed
        session, came = stored.value, digest_of(browser)
        if session.has_expired(self.clock()):
            raise PageClosed
        if session.admits(came):
            return stored, True
        if not session.is_unclaimed(self.clock()):
            raise PageClosed
        if browser and not self.secrets.belongs_to(session.owner, browser):
            raise PageClosed
        return stored, bool(browser)

    def _give_again(self, stored: Stored[Session], handle: str) -> ShowVisit:
        """Give the page's window a cookie of its own: the frame that opened it kept none."""
        cookie = self.secrets.of_browser(stored.value.owner, "")
        try:
            self.sessions.replace(stored.value.to_window(digest_of(cookie)), stored.etag)
        except Conflict:  # another request of the same page was first
            return ShowVisit(handle, "")
        return ShowVisit(handle, cookie)

    def _place(self, session: Session) -> Place:
        connection = self.connections.find(session.visit.connection)
        if connection is None or connection.visits is None or not connection.accepts_launches():
            raise PageClosed
        found = self.appointments.load(session.appointment)
        return Place(
            connection=connection,
            setup=connection.visits,
            visit=session.visit,
            ref=session.appointment,
            appointment=found.value if found else None,
        )

    def _clinician(
        self, session: Session, place: Place, *, cookie: bool
    ) -> tuple[Showing, Session]:
        """Return what the page shows, and the session after it."""
        now = self.clock()
        linked = self.users.load(session.visit.connection, session.user)
        if linked is None:
            handoff = self.handoffs.make(session.key, now)
            return SignInNeeded(handoff, session.created), session.asking()
        if session.asked and session.opened_meeting is None:
            # the window of the sign-in has led into the meeting: this page does not, too
            session = session.opening(now)
        prepared = self.prepare.prepare(place.wanted(), deadline=now + LAUNCH_DEADLINE)
        visit, refused = _for_clinician(prepared)
        if visit is None:
            return self._waiting(session, prepared)
        if not cookie:
            return WindowOnly(visit.staff_url), session
        persons = self.attendance.of(session.visit)
        user = linked.value
        showing = self._joinable(visit.staff_url, persons, place, user, lobby_refused=refused)
        if session.opened_meeting is not None:
            return replace(showing, opens_now=False, direct=False), session
        self.attendance.pressed_join(
            session.visit, session.user, session.role, place.end(now), user.account
        )
        if _has_just_opened(session, persons, now):
            showing = replace(showing, opens_now=False, direct=False)
        return showing, session.opening(now)

    def _patient(self, session: Session, place: Place) -> tuple[Showing, Session]:
        """Return what the page shows, and the session after it."""
        now = self.clock()
        gate = patient_gate(place.appointment, place.setup, now)
        if gate is not None:
            return gate, session
        prepared = self.prepare.prepare(
            place.wanted(), deadline=now + LAUNCH_DEADLINE, patient=True
        )
        if not isinstance(prepared, Ready):
            return self._waiting(session, prepared)
        first = session.opened_meeting is None
        if first:
            self.attendance.pressed_join(session.visit, session.user, session.role, place.end(now))
            session = session.opening(now)
        return PatientMayJoin(prepared.visit.patient_url, goes_on=first), session

    def _joinable(
        self,
        url: str,
        persons: Sequence[Attendee],
        place: Place,
        user: LinkedUser,
        *,
        lobby_refused: bool,
    ) -> ClinicianMayJoin:
        appointment, now = place.appointment, self.clock()
        return ClinicianMayJoin(
            url=url,
            patients=side_of(persons, Role.PATIENT, now),
            staff=side_of(persons, Role.STAFF, now, but=user.user),
            start=appointment.start if appointment else None,
            signed_in_as=user.name,
            cautions=_cautions(appointment, place, now, lobby_refused=lobby_refused),
            opens_now=True,
            direct=place.setup.clinician_opens is ClinicianOpens.DIRECT,
        )

    def _waiting(
        self, session: Session, prepared: Busy | NotReady | Ready
    ) -> tuple[Showing, Session]:
        since = session.started_waiting or self.clock()
        why = prepared.info if isinstance(prepared, NotReady) else None
        return Waiting(why, since), replace(session, started_waiting=since)


def _has_just_opened(session: Session, persons: Sequence[Attendee], now: datetime) -> bool:
    """Return whether another page of the same clinician has just opened this meeting."""
    return any(
        each.person == session.user
        and each.pressed_join is not None
        and now - each.pressed_join < NOT_AGAIN_WITHIN
        for each in persons
    )


def _for_clinician(prepared: Busy | NotReady | Ready) -> tuple[Visit | None, bool]:
    """Return the visit that a clinician may join, and whether its lobby could not be closed."""
    if isinstance(prepared, Ready):
        return prepared.visit, False
    if isinstance(prepared, NotReady):
        return prepared.visit, prepared.visit is not None
    return None, False


def _cautions(
    appointment: Appointment | None, place: Place, now: datetime, *, lobby_refused: bool
) -> tuple[Caution, ...]:
    lobby = (Caution.LOBBY_REFUSED,) if lobby_refused else ()
    if appointment is None:
        return (Caution.NOT_IN_FEED, *lobby)
    setup = place.setup
    window = join_window(appointment, setup.opens_before, setup.closes_after)
    true = {
        Caution.CANCELLED: appointment.status is Status.CANCELLED,
        Caution.TOO_EARLY: window is not None and window.is_early(now),
        Caution.TOO_LATE: window is not None and window.is_closed(now),
        Caution.NOT_VIRTUAL: appointment.virtual is False,
    }
    return (*(each for each, holds in true.items() if holds), *lobby)


def _page(showing: Showing, session: Session, place: Place) -> VisitPage:
    appointment = place.appointment
    own, usual = (appointment.language if appointment else None) or "", place.connection.language
    return VisitPage(
        showing=showing,
        role=session.role,
        connection=place.connection,
        department=appointment.department if appointment else None,
        languages=(session.language, usual) if session.language else (own,),  # as in the text
    )
