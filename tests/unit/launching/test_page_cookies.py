"""Which page cookie counts: launches at once, several patients in one browser, frames, windows."""

from __future__ import annotations

from typing import Any

import pytest

from local.memory.sign_in import ALEX, DANA, SAM
from shared_code.launching.domain.launch import Door
from shared_code.smart.user import EhrUser
from shared_code.web import cookies
from tests.unit.launching.clinic import (
    CLOSED,
    GUEST_LINK,
    MEETING,
    OTHER_CSN,
    goes_on,
    hospital,
    link_user,
    linked,
    live,
    minutes,
    opened,
    persons,
    text_link,
    visit_url,
)
from tests.unit.launching.scene import callback, text_of, told
from tests.world.launches import Browser, LaunchWorld
from tests.world.visit import START
from tests.world.visiting import CSN

WINDOW = {"sec-fetch-dest": "document", "sec-fetch-site": "same-origin"}
EARLY = START - minutes(30)


def at_once(
    world: LaunchWorld, user: EhrUser | None, door: Door, csns: tuple[str, str]
) -> tuple[Browser, list[str]]:
    """
    Launch twice before either callback is answered; return the addresses of both pages.

    Neither request has the cookie that the other one is answered with.
    """
    browser = Browser(world)
    urls = [callback(world.code(user, csn), browser.start(door)) for csn in csns]
    sent = dict(browser.jar)
    addresses = []
    for url in urls:
        browser.jar.pop(cookies.VISIT, None)
        browser.get(url)
        addresses.append(visit_url(browser))
    assert {**sent, **browser.jar} == browser.jar
    return browser, addresses


@pytest.mark.parametrize("last_first", [False, True])
@pytest.mark.parametrize(
    ("user", "door", "csns"),
    [
        (DANA, Door.PROVIDER, (CSN, OTHER_CSN)),
        (DANA, Door.PROVIDER, (CSN, CSN)),
        (ALEX, Door.PATIENT, (CSN, OTHER_CSN)),
        (None, Door.PATIENT, (CSN, CSN)),
    ],
)
def test_two_first_launches_of_a_browser_at_once_both_stay(
    user: EhrUser | None, door: Door, csns: tuple[str, str], last_first: bool
) -> None:
    """The browser keeps one of the two cookies; in two tabs, or *Begin* pressed twice."""
    browser, addresses = at_once(linked(), user, door, csns)
    wanted = addresses[::-1] if last_first else addresses
    for address in (*wanted, *wanted):
        page = browser.get(address)
        assert page.status == 200
        assert (MEETING if door is Door.PROVIDER else GUEST_LINK) in page.html
    if door is Door.PROVIDER:
        assert [live(browser, each)[0] for each in addresses] == [200, 200]


def test_a_page_belongs_to_the_first_cookie_that_came_back() -> None:
    """Another one of the same user's, in another browser, comes too late."""
    world = linked()
    browser, addresses = at_once(world, DANA, Door.PROVIDER, (CSN, OTHER_CSN))
    browser.get(addresses[0])
    other, _ = opened(world)
    assert told(other.get(addresses[0])) == CLOSED
    assert live(other, addresses[1]) == (403, "")
    assert MEETING in browser.get(addresses[0]).html


def test_another_users_cookie_opens_no_page_that_nobody_has_opened() -> None:
    """Nor does one that is not ours."""
    world = linked()
    _, addresses = at_once(world, DANA, Door.PROVIDER, (CSN, OTHER_CSN))
    sam = Browser(world)
    sam.launch(SAM)
    forged = Browser(world, jar={cookies.VISIT: "a" * 28 + "." + "b" * 28})
    for other in (sam, forged):
        assert told(other.get(addresses[0])) == CLOSED


def test_two_presses_on_a_link_at_once_both_go_on() -> None:
    """On a phone that has no cookie of ours yet."""
    world = hospital()
    address, browser = text_link(world), Browser(world)
    waiting = []
    for _ in range(2):
        browser.jar.clear()
        browser.post(f"{address}/join")
        waiting.append(visit_url(browser))
    for each in waiting:
        assert goes_on(browser.get(each))


def test_a_second_child_leaves_the_first_ones_page_open() -> None:
    """Epic names neither: both are waited for in one browser, and counted as two."""
    world = hospital(EARLY)
    browser = Browser(world)
    first, second = [visit_url(browser) for _ in range(2) if browser.launch_as_patient(None)]
    for address in (first, second, first):
        assert "You can join from" in text_of(browser.get(address))
    assert len(persons(world)) == 2
    assert told(Browser(world).get(first)) == CLOSED


