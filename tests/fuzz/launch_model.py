"""
What browsers were given, kept without the product's help, and what every answer is held to.

`Model` has a verb for each thing that a person or a browser does; it raises AssertionError for an
answer that it must not get.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from local.memory.sign_in import ALEX, DANA, OID, SAM, TENANT
from shared_code.appointments.domain import Appointment, Status, Version
from shared_code.attendance.domain import Role
from shared_code.graph import lobby
from shared_code.graph.errors import GraphUnavailable
from shared_code.identity.sign_in import MicrosoftAccount
from shared_code.launching.domain.launch import Door
from shared_code.launching.domain.session import Session
from shared_code.smart.user import EhrUser
from shared_code.visits.domain.visit import Visit
from shared_code.visits.flows.refs import visit_ref
from shared_code.web import cookies
from shared_code.web.frame import Page
from tests.faults.launch_endings import CountingMicrosoft, hash_of, redeemed_twice
from tests.faults.persons import OneWorker, meeting_in
from tests.world.connection import LAUNCHING
from tests.world.launches import CSN, Browser

CSNS = (CSN, "70001")
USERS = (DANA, SAM, ALEX)
ACCOUNTS = {"dana@lamna.example": OID, "sam@lamna.example": OID[:-1] + "5"}
OPENS, CLOSES = timedelta(minutes=15), timedelta(minutes=30 + 60)
"""Before and after the start: the connection's window and the length of both visits."""
WITHOUT_COOKIE = timedelta(minutes=10)
_HANDOFF = re.compile(r"/signin\?handoff=[^\"]+")


@dataclass
class Launch:
    """A launch that was started; `led_to` is what its first callback led to."""

    browser: int
    state: str
    cookie: str
    url: str = ""
    user: EhrUser = ALEX
    csn: str = CSN
    led_to: str = ""


@dataclass
class Given:
    """
    A page that was given to a browser with that page cookie. No `user`: a link was pressed.

    `led` is when it first led into the meeting.
    """

    handle: str
    cookie: str
    user: EhrUser | None
    csn: str
    at: datetime
    returned: bool = False
    led: datetime | None = None

    @property
    def owner(self) -> str:
        """Return whose pages the cookie stands for: an EHR user's, or a link's."""
        return self.user.id if self.user else self.csn

    @property
    def staff(self) -> bool:
        """Return whether it is a clinician's page."""
        return self.user in (DANA, SAM)


@dataclass
class SignIn:
    """A sign-in at Microsoft for a page. `account` is who signed in, `done` that it was linked."""

    page: Given
    state: str
    cookie: str
    account: str = ""
    done: bool = False


