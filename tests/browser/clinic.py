"""
The running machine as people see it: Epic's schedule, a phone, windows of a browser.

Every page that is looked at is checked with axe-core and put into a picture.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from azure.data.tables import TableServiceClient
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FrameLocator,
    Page,
    Playwright,
    expect,
)

from local.demo.launch_steps import book, link_in_text
from local.demo.machine import Machine, VideoVisit, local_number
from tests.browser.axe import violations
from tests.browser.conftest import chromium
from tests.browser.test_pages import PICTURES

DANA, SAM, PATIENT, PROXY = "eDana9", "eSam4", "patient", "eP7"
DANAS_ACCOUNT, SAMS_ACCOUNT = "dana@lamna.example", "sam@lamna.example"
PHONE: dict[str, Any] = {
    "is_mobile": True,
    "has_touch": True,
    "viewport": {"width": 390, "height": 844},
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
SECONDS = 1000.0
"""Playwright counts in milliseconds."""


@dataclass
class Clinic:
    """A machine, the contexts that were opened, and what was found on the pages."""

    machine: Machine
    phones: Iterator[int]
    broken: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def person(self, browser: Browser, **device: Any) -> BrowserContext:
        """Return a browser of somebody's own."""
        context = browser.new_context(**(device or DESKTOP))
        self.keep(context)
        return context

    def keep(self, context: BrowserContext) -> None:
        """Close it after the test."""
        context.set_default_timeout(10 * SECONDS)
        self.contexts.append(context)

    def book(self, minutes: int = 10) -> VideoVisit:
        """Book a visit whose patient has a phone of their own, and wait for the text."""
        return book(self.machine, f"+16085550{next(self.phones)}", minutes)

    def book_at_the_desk(self, desk: Page) -> VideoVisit:
        """Book a visit that starts in ten minutes, as an evaluator would, and wait for the text."""
        phone = f"+16085550{next(self.phones)}"
        desk.goto(f"{self.machine.stack.desk_url}/epic")
        desk.get_by_label("Patient's phone").select_option(local_number(phone))
        desk.get_by_role("button", name="Book it in ten minutes from now").click()
        expect(desk.get_by_role("status")).to_contain_text("accepted")
        self.look(desk, "desk")
        row = desk.get_by_role("listitem").filter(has_text=local_number(phone))
        found = re.search(r"number (\S+)", row.inner_text())
        assert found
        self.machine.await_texts(phone)
        return VideoVisit(found[1], phone, "")

    def wait_until_it_opens(self, visit: VideoVisit, but: int) -> None:
        """Move the clock to some seconds before the patient may join."""
        opens = datetime.fromisoformat(visit.start) - timedelta(minutes=15)
        self.machine.move_clock(seconds=(opens - self.machine.now()).total_seconds() - but)

    def link(self, visit: VideoVisit) -> str:
        """Return the link in the newest text."""
        return link_in_text(self.machine, visit.phone)

    def begin(
        self, tab: Page, visit: VideoVisit, who: str, button: str = "Begin virtual visit"
    ) -> None:
        """Press a button of the schedule page."""
        tab.goto(f"{self.machine.stack.desk_url}/epic/schedule")
        form = tab.get_by_role("form", name="A visit that is not on the schedule")
        form.get_by_label("Number (CSN)").fill(visit.key)
        form.get_by_label("Who begins it").select_option(who)
        form.get_by_role("button", name=button, exact=True).click()

    def signed_in(self, context: BrowserContext, visit: VideoVisit, who: str, account: str) -> Page:
        """Begin the visit and sign in; return the window of the visit's page."""
        tab = context.new_page()
        self.begin(tab, visit, who)
        with one_more_window(context) as opened:
            tab.get_by_role("link", name="Sign in with Microsoft").click()
        with context.expect_page():
            sign_in(opened[0], account)
        shows(opened[0], "Video visit")
        return opened[0]

    def close(self) -> None:
        """Close every browser."""
        for context in self.contexts:
            context.close()

    def control(self, name: str, **conduct: Any) -> None:
        """Change how a simulator behaves."""
        request = urllib.request.Request(
            f"{self.machine.stack.desk_url}/control/{name}",
            json.dumps(conduct).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    def forget_accounts(self) -> None:
        """Let nobody have signed in to Microsoft yet."""
        connection_string = self.machine.stack.storage.connection_string
        with TableServiceClient.from_connection_string(connection_string) as service:
            for table in service.query_tables("TableName eq 'ehrusers'"):
                client = service.get_table_client(table.name)
                for row in list(client.list_entities()):
                    client.delete_entity(row)

    def look(self, page: Page, name: str) -> None:
        """Take a picture of the page, and note what is wrong with it."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"story-{name}.png", full_page=True)
        self.broken += [f"{name}: {each}" for each in violations(page)]
        if page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ):
            self.broken.append(f"{name} is too wide")

    def places(self, teams: Page) -> list[tuple[str, str]]:
        """Return who is where in the meeting that the window shows."""
        (people,) = [
            each["people"] for each in self.machine.meetings() if f"{each['room']}/" in teams.url
        ]
        return sorted((one["name"], one["place"]) for one in people)


def sign_in(window: Page, account: str) -> None:
    """Choose the account at Microsoft, and confirm it on our page."""
    window.get_by_role("button", name=account).click()
    window.get_by_role("button", name="Yes, both are me").click()


def join_as(teams: Page, account: str = "", name: str = "") -> None:
    """Press *Join now* in the meeting, signed in or as a guest."""
    if account:
        teams.get_by_label("Signed in as").select_option(account)
    if name:
        teams.get_by_label("Your name").fill(name)
    teams.get_by_role("button", name="Join now").click()


def shows(page: Page | FrameLocator, title: str, seconds: float = 10) -> None:
    """Wait for the page with that title."""
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible(
        timeout=seconds * SECONDS
    )


@contextmanager
def one_more_window(context: BrowserContext) -> Iterator[list[Page]]:
    """Yield a list that holds the window that was opened inside the block, at its end."""
    opened: list[Page] = []
    with context.expect_page() as page:
        yield opened
    opened.append(page.value)


def posts(page: Page) -> list[str]:
    """Return the list of what the page sends by POST from now on."""
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.url) if each.method == "POST" else None)
    return sent


def press(page: Page, words: str) -> None:
    """Tab to what has these words, and press Enter."""
    expect(page.get_by_text(words).last).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.innerText"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach {words!r}")


@contextmanager
def keeping_nothing(playwright: Playwright, directory: Path) -> Iterator[BrowserContext]:
    """Yield a browser that an administrator has told to refuse every cookie."""
    preferences = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    file = directory / "Default" / "Preferences"
    file.parent.mkdir()
    file.write_text(json.dumps(preferences))
    context = playwright.chromium.launch_persistent_context(
        directory, executable_path=chromium(), chromium_sandbox=False
    )
    yield context
    context.close()
