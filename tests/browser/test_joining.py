"""A patient's way from a link into the meeting, with and without JavaScript."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from shared_code.web.frame import Page, go_to
from shared_code.web.patient.page import link_page
from shared_code.web.patient.views import HandOffView, Join, LinkView, Waiting, WaitingView
from shared_code.web.patient.visit import hand_off_page, waiting_page
from tests.browser.site import Site, serving
from tests.unit.web.catalogue import HOSPITAL, JOIN_LINKS, OPENS, START, TOKEN, ZONE

LINK, PRESS = f"/v/{TOKEN}", f"/v/{TOKEN}/join"
VIEW = LinkView("en", HOSPITAL, START, ZONE, "US", join=Join(PRESS))
SCRIPTS = pytest.mark.parametrize("scripts", [True, False])


def arrival() -> Page:
    """Return a page of another host."""
    return Page("<title>Arrived</title>", {"Content-Type": "text/html"}, 200)


@SCRIPTS
def test_a_press_passes_two_other_hosts(browser: Browser, site: Site, scripts: bool) -> None:
    """By keyboard; the form is sent once, and Back shows the button again without sending it."""
    with serving("localhost") as first, serving() as second:
        target = second.serve("/room", arrival())
        url = first.serve("/meet", go_to(target))
        site.serve(LINK, link_page(VIEW))
        site.serve(PRESS, hand_off_page(HandOffView("en", HOSPITAL, url)), "POST")
        tab = browser.new_context(java_script_enabled=scripts).new_page()

        tab.goto(site.url + LINK)
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        tab.wait_for_url(target)
        tab.go_back()

        expect(tab.get_by_role("button", name="Join the visit")).to_be_visible()
        assert [each for each in site.asked if each.startswith("POST")] == [f"POST {PRESS}"]
        tab.context.close()


@pytest.mark.parametrize("url", JOIN_LINKS)
def test_a_join_link_arrives_byte_for_byte(browser: Browser, site: Site, url: str) -> None:
    """What the browser asks for, shows to copy and follows is what was stored."""
    asked: list[str] = []
    tab = browser.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.route("https://*/**", lambda route: route.fulfill(status=204))
    tab.goto(site.serve("/visit/x", hand_off_page(HandOffView("en", HOSPITAL, url))))
    expect(tab.locator(".copied")).to_have_text(url)
    with tab.expect_request("https://*/**"):
        tab.get_by_role("link", name="Join now").click()
    assert set(asked[1:]) == {url.replace("'", "%27")}
    tab.close()


def test_the_button_appears_by_itself_and_wants_its_press(browser: Browser, site: Site) -> None:
    """From a text, without JavaScript: the page is loaded again, nothing is sent."""
    early = link_page(replace(VIEW, join=Join(PRESS, OPENS, again_in=1)))
    pages = iter([early, link_page(VIEW)])
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(site.serve(LINK, lambda: next(pages)))
    expect(tab.get_by_text("You can join from 1:15 PM CDT")).to_be_visible()
    assert tab.get_by_role("button").count() == 0
    expect(tab.get_by_role("button", name="Join the visit")).to_be_visible()
    assert site.asked == [f"GET {LINK}"] * 2
    tab.context.close()


def test_a_launch_goes_on_by_itself(browser: Browser, site: Site) -> None:
    """From MyChart the press was there: too early, then being prepared, then on to Teams."""
    early = WaitingView("es", HOSPITAL, Waiting.TOO_EARLY, 1, OPENS, ZONE, "US")
    preparing = WaitingView("es", HOSPITAL, Waiting.PREPARING, 1)
    with serving("localhost") as teams:
        url = teams.serve("/room", arrival())
        on = hand_off_page(HandOffView("es", HOSPITAL, url))
        pages = iter([waiting_page(early), waiting_page(preparing), on])
        tab = browser.new_context(java_script_enabled=False).new_page()
        tab.goto(site.serve("/visit/x", lambda: next(pages)))
        tab.wait_for_url(url)
        tab.context.close()
    assert site.asked == ["GET /visit/x"] * 3