@dataclass
class Model:
    """Three browsers, of which the last keeps no cookies, and a hospital with two visits."""

    world: OneWorker = field(default_factory=lambda: OneWorker(microsoft_side=CountingMicrosoft()))
    launches: list[Launch] = field(default_factory=list)
    pages: list[Given] = field(default_factory=list)
    handoffs: list[tuple[str, Given]] = field(default_factory=list)
    sign_ins: list[SignIn] = field(default_factory=list)
    linked: dict[str, str] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)
    given: set[tuple[str, str]] = field(default_factory=set)
    broken: bool = False

    def __post_init__(self) -> None:
        """Open the hospital and book both visits, the second one an hour after the first."""
        self.browsers = [Browser(self.world), Browser(self.world), Browser(self.world, keeps=False)]
        booked = {csn: self.world.book(csn) for csn in CSNS}
        self.refs = {csn: made.ref for csn, made in booked.items()}
        self.links = {csn: self.world.link_of(made) for csn, made in booked.items()}
        self.move(CSNS[1], 60)

    # what people and browsers do

    def start(self, who: int, door: Door) -> None:
        """Press *Begin virtual visit*."""
        state = self.browsers[who].start(door)
        (mark,) = self.browsers[who].page.cookies
        self.launches.append(Launch(who, state, mark.name))

    def call_back(self, launch: Launch, who: int, user: EhrUser, csn: str) -> None:
        """Epic sends a browser back, perhaps another one, perhaps not for the first time."""
        first = not launch.led_to
        if not launch.url:
            launch.url = f"code={self.world.code(user, csn)}&state={launch.state}"
            launch.user, launch.csn = user, csn
        before = self._jar(who)
        others = {name for name in before if name.startswith(cookies.LAUNCH_PREFIX)}
        page = self._get(who, f"/launch/callback?{launch.url}")
        to = page.headers.get("Location", "")
        if not to:
            assert not meeting_in(page)
            return
        own = launch.cookie in before
        assert own or (first and not others), "another browser finished the launch"
        assert first or to == launch.led_to, "a repetition leads elsewhere"
        launch.led_to = to
        if to.startswith("/visit/"):
            self._given(page, launch.user, launch.csn)
            return
        assert launch.user is ALEX, "a clinician never goes on without a page"
        self._joins(to, launch.csn, patient=True, again=not first)

    def show(self, given: Given, who: int, *, live: bool) -> None:
        """Ask for a page, or for its live part."""
        came = self._jar(who).get(cookies.VISIT, "")
        page = self._get(who, f"/{'live' if live else 'visit'}/{given.handle}")
        if page.status != 200:
            assert not meeting_in(page)
            return
        now = self.world.clock.now
        since = given.at if given.staff else given.led or now
        unclaimed = not live and not given.returned and now < since + WITHOUT_COOKIE
        own = came == given.cookie or (unclaimed and self._owned(came, given.owner))
        assert own or (unclaimed and not came), "a page was shown in another browser"
        if own:
            given.returned, given.cookie = True, came
        for name in ACCOUNTS:
            mine = given.user is not None and (given.user.id, name) in self.names
            assert name not in page.html or (own and mine), "somebody else's name"
        url = meeting_in(page)
        if url:
            given.led = given.led or now
            self._joins(url, given.csn, patient=not given.staff)
            assert given.user is None or not given.staff or self._has_signed_in(given.user)
        asked = _HANDOFF.search(page.html)
        if asked:
            assert given.staff, "a patient is asked to sign in"
            self.handoffs.append((asked[0], given))

    def begin_sign_in(self, handoff: tuple[str, Given], who: int) -> None:
        """Follow the link of a page that asks for the sign-in, in any browser."""
        page = self._get(who, handoff[0])
        if page.status == 302:
            state = parse_qs(urlsplit(page.headers["Location"]).query)["state"][0]
            assert all(each.state != state for each in self.sign_ins), "a handoff was used twice"
            self.sign_ins.append(SignIn(handoff[1], state, page.cookies[0].name))

    def finish_sign_in(self, sign_in: SignIn, who: int, account: str) -> None:
        """Microsoft sends a browser back, perhaps another one, perhaps not for the first time."""
        self.world.microsoft_side.account = MicrosoftAccount(
            TENANT, ACCOUNTS[account], account, guest=False
        )
        own = sign_in.cookie in self._jar(who)
        page = self._get(who, f"/signin/callback?code=m&state={sign_in.state}")
        if 'name="attempt"' in page.html:
            assert own, "another browser was asked to confirm"
            sign_in.account = sign_in.account or account
            assert sign_in.account in page.html

    def confirm(self, sign_in: SignIn, who: int, *, second: bool) -> None:
        """Send the form of the confirm page, with the browser's own cookies."""
        own = sign_in.cookie in self._jar(who)
        form = f"attempt={sign_in.state}{'&second=yes' if second else ''}"
        page = self._checked(self.browsers[who].post("/signin/confirm", form))
        if page.status != 303:
            return
        user = sign_in.page.user
        assert own, "another browser confirmed"
        assert sign_in.account, "linked without a sign-in"
        assert user is not None
        if not sign_in.done:
            self.linked[hash_of(self.world, user.id)] = ACCOUNTS[sign_in.account]
            self.names.add((user.id, sign_in.account))
        sign_in.done = True
        self._given(page, user, sign_in.page.csn)

    def forget(self, given: Given, who: int) -> None:
        """Press *Not you?*"""
        own = self._jar(who).get(cookies.VISIT, "") == given.cookie
        page = self._checked(self.browsers[who].post(f"/visit/{given.handle}/not-me"))
        if page.status == 303:
            assert own, "unlinked from another browser"
            assert given.user is not None
            self.linked.pop(hash_of(self.world, given.user.id), None)

    def join(self, csn: str, who: int) -> None:
        """Press *Join* on the page of the patient's link."""
        page = self._checked(self.browsers[who].post(f"{self.links[csn]}/join"))
        if page.headers.get("Location", "").startswith("/visit/"):
            self._given(page, None, csn)
        elif meeting_in(page):
            self.given.add((page.cookies[0].value, csn))
            self._joins(meeting_in(page), csn, patient=True)

    def move(self, csn: str, minutes: int) -> None:
        """Move the visit."""
        found = self.appointment(csn)
        assert found.start is not None
        self._write(replace(found, start=found.start + timedelta(minutes=minutes)))

    def cancel(self, csn: str, *, cancelled: bool) -> None:
        """Cancel the visit, or let it take place after all."""
        status = Status.CANCELLED if cancelled else Status.ACTIVE
        self._write(replace(self.appointment(csn), status=status))

    def break_graph(self, *, broken: bool) -> None:
        """Let Graph fail from now on, or answer again."""
        self.broken = broken

        def fail(method: str, organizer: str) -> None:
            if broken:
                raise GraphUnavailable

        self.world.graph.before = fail

    # what must be true

    def check(self) -> None:
        """Accounts belong to those who confirmed them; no code is used twice."""
        rows = self.world.linked_users.rows.values()
        assert {each.user: each.account for each in rows} == self.linked
        assert not list(redeemed_twice(self.world))
        assert not any(each.asked for each in self._sessions_of_patients())

    def appointment(self, csn: str) -> Appointment:
        """Return the appointment of the visit."""
        found = self.world.appointments.load(self.refs[csn])
        assert found is not None
        return found.value

    def _joins(self, url: str, csn: str, *, patient: bool, again: bool = False) -> None:
        """`again`: it is the answer of a moment ago, which a repeated callback gets once more."""
        visit = self._visit(csn)
        assert url == (visit.patient_url if patient else visit.staff_url), "another visit"
        meeting = self.world.graph.made[visit.tenant, visit.organizer, visit.ref.external_id]
        if patient and not again:
            assert meeting.lobby == lobby.SCOPE, "a patient came before the lobby was closed"
            found, now = self.appointment(csn), self.world.clock.now
            assert found.start is not None
            assert found.start - OPENS <= now < found.start + CLOSES, "outside the window"
            assert found.status is not Status.CANCELLED, "cancelled"

    def _jar(self, who: int) -> dict[str, str]:
        """Return the cookies that have not expired."""
        browser, now = self.browsers[who], self.world.clock.now
        return {name: value for name, value in browser.jar.items() if now < browser.until[name]}

    def _visit(self, csn: str) -> Visit:
        found = self.world.visits.load(visit_ref(self.world.rings, LAUNCHING.id, csn))
        assert found is not None
        return found.value

    def _has_signed_in(self, user: EhrUser) -> bool:
        return any(each == user.id for each, _ in self.names)

    def _sessions_of_patients(self) -> list[Session]:
        return [each for each in self.world.sessions.rows.values() if each.role is Role.PATIENT]

    def _given(self, page: Page, user: EhrUser | None, csn: str) -> None:
        handle = page.headers["Location"].removeprefix("/visit/")
        (cookie,) = [each.value for each in page.cookies if each.name == cookies.VISIT]
        owner = user.id if user else csn
        others = {whose for each, whose in self.given if each == cookie} - {owner}
        assert not others, "two people's pages stand for one cookie"
        self.given.add((cookie, owner))
        if all(each.handle != handle for each in self.pages):
            self.pages.append(Given(handle, cookie, user, csn, self.world.clock.now))

    def _owned(self, cookie: str, owner: str) -> bool:
        """Return whether the page cookie was given to the same EHR user, or for the same link."""
        return (cookie, owner) in self.given

    def _get(self, who: int, path: str) -> Page:
        return self._checked(self.browsers[who].get(path))

    def _checked(self, page: Page) -> Page:
        usual = page.status in (200, 302, 303, 304) or 400 <= page.status < 500
        assert usual or (page.status == 503 and self.broken), page.status
        return page

    def _write(self, changed: Appointment) -> None:
        found = self.world.appointments.load(changed.ref)
        assert found is not None
        counted = replace(changed, version=Version(changed.version.counter + 1, "0" * 8))
        self.world.appointments.replace(counted, found.etag)
