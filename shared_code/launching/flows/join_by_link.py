"""
A press on *Join* on the page of a patient's link.

Opening the page changes nothing; only a press inside the window counts, and no press uses the link
up. A meeting that is not ready gets a page that waits and goes on by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared_code import logs
from shared_code.appointments.domain import csn_of
from shared_code.attendance.domain import Role
from shared_code.attendance.flows import Attendance
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.errors import ErrorInfo, Refused
from shared_code.launching.domain.errors import LAUNCHING_NOT_CONFIGURED, VISIT_UNKNOWN
from shared_code.launching.domain.gate import TooEarly, patient_gate
from shared_code.launching.domain.launch import Result
from shared_code.launching.domain.place import Person, Place
from shared_code.launching.flows.open_page import OpenPage
from shared_code.launching.flows.secrets import BrowserSecrets, digest_of
from shared_code.links.flows import OpenedLink, PatientLink, PatientLinks
from shared_code.security import keys
from shared_code.security.keys import Rings
from shared_code.visits.domain.visit import VisitState
from shared_code.visits.flows.refs import visit_ref
from shared_code.visits.ports import Visits


@dataclass(frozen=True, slots=True)
class JoinRefused:
    """Why the press led nowhere. `opened` is None where the link shows nothing at all."""

    info: ErrorInfo
    opened: OpenedLink | None = None


@dataclass(frozen=True, slots=True)
class LookAgain:
    """The visit has not opened: show the page of the link again."""


@dataclass(frozen=True, slots=True)
class Joins:
    """
    The meeting (`url`), or the page that waits for it (`handle`).

    `browser` is the page cookie to set.
    """

    url: str = field(repr=False)
    handle: str = field(repr=False)
    browser: str = field(repr=False)
    opened: OpenedLink


@dataclass(frozen=True, slots=True)
class JoinByLink:
    """Lets patients join by their link. Every method raises NotStored."""

    links: PatientLinks
    visits: Visits
    attendance: Attendance
    open_page: OpenPage
    secrets: BrowserSecrets
    rings: Rings
    clock: Clock

    def join(self, token: str, browser: str) -> Joins | LookAgain | JoinRefused:
        """Return where the press leads. `browser` is the page cookie, "" if none came."""
        try:
            opened = self.links.open(token)
        except Refused as refused:
            return JoinRefused(refused.info)
        link = opened.found
        if isinstance(link, ErrorInfo):
            return JoinRefused(link, opened)
        place = self._place(opened.connection, link)
        if isinstance(place, ErrorInfo):
            return JoinRefused(place, opened)
        gate = patient_gate(place.appointment, place.setup, self.clock())
        if isinstance(gate, TooEarly):
            return LookAgain()
        if gate is not None:
            return JoinRefused(gate, opened)
        return self._joins(opened, link, place, browser)

    def _place(self, connection: Connection, link: PatientLink) -> Place | ErrorInfo:
        appointment = link.appointment
        if connection.visits is None or not connection.accepts_launches():
            return LAUNCHING_NOT_CONFIGURED
        csn = csn_of(appointment, connection.fields)
        if csn is None:
            return VISIT_UNKNOWN
        visit = visit_ref(self.rings, connection.id, csn)
        return Place(connection, connection.visits, visit, appointment.ref, appointment)

    def _joins(self, opened: OpenedLink, link: PatientLink, place: Place, browser: str) -> Joins:
        """Persons are counted by browser: the same link on two phones is two persons."""
        owner = self._hash(place, f"link {opened.link_digest}")
        cookie = self.secrets.of_browser(owner, browser)
        user = self._hash(place, f"link {opened.link_digest} {digest_of(cookie)}")
        person = Person(Role.PATIENT, user, owner)
        stored = self.visits.load(place.visit)
        end = place.end(self.clock())
        logs.event("join.pressed", connection=place.connection.id, row=place.visit.row)
        self.attendance.pressed_join(place.visit, user, Role.PATIENT, end)
        if stored is not None and stored.value.state is VisitState.READY:
            return Joins(stored.value.patient_url, "", cookie, opened)
        language = next((each for each in opened.languages if each), "")
        page: Result = self.open_page.open(place, person, cookie, language)
        return Joins("", page.handle, page.browser, opened)

    def _hash(self, place: Place, words: str) -> str:
        return keys.keyed_hash(self.rings.hash, "ehruser", place.connection.id, words)
