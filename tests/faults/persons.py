"""
Persons on their way into a meeting: they follow, wait where a page says so, and press again.

Whatever a page asks for is done as a browser would; nothing is known that is not on the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qs, quote, urlsplit

from local.memory.sign_in import ALEX, DANA
from shared_code.appointments.domain import Appointment
from shared_code.appointments.refs import appointment_ref
from shared_code.consent.flows import recipient_hash
from shared_code.launching.domain.launch import Door
from shared_code.smart.user import EhrUser
from shared_code.web.frame import Page
from shared_code.wiring.services import Services
from tests.world.launches import CSN, ISS, PUBLIC, Browser, LaunchWorld
from tests.world.machine import Crash
from tests.world.visit import PHONE, START, appointment

MINUTES_BEFORE = 10
MOST_PAGES = 150
"""Pages that somebody looks at after one press: a lease that nobody gives back lasts 30 seconds."""
MOST_PRESSES = 3
_MEETING = re.compile(
    r"https://(?:teams\.microsoft\.com/meet/|visit\.teams\.microsoft\.com/api/route)[^\"'<\s]*"
)
_SIGN_IN = re.compile(r'href="(?:https://visits\.example\.org)?(/signin\?[^"]*)"')
_ATTEMPT = re.compile(r'name="attempt" value="([^"]*)"')

type Ask = Callable[[], Page]


@dataclass
class OneWorker(LaunchWorld):
    """
    An installation of one worker, which is another one after it was killed. The visit begins in ten
    minutes. `died` counts the kills.
    """

    died: int = 0
    _worker: Services | None = None

    def __post_init__(self) -> None:
        """Come within the join window."""
        super().__post_init__()
        self.clock.now = START
        self.clock.advance(minutes=-MINUTES_BEFORE)

    @property
    def services(self) -> Services:
        """Return the stories of the worker that lives."""
        if self._worker is None:
            self._worker = self.services_of(f"worker-{self.died + 1}")
        return self._worker

    def kill(self) -> None:
        """Forget what the worker remembered."""
        self.died += 1
        self._worker = None

    def book(self, csn: str = CSN) -> Appointment:
        """Store the appointment that launches name by `csn`."""
        ref = appointment_ref(self.rings, self.connection.id, csn)
        made = appointment(ref=ref, key=csn, minutes=30)
        self.appointments.insert(made)
        return made

    def link_of(self, made: Appointment) -> str:
        """Return the path of the link that the patient was texted."""
        recipient = recipient_hash(self.rings, self.connection.tenant, PHONE)
        return urlsplit(self.services.links.patient_links.make(made, recipient)).path


def meeting_in(page: Page) -> str:
    """Return the way into a meeting that the page shows or leads to, or ""."""
    found = _MEETING.search(page.headers.get("Location", "") or html.unescape(page.html))
    return found[0] if found else ""


@dataclass
class Person:
    """
    Somebody with a browser. `reloads`: what does not come is asked for again, before pressing anew.
    `statuses` are those of all pages, `path` is the page that is looked at. `waits`: the clock goes
    on while a page says when to come again.
    """

    world: LaunchWorld
    user: EhrUser = DANA
    door: Door = Door.PROVIDER
    csn: str = CSN
    link: str = ""
    reloads: bool = True
    browser: Browser = field(init=False)
    statuses: list[int] = field(default_factory=list)
    presses: int = 0
    waits: bool = True
    path: str = ""

    def __post_init__(self) -> None:
        """Take a new browser."""
        self.browser = Browser(self.world)

    def go(self) -> str:
        """Return the meeting that this person is in at last. Raises AssertionError."""
        for _ in range(MOST_PRESSES):
            meeting = self.press()
            if meeting:
                return meeting
            self.world.clock.advance(seconds=1)
        raise AssertionError(f"{self.presses} presses lead nowhere: {self.statuses[-5:]}")

    def press(self) -> str:
        """Press once, and go as far as it leads; "" if that is not the meeting."""
        self.presses += 1
        asked: Ask | None = self.first
        for _ in range(MOST_PAGES):
            page = self._answer(asked) if asked else None
            if page is None:
                return ""
            meeting = meeting_in(page)
            if meeting:
                return meeting
            asked = self.next(page)
        return ""

    def first(self) -> Page:
        """Press *Begin virtual visit*, or *Join* on the page of the link."""
        if self.link:
            return self.browser.post(f"{self.link}/join")
        launch = f"iss={quote(ISS, safe='')}&launch=L1"
        return self._get(f"/launch/{self.door}/{self.world.connection.id}?{launch}")

    def next(self, page: Page) -> Ask | None:
        """Return what the page asks its reader or the browser to do, or None."""
        if "Location" in page.headers:
            return self._location(page.headers["Location"])
        sign_in, attempt = _SIGN_IN.search(page.html), _ATTEMPT.search(page.html)
        if attempt:
            second = "&second=yes" if 'name="second"' in page.html else ""
            form = f"attempt={attempt[1]}{second}"
            return partial(self.browser.post, "/signin/confirm", form)
        if sign_in:
            return partial(self._get, html.unescape(sign_in[1]))
        if page.status == 200 and "Refresh" in page.headers:
            return self._refresh(page.headers["Refresh"])
        return None

    def _get(self, path: str) -> Page:
        self.path = path
        return self.browser.get(path)

    def _location(self, url: str) -> Ask:
        path = url.removeprefix(PUBLIC)
        state = parse_qs(urlsplit(url).query).get("state", [""])[0]
        if path.startswith("/"):
            return partial(self._get, path)
        if "login.example" in url:
            return partial(self._get, f"/signin/callback?code=m1&state={state}")
        code = self.world.code(self.user, self.csn)
        return partial(self._get, f"/launch/callback?code={code}&state={state}")

    def _refresh(self, said: str) -> Ask:
        seconds, _, url = said.partition("; url=")
        path = url or self.path
        if self.waits:
            self.world.clock.advance(seconds=int(seconds))
        return partial(self._get, path)

    def _answer(self, asked: Ask) -> Page | None:
        """Return the answer; None if there is none, however often this person asks."""
        for _ in range(2 if self.reloads else 1):
            try:
                page = asked()
            except Crash:
                self.world.line.before = self.world.line.after = lambda call: None
                if isinstance(self.world, OneWorker):
                    self.world.kill()
                continue
            self.statuses.append(page.status)
            if page.status < 500:
                return page
        return None


def clinician(world: LaunchWorld, user: EhrUser = DANA, *, reloads: bool = True) -> Person:
    """Return a clinician at Epic."""
    return Person(world, user, reloads=reloads)


def patient(world: LaunchWorld, user: EhrUser = ALEX, *, reloads: bool = True) -> Person:
    """Return a patient in MyChart."""
    return Person(world, user, Door.PATIENT, reloads=reloads)
