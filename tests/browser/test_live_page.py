"""The page of a visit: Teams is opened once where that is wanted, and presence stays fresh."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from shared_code.web.clinician.live import live_page, presence_fragment
from shared_code.web.clinician.views import Side
from shared_code.web.frame import Page
from tests.browser.site import Site, serving
from tests.unit.web.catalogue import HANDLE, PRESENCE, live_view

VISIT, LIVE = f"/visit/{HANDLE}", f"/live/{HANDLE}"
PHONE = {"is_mobile": True, "has_touch": True, "viewport": {"width": 390, "height": 844}}
ROOM = Page("<title>Teams</title>", {"Content-Type": "text/html"}, 200)
PRESSED = replace(PRESENCE, patient=Side(opened=1, opened_minutes=3, pressed=1, pressed_minutes=1))


def first_page(teams: Site, *frames: str) -> Page:
    """Return the first answer of a launch, whose link leads to a room of the test."""
    view = live_view("en")
    hospital = replace(view.hospital, frame_hosts=frames)
    return live_page(
        replace(view, url=teams.serve("/room", ROOM), open_now=True, hospital=hospital)
    )


def test_teams_opens_by_itself_once(browser: Browser, site: Site) -> None:
    """In a new tab, by the first answer only: not when the page is loaded again."""
    with serving("localhost") as teams:
        context = browser.new_context()
        tab = context.new_page()
        with context.expect_page() as opened:
            tab.goto(site.serve(VISIT, first_page(teams)))
        opened.value.wait_for_url(teams.url + "/room")
        tab.reload()
        assert len(context.pages) == 2
        assert tab.url == site.url + VISIT
        context.close()


@pytest.mark.parametrize(("device", "now"), [(PHONE, True), ({}, False)])
def test_teams_waits_for_a_press(
    browser: Browser, site: Site, device: dict[str, Any], now: bool
) -> None:
    """On a phone, and whenever the server did not say so; the link is there from the start."""
    with serving("localhost") as teams:
        page = first_page(teams)
        page = page if now else replace(page, html=page.html.replace(" data-now", ""))
        context = browser.new_context(**device)
        tab = context.new_page()
        tab.goto(site.serve(VISIT, page))
        assert len(context.pages) == 1
        with context.expect_page():
            tab.get_by_role("link", name="Open Teams").click()
        context.close()


def test_a_frame_opens_nothing_by_itself(browser: Browser, site: Site) -> None:
    """Epic's window may frame the page; no other site may."""
    with serving("localhost") as epic, serving("localhost") as other, serving("localhost") as teams:
        visit = site.serve(VISIT, first_page(teams, epic.url))
        html = f'<title>Epic</title><iframe src="{visit}"></iframe>'
        framing = Page(html, {"Content-Type": "text/html"}, 200)
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(epic.serve("/chart", framing))
        expect(tab.frame_locator("iframe").get_by_role("link", name="Open Teams")).to_be_visible()
        assert len(context.pages) == 1
        tab.goto(other.serve("/chart", framing))
        assert tab.frame_locator("iframe").get_by_role("link").count() == 0
        context.close()


def test_presence_is_asked_for_every_five_seconds(browser: Browser, site: Site) -> None:
    """Only what changed is drawn; an end loads the page again, which then says why."""
    fragments = [presence_fragment(PRESENCE), Page("", {}, 304), presence_fragment(PRESSED)]
    answers = iter([*fragments, Page("", {}, 404)])
    site.serve(LIVE, lambda: next(answers))
    tab = browser.new_page()
    tab.clock.install()
    tab.goto(site.serve(VISIT, live_page(live_view("en"))))
    expect(tab.get_by_role("status")).to_have_text("The patient opened the visit 2 minutes ago.")
    for _ in fragments:
        with tab.expect_response(site.url + LIVE):
            tab.clock.run_for(5000)
    expect(tab.get_by_role("status")).to_contain_text("The patient pressed join 1 minute ago.")
    with tab.expect_navigation():
        tab.clock.run_for(5000)
    assert site.asked.count(f"GET {LIVE}") == 4
    assert site.asked.count(f"GET {VISIT}") == 2
    tab.close()


def test_without_javascript_the_page_loads_itself_again(browser: Browser, site: Site) -> None:
    """It goes on to the version that the browser refreshes; Teams is a press away."""
    view = live_view("en")
    plain = live_page(replace(view, is_plain=True))
    quick = replace(plain, headers={**plain.headers, "Refresh": f"1; url={view.plain}"})
    later = live_page(replace(view, is_plain=True, presence=PRESSED))
    site.serve(VISIT, live_page(view))
    pages = iter([quick, later])
    site.serve(view.plain, lambda: next(pages))
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(site.url + VISIT)
    expect(tab.get_by_text("The patient pressed join 1 minute ago.")).to_be_visible()
    assert tab.url == site.url + view.plain
    expect(tab.get_by_role("link", name="Open Teams")).to_be_visible()
    tab.context.close()
