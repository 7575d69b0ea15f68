"""A clinician signs in to Microsoft: the way there, the way back, and what Microsoft refuses."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from local.memory.sign_in import DANA, SAM, TENANT
from shared_code.connections.domain import ConnectionStatus
from shared_code.web.cookies import SIGN_IN_PREFIX, to_header
from shared_code.web.frame import Page
from tests.unit.launching.clinic import (
    GUEST,
    MEETING,
    START_AGAIN,
    begin,
    come_back,
    confirm,
    go_to_microsoft,
    hospital,
    link_user,
    state_of,
    visit_url,
)
from tests.unit.launching.scene import text_of, told
from tests.world.launches import Browser
from tests.world.line import unavailable
from tests.world.logs import captured_logs


def test_a_clinician_signs_in_once() -> None:
    """The first launch asks for the account, and the visit goes on in the window of the sign-in."""
    browser = Browser(hospital())
    browser.launch()
    assert "Sign in with Microsoft, once" in text_of(browser.follow())
    assert MEETING not in browser.page.html

    browser.sign_in()

    assert browser.page.status == 200
    assert MEETING in browser.page.html
    assert "You join as d…a@lamna…" in text_of(browser.page)


def test_later_launches_go_straight_on() -> None:
    """Without a single call to Microsoft."""
    world = hospital()
    Browser(world).launch()
    link_user(world)
    browser, called = Browser(world), len(world.line.calls)

    browser.launch()
    browser.follow()

    assert MEETING in browser.page.html
    assert not [call for call in world.line.calls[called:] if call.startswith("microsoft.")]


def test_the_page_explains_after_a_minute_what_microsoft_may_have_said() -> None:
    """Most of Microsoft's errors never come back: the page goes on helping."""
    world = hospital()
    browser = Browser(world)
    browser.launch()
    first = browser.follow()
    assert "50011" not in text_of(first)
    assert first.headers["Refresh"].startswith("60; url=/visit/")

    world.clock.advance(seconds=60)
    again = browser.get(first.headers["Refresh"].partition("url=")[2])

    said = text_of(again)
    numbers = ("50011", "700016", "50105", "50020", "90072", "90094", "53000", "53003", "530001")
    assert [number for number in numbers if number not in said] == []
    assert "https://visits.example.org/signin/callback" in said
    assert "Call the IT service desk of Lamna Healthcare" in said
    assert go_to_microsoft(browser)


@pytest.mark.parametrize("later", [59, 61, 3600])
def test_a_handoff_lives_a_minute(later: int) -> None:
    """The page with the button is made anew after a minute, with a new one."""
    world = hospital()
    browser = Browser(world)
    browser.launch()
    browser.follow()
    handoff = browser.link("signin")
    world.clock.advance(seconds=later)

    page = browser.get(handoff)

    if later < 60:
        assert page.status == 302
    else:
        assert told(page) == START_AGAIN
        assert world.launches.attempts.values() == []


def test_a_handoff_is_good_once() -> None:
    """A stranger finds it used; a second press in its browser is a sign-in of its own."""
    world = hospital()
    browser, stranger = Browser(world), Browser(world)
    browser.launch()
    browser.follow()
    handoff = browser.link("signin")
    state = go_to_microsoft(browser, handoff)

    called = len(world.line.calls)
    assert told(stranger.get(handoff)) == START_AGAIN
    assert stranger.jar == {}
    assert not [call for call in world.line.calls[called:] if call.startswith("microsoft.")]
    again = [go_to_microsoft(browser, handoff) for _ in range(3)]
    assert len({state, *again}) == 4
    for each in (*again, state):
        assert "Are both of these you?" in text_of(come_back(browser, each))


@pytest.mark.parametrize(
    "change", ["nothing", "other page", "later", "other chance", "signature", "cut", "blank"]
)
def test_a_forged_handoff_leads_nowhere(change: str) -> None:
    """Page, time and signature belong together."""
    world = hospital()
    browser = Browser(world)
    browser.launch()
    browser.follow()
    address, _, handoff = browser.link("signin").partition("=")
    page, until, chance, signature = handoff.split(".")
    swapped = page[:-1] + ("1" if page[-1] == "0" else "0")
    forged = {
        "nothing": handoff,
        "other page": f"{swapped}.{until}.{chance}.{signature}",
        "later": f"{page}.{int(until) + 60}.{chance}.{signature}",
        "other chance": f"{page}.{until}.{'0' * 16}.{signature}",
        "signature": f"{page}.{until}.{chance}.{'a' * 26}",
        "cut": handoff[:-1],
        "blank": "",
    }[change]

    answer = browser.get(f"{address}={forged}")

    assert (answer.status == 302) is (change == "nothing")
    assert change == "nothing" or told(answer) == START_AGAIN