def test_a_patient_with_a_name_ends_the_pages_of_those_without() -> None:
    """Whom Epic names is somebody else for sure."""
    world = hospital(EARLY)
    browser = Browser(world)
    browser.launch_as_patient(None)
    nameless = visit_url(browser)
    browser.follow()
    browser.launch_as_patient(ALEX)
    assert told(browser.get(nameless)) == CLOSED


@pytest.mark.parametrize("before", [30, 180])
def test_a_frame_that_keeps_nothing_waits_as_long_as_it_takes(before: int) -> None:
    """The page says that it goes on by itself; ten minutes after it did, it is closed."""
    world = hospital(START - minutes(before))
    browser = Browser(world, keeps=False)
    browser.launch_as_patient()
    address = visit_url(browser)
    while not goes_on(browser.get(address)):
        assert world.clock.now < START
        assert browser.page.status == 200
        world.clock.advance(seconds=int(browser.page.headers["Refresh"]))
    assert world.clock.now == START - minutes(15)

    world.clock.advance(minutes=9)
    assert GUEST_LINK in browser.get(address).html
    world.clock.advance(minutes=1)
    assert told(browser.get(address)) == CLOSED


def test_a_window_of_its_own_shows_what_the_frame_cannot() -> None:
    """Pressed in a frame that keeps nothing, the page opens in full, and the frame's is over."""
    world = linked()
    frame, address = opened(world, keeps=False)
    assert f'href="{address}" target="_blank"' in frame.page.html
    window = Browser(world, headers=dict(WINDOW))
    assert window.get(address).status == 303
    page = window.follow()
    assert "You join as d…a@lamna…" in text_of(page)
    assert live(window, address)[0] == 200
    assert told(frame.get(address)) == CLOSED


def test_a_window_of_its_own_keeps_its_language() -> None:
    """The redirect to itself as well."""
    world = linked()
    frame, address = opened(world, keeps=False)
    frame.get(f"{address}?language=es")
    window = Browser(world, headers=dict(WINDOW))
    window.get(f"{address}?language=es")
    assert window.follow().headers["Content-Language"] == "es"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-dest": "document"},
        {"sec-fetch-dest": "document", "sec-fetch-site": "cross-site"},
        {"sec-fetch-dest": "document", "sec-fetch-site": "none"},
        {"sec-fetch-dest": "iframe", "sec-fetch-site": "same-origin"},
        {"sec-fetch-dest": "empty", "sec-fetch-site": "same-origin"},
    ],
)
def test_only_our_own_page_opens_such_a_window(headers: dict[str, str]) -> None:
    """Not another site's link, not an address that was typed, and not a frame."""
    world = linked()
    _, address = opened(world, keeps=False)
    page = Browser(world, headers=headers).get(address)
    assert (page.status, page.cookies) == (200, ())
    assert "You join as" not in text_of(page)


@pytest.mark.parametrize("who", ["returned", "late", "patient", "stranger's cookie", "second"])
def test_a_window_is_given_no_cookie(who: str) -> None:
    """Once one came back, after ten minutes, for patients, for other users, and twice."""
    world = linked()
    jar: dict[str, Any] = {}
    if who == "patient":
        world.clock.now = EARLY
        frame = Browser(world, keeps=False)
        frame.launch_as_patient()
        address = visit_url(frame)
    else:
        _, address = opened(world, keeps=who == "returned")
    if who == "late":
        world.clock.advance(minutes=10)
    if who == "stranger's cookie":
        sam = Browser(world)
        sam.launch(SAM)
        jar = dict(sam.jar)
    if who == "second":
        Browser(world, headers=dict(WINDOW), keeps=False).get(address)
    window = Browser(world, headers=dict(WINDOW), jar=jar)
    page = window.get(address)
    assert page.cookies == ()
    assert "You join as" not in text_of(page)


def test_a_window_that_keeps_nothing_either_is_shown_the_way_into_teams() -> None:
    """It is not sent round and round."""
    world = linked()
    _, address = opened(world, keeps=False)
    window = Browser(world, headers=dict(WINDOW), keeps=False)
    assert window.get(address).status == 303
    page = window.follow()
    assert page.status == 200
    assert MEETING in page.html
    assert "You join as" not in text_of(page)


def test_not_you_ends_what_the_users_other_pages_show() -> None:
    """At their next look, also at that of the script; a sign-in opens them again."""
    world = hospital()
    link_user(world)
    browser, first = opened(world)
    other, second = opened(world, OTHER_CSN)
    browser.post(f"{first}/not-me")
    assert live(other, second) == (403, "")
    page = other.get(second)
    assert "Sign in with Microsoft, once" in text_of(page)
    assert (MEETING in page.html, "d…a@" in page.html) == (False, False)

    browser.follow()
    browser.sign_in()
    page = other.get(second)
    assert MEETING in page.html
    assert "You join as" in text_of(page)
