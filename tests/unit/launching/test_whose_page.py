"""Whose a clinician's page is, and how long it lives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from local.memory.sign_in import SAM
from shared_code.connections.domain import ConnectionStatus
from tests.unit.launching.clinic import (
    CLOSED,
    MEETING,
    OTHER_CSN,
    hospital,
    linked,
    live,
    minutes,
    opened,
    visit_url,
)
from tests.unit.launching.scene import text_of, told
from tests.world.launches import Browser
from tests.world.visit import START


def test_another_user_in_the_browser_ends_the_earlier_ones_pages() -> None:
    """A shared workstation: who launched last is who is there, by the token of the launch."""
    world = linked()
    browser, danas = opened(world)
    browser.launch(SAM, OTHER_CSN)
    sams = visit_url(browser)
    assert MEETING in browser.follow().html

    assert told(browser.get(danas)) == CLOSED
    assert MEETING not in browser.page.html
    assert live(browser, danas) == (403, "")
    assert MEETING in browser.get(sams).html


def test_two_charts_of_one_user_stay_open() -> None:
    """In one browser, whichever was opened last."""
    world = linked()
    browser, first = opened(world)
    browser.launch(context=OTHER_CSN)
    second = visit_url(browser)
    for address in (first, second, first):
        assert MEETING in browser.get(address).html


@pytest.mark.parametrize("said", ["once returned", "never returned"])
def test_a_handle_answers_no_other_cookie(said: str) -> None:
    """A handle that was passed to a colleague opens nothing there."""
    world = linked()
    browser = Browser(world)
    browser.launch()
    address = visit_url(browser)
    if said == "once returned":
        browser.follow()
    colleague = Browser(world)
    colleague.launch(SAM, OTHER_CSN)
    assert told(colleague.get(address)) == CLOSED
    forged = Browser(world, jar={"__Host-visit": "a" * 28 + "." + "b" * 28})
    assert told(forged.get(address)) == CLOSED
    assert MEETING in browser.get(address).html


def test_once_the_cookie_came_back_the_handle_wants_it() -> None:
    """A browser without it gets the start again page from then on."""
    world = linked()
    browser, address = opened(world)
    assert told(Browser(world).get(address)) == CLOSED
    assert live(Browser(world), address)[0] == 403


def test_a_frame_that_keeps_nothing_gets_only_the_way_into_teams() -> None:
    """For ten minutes, and without anything about the patient or to send."""
    world = linked()
    Browser(world).launch_as_patient()
    browser, address = opened(world, keeps=False)
    said = text_of(browser.page)
    assert MEETING in browser.page.html
    assert address in browser.page.html
    assert "<form" not in browser.page.html
    assert "<script" not in browser.page.html
    assert ("patient" in said, "1:30" in said, "d…a" in said) == (False, False, False)
    assert live(browser, address)[0] == 403

    world.clock.advance(minutes=9, seconds=59)
    assert MEETING in browser.get(address).html
    world.clock.advance(seconds=1)
    assert told(browser.get(address)) == CLOSED


@pytest.mark.parametrize("keeps", [True, False])
def test_a_frame_asks_for_the_sign_in_too(keeps: bool) -> None:
    """The sign-in runs in a window of its own, whatever the frame keeps."""
    browser, _ = opened(hospital(), keeps=keeps)
    assert 'target="_blank"' in browser.page.html
    assert browser.link("signin")
    top = browser.get(f"{browser.page.headers['Refresh'].partition('url=')[2]}?top=1")
    assert top.status == 200
    assert 'target="_top"' in top.html


@pytest.mark.parametrize(
    ("later", "open_"), [(minutes(119), True), (minutes(120), False), (minutes(90), True)]
)
def test_a_page_ends_an_hour_after_the_visit(later: object, open_: bool) -> None:
    """With the cookie as without."""
    world = linked(minutes=60)
    browser, address = opened(world)
    world.clock.now = START + later  # type: ignore[operator]
    assert (browser.get(address).status == 200) is open_
    assert live(browser, address)[0] == (200 if open_ else 403)


def test_a_page_never_lives_longer_than_twelve_hours() -> None:
    """However early the visit was opened."""
    world = linked()
    world.clock.now = START - minutes(20 * 60)
    browser, address = opened(world)
    world.clock.advance(hours=11, minutes=59)
    assert browser.get(address).status == 200
    world.clock.advance(minutes=1)
    assert told(browser.get(address)) == CLOSED


@pytest.mark.parametrize("handle", ["xyzzy", "202606101830-" + "a" * 26, "../live", "%00"])
def test_a_handle_that_nobody_was_given_shows_nothing(handle: str) -> None:
    """And is not repeated on the page."""
    browser = Browser(linked())
    page = browser.get(f"/visit/{handle.replace('/', '%2F')}")
    assert told(page) == CLOSED
    assert handle not in page.html


def test_a_connection_that_was_taken_back_ends_its_pages() -> None:
    """At the next look."""
    world = linked()
    browser, address = opened(world)
    draft = replace(world.connection, status=ConnectionStatus.DRAFT, approved_before=False)
    world.configure(draft)
    assert told(browser.get(address)) == CLOSED