def test_a_handoff_ends_with_its_page() -> None:
    """It never outlives the page that it was made for."""
    world = hospital()
    browser = Browser(world)
    world.clock.advance(hours=11, minutes=59, seconds=30)
    state = begin(browser)
    come_back(browser, state)
    handoff = browser.link("signin")
    (stored,) = [world.sessions.load(each.key) for each in world.sessions.rows.values()]
    assert stored is not None
    ended = replace(stored.value, expires=world.clock.now)
    world.sessions.replace(ended, stored.etag)

    assert told(browser.get(handoff)) == START_AGAIN
    assert told(come_back(browser, state)) == START_AGAIN
    assert told(confirm(browser, state)) == START_AGAIN
    assert world.linked_users.rows.values() == []


def test_the_cookie_of_a_sign_in_is_its_own() -> None:
    """For ten minutes, of the top-level window, and it holds nothing but a signature."""
    browser = Browser(hospital())
    state = begin(browser)
    (cookie,) = browser.page.cookies
    assert (cookie.max_age, cookie.partitioned) == (600, False)
    assert to_header(cookie).endswith("Path=/; Secure; HttpOnly; SameSite=None")
    assert cookie.name == f"{SIGN_IN_PREFIX}{hashlib.sha256(state.encode()).hexdigest()[:8]}"
    assert len(cookie.value) < 40


def test_the_state_is_used_up_only_with_the_cookie() -> None:
    """Another browser, and one that keeps nothing, get a hop and then the start again page."""
    world = hospital()
    browser, stranger = Browser(world), Browser(world, keeps=False)
    state = begin(browser)

    hop = come_back(stranger, state)
    assert hop.status == 200
    assert f"/signin/callback?code=m1&amp;state={state}&amp;hop=1" in hop.html
    assert told(come_back(stranger, state, "&hop=1")) == START_AGAIN
    assert world.microsoft_side.finished == 0

    assert "Are both of these you?" in text_of(come_back(browser, state))


def test_a_cookie_that_comes_after_the_hop_counts() -> None:
    """Safari and Firefox leave it out of the first request, and send it from our own page."""
    world = hospital()
    browser = Browser(world)
    state = begin(browser)
    jar, browser.jar = browser.jar, {}
    come_back(browser, state)
    browser.jar = jar

    assert "Are both of these you?" in text_of(come_back(browser, state, "&hop=1"))


@pytest.mark.parametrize("more", ["&hop=0", "&hop=1&hop=0", "&hop=x"])
def test_the_hop_never_runs_in_circles(more: str) -> None:
    """Whatever the address said of it before."""
    browser = Browser(hospital(), keeps=False)
    state = "202606101830-" + "a" * 26
    assert "hop=1" in come_back(browser, state, more).html
    assert told(come_back(browser, state, f"{more}&hop=1")) == START_AGAIN


@pytest.mark.parametrize("query", ["", "?code=m1", "?state=&code=m1", "?state=x&state=y&code=m1"])
def test_a_callback_without_a_state_finds_no_sign_in(query: str) -> None:
    """It never finds the latest one; a state that is there twice is none."""
    browser = Browser(hospital())
    begin(browser)
    assert told(browser.get(f"/signin/callback{query}")) == START_AGAIN


def test_two_tabs_are_two_sign_ins() -> None:
    """Each has its own cookie, and the first one may be finished last."""
    world = hospital()
    browser = Browser(world)
    first = begin(browser)
    browser.launch()
    browser.follow()
    second = go_to_microsoft(browser)
    assert first != second

    for state in (second, first):
        assert "Are both of these you?" in text_of(come_back(browser, state))
        assert confirm(browser, state).status == 303
    assert world.microsoft_side.finished == 2


def test_back_to_the_callback_asks_again_and_redeems_nothing_twice() -> None:
    """Before the confirmation the question comes again; after it the sign-in is over."""
    world = hospital()
    browser = Browser(world)
    state = begin(browser)
    come_back(browser, state)
    assert "Are both of these you?" in text_of(come_back(browser, state))
    confirm(browser, state)

    after = come_back(browser, state)
    assert "/signin/callback" in after.html
    assert told(come_back(browser, state, "&hop=1")) == START_AGAIN
    assert world.microsoft_side.finished == 1


