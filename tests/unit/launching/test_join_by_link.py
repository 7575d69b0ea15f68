"""The link in a patient's text: what opening shows, and what a press does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from local.memory.sign_in import MOTHER
from shared_code.appointments.domain import Status
from shared_code.attendance.domain import Role
from shared_code.errors import REQUEST_MALFORMED
from shared_code.graph.errors import GraphUnavailable
from shared_code.links.domain import (
    LINK_EXPIRED,
)
from shared_code.web.browser import BrowserRequest
from shared_code.web.patient.link import join_visit
from tests.unit.launching.clinic import (
    GUEST_LINK,
    at,
    change,
    everything,
    goes_on,
    has_button,
    link_user,
    minutes,
    prepared,
    press,
    pressed,
    visit_url,
    with_visits,
)
from tests.unit.launching.scene import text_of, told
from tests.world.connection import LAUNCHING
from tests.world.launches import PUBLIC, Browser
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.visit import START
from tests.world.visiting import booked

LAPTOP = {"accept-language": "en"}


def test_a_press_is_answered_by_a_page_that_goes_on() -> None:
    """Never by a redirect to another host: browsers would stop at Microsoft's second one."""
    world, browser, address = at()
    prepared(world)
    browser.get(address)
    assert press(browser, address) == 200
    page = browser.page
    assert goes_on(page)
    assert f'href="{GUEST_LINK}' in page.html
    assert (page.headers["Cache-Control"], "Location" in page.headers) == ("no-store", False)
    assert "form-action 'none'" in page.headers["Content-Security-Policy"]
    assert "Copy this link" in text_of(page)
    assert "msteams:" not in page.html
    assert pressed(world) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "GET twice"])
def test_opening_a_link_changes_nothing(method: str) -> None:
    """Previews and scanners open it within a second of its delivery."""
    world, browser, address = at()
    before = everything(world)
    for _ in range(2 if method == "GET twice" else 1):
        browser.get(address, method.partition(" ")[0])
    assert everything(world) == before


def test_no_link_is_used_up() -> None:
    """Safe Links submitted the form; the patient still gets in, as often as needed."""
    world, browser, address = at()
    prepared(world)
    scanner = Browser(world, keeps=False)
    scanner.get(address)
    assert press(scanner, address) == 200
    for _ in range(3):
        browser.get(address)
        assert press(browser, address) == 200
        assert goes_on(browser.page)


@pytest.mark.parametrize("before", [15.01, 16, 60, 2000])
def test_a_press_before_the_window_records_nothing(before: float) -> None:
    """A machine pressed an hour before the visit: the page of the link comes again."""
    world, browser, address = at(START - minutes(before))
    kept = everything(world)
    assert press(browser, address) == 303
    assert visit_url(browser) == address
    assert everything(world) == kept
    assert not has_button(browser)


@pytest.mark.parametrize("after", [90, 91, 24 * 60])
def test_a_press_after_the_window_records_nothing(after: int) -> None:
    """The visit is over."""
    world, browser, address = at(START + minutes(after))
    kept = everything(world)
    assert press(browser, address) == LINK_EXPIRED.status
    assert told(browser.page) == (LINK_EXPIRED.status, LINK_EXPIRED.code)
    assert everything(world) == kept


@pytest.mark.parametrize(("before", "seconds"), [(40, 60), (15.5, 30), (15.01, 1), (2000, 60)])
def test_the_button_appears_by_itself(before: float, seconds: int) -> None:
    """The page looks again when the visit opens; the button still wants its press."""
    world, browser, address = at(START - minutes(before))
    browser.get(address)
    assert not has_button(browser)
    assert "You can join from 1:15 PM CDT" in text_of(browser.page)
    assert browser.page.headers["Refresh"] == str(seconds)

    world.clock.now = START - minutes(15)
    browser.get(address)
    assert has_button(browser)
    assert not goes_on(browser.page)
    assert "Refresh" not in browser.page.headers
    assert pressed(world) == 0


@pytest.mark.parametrize(
    ("start", "opened", "in_time"),
    [
        (START, datetime(2026, 6, 10, 18, 16, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 15, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC), False),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), datetime(2026, 11, 1, 7, 15, tzinfo=UTC), True),
    ],
    ids=["from Denver", "01:30 CDT", "01:30 CST an hour early", "01:30 CST"],
)
def test_the_window_is_computed_in_utc(start: datetime, opened: datetime, in_time: bool) -> None:
    """A phone in another zone, and a night with two half past ones."""
    world, browser, address = at(opened, start=start)
    browser.get(address)
    assert has_button(browser) is in_time
    assert press(browser, address) == 303
    assert ("/visit/" in visit_url(browser)) is in_time


def test_a_meeting_that_is_not_ready_gets_a_page_that_waits() -> None:
    """The press counts at once; the page goes on by itself, later says whom to call."""
    world, browser, address = at()
    world.graph.before = _down
    assert press(browser, address) == 303
    waits = visit_url(browser)
    assert pressed(world) == 1
    assert "Your visit is being prepared" in text_of(browser.follow())
    world.clock.advance(seconds=30)
    assert "Your visit is not ready yet" in text_of(browser.get(waits))
    assert "Call (608) 555-0100" in text_of(browser.page)

    world.graph.before = lambda method, organizer: None
    world.clock.advance(seconds=90)
    assert goes_on(browser.get(waits))
    assert pressed(world) == 1
    assert not goes_on(browser.get(waits))


def _down(method: str, organizer: str) -> None:
    raise GraphUnavailable


