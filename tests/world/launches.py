"""A hospital whose visits are launched from Epic, and browsers that keep cookies, all in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

from local.memory.sign_in import ALEX, DANA
from shared_code.connections.domain import Connection
from shared_code.errors import ConnectorError
from shared_code.launching.domain.launch import Door
from shared_code.smart.token_answer import LaunchContext
from shared_code.smart.user import EhrUser
from shared_code.web import cookies
from shared_code.web.browser import FORM, BrowserRequest
from shared_code.web.frame import Page
from shared_code.web.launch import finish_launch, start_launch
from shared_code.web.patient.link import change_texts, join_visit, show_link
from shared_code.web.sign_in import (
    begin_sign_in,
    confirm_account,
    finish_sign_in,
    forget_account,
)
from shared_code.web.visit import show_live, show_visit
from shared_code.wiring.services import Services
from tests.world.connection import LAUNCHING
from tests.world.world import World

ISS = "https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4/"
CSN = "36996"
PUBLIC = "https://visits.example.org"


@dataclass
class LaunchWorld(World):
    """One installation with launches."""

    connection: Connection = LAUNCHING
    codes: int = 0
    workers: dict[str, Services] = field(default_factory=dict)

    def services_of(self, worker: str) -> Services:
        """Return the stories of one worker, who remembers what it has done."""
        return self.workers.setdefault(worker, super().services_of(worker))

    def code(
        self, user: EhrUser | ConnectorError | None, context: LaunchContext | str = CSN
    ) -> str:
        """Return a code that Epic gives for a launch by that user."""
        self.codes += 1
        code = f"code-{self.codes}"
        self.epic_side.launch(code, user, context)
        return code


@dataclass
class Browser:
    """
    A browser that keeps cookies and asks for pages. `keeps` False is a frame that keeps nothing.

    `page` is the last answer, `states` are those of its launches.
    """

    world: LaunchWorld
    keeps: bool = True
    jar: dict[str, str] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)
    page: Page = field(default_factory=lambda: Page("", {}, 0))
    headers: dict[str, str] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)

    def get(self, url: str, method: str = "GET", **headers: str) -> Page:
        """Ask for one of our addresses, without following anything."""
        path = urlsplit(url).path
        request = self._request(method, url, b"", headers)
        stories = self.world.services.launching
        parts = path.strip("/").split("/")
        match parts:
            case ["launch", "callback"]:
                answer = finish_launch(request, stories.finish)
            case ["launch", door, *rest]:
                connection = rest[0] if rest else ""
                answer = start_launch(request, Door(door), connection, stories.start)
            case ["visit", handle]:
                answer = show_visit(request, handle, stories.pages)
            case ["live", handle]:
                answer = show_live(request, handle, stories.pages)
            case ["signin"]:
                answer = begin_sign_in(request, stories.sign_ins)
            case ["signin", "callback"]:
                answer = finish_sign_in(request, stories.sign_ins)
            case ["v", token]:
                links = self.world.services.links.patient_links
                answer = show_link(request, token, links)
            case _:
                raise AssertionError(path)
        return self._kept(answer)

    def post(self, path: str, form: str = "", **headers: str) -> Page:
        """Send a form of one of our pages."""
        usual = {"content_type": FORM, "sec_fetch_site": "same-origin"}
        request = self._request("POST", path, form.encode(), usual | headers)
        stories = self.world.services.launching
        match urlsplit(path).path.strip("/").split("/"):
            case ["v", token, "join"]:
                answer = join_visit(request, token, stories.join_by_link)
            case ["v", token, "texts"]:
                answer = change_texts(request, token, self.world.services.links.patient_links)
            case ["signin", "confirm"]:
                answer = confirm_account(request, stories.confirm)
            case ["visit", handle, "not-me"]:
                answer = forget_account(request, handle, stories.confirm)
            case _:
                raise AssertionError(path)
        return self._kept(answer)

    def launch(
        self,
        user: EhrUser | ConnectorError | None = DANA,
        context: LaunchContext | str = CSN,
        door: Door = Door.PROVIDER,
    ) -> Page:
        """Press *Begin virtual visit* and let Epic answer; return the answer to the callback."""
        state = self.start(door)
        code = self.world.code(user, context)
        return self.get(f"/launch/callback?code={code}&state={state}")

    def launch_as_patient(self, user: EhrUser | None = ALEX, context: str = CSN) -> Page:
        """Launch from MyChart."""
        return self.launch(user, context, Door.PATIENT)

    def start(self, door: Door = Door.PROVIDER) -> str:
        """Press *Begin virtual visit*; return the state of the launch."""
        page = self.get(f"/launch/{door}/{LAUNCHING.id}?iss={quote(ISS, safe='')}&launch=L1")
        assert page.status == 302, page.html
        self.states += parse_qs(urlsplit(page.headers["Location"]).query)["state"]
        return self.states[-1]

    def follow(self) -> Page:
        """Go where the last answer leads on our own host."""
        return self.get(self.page.headers["Location"])

    def sign_in(self) -> Page:
        """Sign in to Microsoft from the page that asks for it, and confirm."""
        self.get(self.link("signin"))
        state = parse_qs(urlsplit(self.page.headers["Location"]).query)["state"][0]
        self.get(f"/signin/callback?code=m1&state={state}")
        self.post("/signin/confirm", f"attempt={state}")
        return self.follow()

    def link(self, kind: str) -> str:
        """Return the first address of that kind on the page."""
        found = re.search(rf'href="(?:{PUBLIC})?(/{kind}[^"]*)"', self.page.html)
        assert found is not None, self.page.html
        return found[1].replace("&amp;", "&")

    def _request(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> BrowserRequest:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name in [name for name, end in [*self.until.items()] if end <= self.world.clock.now]:
            self.jar.pop(name, None)
        cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in [*self.jar.items()])}
        sent = {"accept-language": "en", **self.headers, **(cookie if self.jar else {}), **named}
        return BrowserRequest(method, f"{PUBLIC}{url}", sent, body)

    def _kept(self, answer: Page) -> Page:
        self.page = answer
        for each in answer.cookies if self.keeps else ():
            cookies.to_header(each)
            if each.max_age:
                self.jar[each.name] = each.value
                self.until[each.name] = self.world.clock.now + timedelta(seconds=each.max_age)
            else:
                self.jar.pop(each.name, None)
        return answer