@pytest.mark.parametrize(("minutes", "asked"), [(4, True), (9, True), (10, False), (600, False)])
def test_a_sign_in_may_take_ten_minutes(minutes: int, asked: bool) -> None:
    """A second factor takes its time."""
    world = hospital()
    browser = Browser(world)
    state = begin(browser)
    browser.until.clear()  # it keeps cookies for longer than it should
    world.clock.advance(minutes=minutes)
    page = come_back(browser, state, "&hop=1")
    assert ("Are both of these you?" in text_of(page)) is asked
    assert asked or told(page) == START_AGAIN


def test_a_callback_that_comes_while_the_first_is_at_work_waits() -> None:
    """Two callbacks at once: one code is redeemed once."""
    world = hospital()
    browser = Browser(world)
    state = begin(browser)
    pages: list[Page] = []

    def meanwhile(call: str) -> None:
        if call == "microsoft.finish" and not pages:
            world.line.before = lambda call: None
            twin = Browser(world, jar=dict(browser.jar))
            pages.append(come_back(twin, state))

    world.line.before = meanwhile
    assert "Are both of these you?" in text_of(come_back(browser, state))
    assert pages[0].headers["Refresh"].startswith("1")
    assert world.microsoft_side.finished == 1


def test_a_sign_in_whose_worker_died_can_be_begun_anew() -> None:
    """For a minute the browser is told to wait, then it gets a button."""
    world = hospital()
    browser = Browser(world)
    state = begin(browser)
    world.line.after = unavailable("microsoft.finish")
    assert told(come_back(browser, state)) == (503, "storage_unavailable")
    world.line.after = lambda call: None

    assert come_back(browser, state).headers["Refresh"].startswith("1")
    world.clock.advance(seconds=60)
    assert told(come_back(browser, state)) == START_AGAIN
    assert go_to_microsoft(browser)


@pytest.mark.parametrize("call", ["sessions.load", "connections.find", "launches.insert_attempt"])
def test_storage_trouble_on_the_way_to_microsoft_is_a_page(call: str) -> None:
    """The same button works a moment later."""
    world = hospital()
    browser = Browser(world)
    browser.launch()
    browser.follow()
    handoff = browser.link("signin")
    world.line.before = unavailable(call, times=1)
    assert told(browser.get(handoff)) == (503, "storage_unavailable")
    assert state_of(browser.get(handoff))


@pytest.mark.parametrize("headers", [{}, {"purpose": "prefetch"}, {"sec_purpose": "prefetch"}])
def test_head_and_prefetches_use_nothing_up(headers: dict[str, str]) -> None:
    """Neither of the handoff nor of the callback."""
    world = hospital()
    browser = Browser(world)
    browser.launch()
    browser.follow()
    handoff, method = browser.link("signin"), "GET" if headers else "HEAD"
    assert browser.get(handoff, method, **headers).html == ""
    state = go_to_microsoft(browser, handoff)
    assert browser.get(f"/signin/callback?code=m1&state={state}", method, **headers).html == ""
    assert "Are both of these you?" in text_of(come_back(browser, state))


def test_logs_name_neither_accounts_nor_tokens() -> None:
    """Nor the CSN, nor anything of the address."""
    world = hospital()
    with captured_logs() as lines:
        browser = Browser(world)
        browser.launch()
        handle = visit_url(browser)
        browser.follow()
        handoff = browser.link("signin")
        state = go_to_microsoft(browser, handoff)
        come_back(browser, state)
        confirm(browser, state)
        world.microsoft_side.account = GUEST
        come_back(browser, begin(browser, SAM))
    logged = lines.getvalue()
    assert "sign_in.changed" in logged
    secrets = ("dana", "36996", state, handle[7:], handoff[-26:], "m1", "EXT", DANA.id, TENANT)
    assert [secret for secret in secrets if secret in logged] == []
    assert not [value for value in browser.jar.values() if value in logged]


def test_a_connection_that_was_taken_back_signs_nobody_in() -> None:
    """Not even whoever is on the way."""
    world = hospital()
    browser = Browser(world)
    state = begin(browser)
    draft = replace(world.connection, status=ConnectionStatus.DRAFT, approved_before=False)
    world.configure(draft)
    assert told(come_back(browser, state)) == START_AGAIN
    assert told(confirm(browser, state)) == START_AGAIN