def test_each_phone_is_a_person_and_each_press_of_one_is_the_same() -> None:
    """The link on phone and laptop, and with the spouse it was forwarded to: attributed to none."""
    world, phone, address = at()
    prepared(world)
    link_user(world)
    for _ in range(3):
        press(phone, address)
    assert pressed(world) == 1
    press(Browser(world, headers=LAPTOP), address)
    assert pressed(world) == 2
    Browser(world).launch_as_patient(MOTHER)
    assert pressed(world) == 3
    assert {each.role for each in world.attendees.rows.values()} == {Role.PATIENT}

    dana = Browser(world)
    dana.launch()
    said = text_of(dana.follow()).replace("&#39;", "'")
    assert "3 people pressed join on the patient's side" in said


def test_text_and_mychart_lead_to_one_meeting() -> None:
    """The feed names the visit as the launch does."""
    world, browser, address = at()
    prepared(world)
    press(browser, address)
    by_text = re.findall(f'href="({GUEST_LINK}[^"]*)"', browser.page.html)
    mychart = Browser(world).launch_as_patient().headers["Location"]
    assert by_text == [mychart]


@pytest.mark.parametrize(
    ("site", "refused"),
    [
        ("cross-site", True),
        ("same-site", True),
        ("none", True),
        ("same-origin", False),
        ("", False),
    ],
)
def test_only_a_form_of_another_site_is_refused(site: str, refused: bool) -> None:
    """The path is the secret: a browser that says nothing may join."""
    world, _, address = at()
    prepared(world)
    headers = {"sec-fetch-site": site} if site else {}
    request = BrowserRequest("POST", f"{PUBLIC}{address}/join", headers)
    page = join_visit(request, address[3:], world.services.launching.join_by_link)
    assert (told(page) == (400, REQUEST_MALFORMED.code)) is refused
    assert pressed(world) == (0 if refused else 1)


@pytest.mark.parametrize(
    ("language", "configured", "accepted", "expected"),
    [
        ("es", "en", "fr", "es"),
        (None, "es", "fr", "es"),
        ("hmn", "vi", "fr", "vi"),
        ("ar", "en", "en", "ar"),
    ],
)
def test_the_words_are_in_the_language_of_the_text(
    language: str | None, configured: str, accepted: str, expected: str
) -> None:
    """On the page of the link, on the one that waits, on the one that goes on, and when refused."""
    world, browser, address = at(START, language=language)
    browser.headers = {"accept-language": accepted}
    world.configure(replace(LAUNCHING, language=configured))
    pages = [browser.get(address)]
    press(browser, address)
    waits = visit_url(browser)
    pages += [browser.follow()]
    press(browser, address)
    pages += [browser.page]
    change(world, status=Status.CANCELLED)
    pages += [browser.get(waits)]
    press(browser, address)
    pages += [browser.page]
    assert [page.headers["Content-Language"] for page in pages] == [expected] * 5


@pytest.mark.parametrize(
    "call",
    ["links.find", "appointments.load", "visits.load", "agenda.add", "attendees.record"],
)
def test_storage_trouble_is_a_page_and_the_press_works_a_moment_later(call: str) -> None:
    """Whoever could not be noted was not sent on either."""
    world, browser, address = at()
    prepared(world)
    world.line.before = unavailable(call, times=1)
    assert press(browser, address) == 503
    assert pressed(world) == 0
    assert press(browser, address) == 200
    assert pressed(world) == 1


def test_storage_trouble_of_the_page_that_waits_is_a_page() -> None:
    """Its session could not be written."""
    _, browser, address = at()
    browser.world.line.before = unavailable("sessions.insert", times=1)
    assert press(browser, address) == 503
    assert press(browser, address) == 303


@pytest.mark.parametrize("pages", ["two visits", "after a clinician"])
def test_the_pages_of_a_browser_belong_to_one_link(pages: str) -> None:
    """Somebody else's link in the same browser ends the earlier pages."""
    world, browser, address = at()
    world.graph.before = _down
    if pages == "after a clinician":
        link_user(world)
        browser.launch()
    else:
        world.appointments.insert(booked("41200", key="41200"))
        browser.launch_as_patient(context="41200")
    earlier = visit_url(browser)
    press(browser, address)
    assert browser.get(earlier).status == 403


def test_a_page_that_waits_is_known_by_the_links_own_cookie() -> None:
    """Two presses in one browser: both pages stay."""
    world, browser, address = at()
    world.graph.before = _down
    press(browser, address)
    first = visit_url(browser)
    press(browser, address)
    assert visit_url(browser) != first
    assert browser.get(first).status == 200
    assert Browser(world).get(first).status == 403


def test_a_press_fades_after_ten_minutes() -> None:
    """A machine pressed: twelve minutes later the clinician reads that nobody was seen since."""
    world, browser, address = at()
    prepared(world)
    link_user(world)
    press(browser, address)
    world.clock.advance(minutes=12)
    dana = Browser(world)
    dana.launch()
    assert "pressed join 12 minutes ago, not seen since" in text_of(dana.follow())


def test_logs_name_neither_the_link_nor_the_patient() -> None:
    """No token, phone, CSN or meeting."""
    world, browser, address = at()
    with captured_logs() as lines:
        browser.get(address)
        press(browser, address)
        handle = visit_url(browser)
        browser.follow()
        press(browser, address)
    logged = lines.getvalue()
    assert "join.pressed" in logged
    assert "attendance.recorded" in logged
    secrets = (address[3:], "36996", "6085550142", handle[7:], "teams", *browser.jar.values())
    assert [secret for secret in secrets if secret in logged] == []


def test_the_window_of_a_link_is_the_connections() -> None:
    """Its minutes before the start and after the end."""
    world, browser, address = at(START - minutes(45))
    with_visits(world, opens_before=60, closes_after=0)
    browser.get(address)
    assert has_button(browser)
    world.clock.now = START + minutes(30)
    assert press(browser, address) == LINK_EXPIRED.status
