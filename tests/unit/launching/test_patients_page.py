"""A patient who launched from MyChart: in at once, or a page that waits and goes on by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from local.memory.sign_in import MOTHER
from shared_code.appointments.domain import Status
from shared_code.attendance.domain import Role
from shared_code.graph.errors import GraphUnavailable
from shared_code.launching.domain.errors import VISIT_CANCELLED, VISIT_OVER
from tests.unit.launching.clinic import (
    CLOSED,
    GUEST_LINK,
    change,
    goes_on,
    graph_fails,
    hospital,
    minutes,
    persons,
    prepared,
    pressed,
    text_link,
    visit_url,
    with_visits,
)
from tests.unit.launching.scene import text_of, told
from tests.world.launches import Browser, LaunchWorld
from tests.world.line import unavailable
from tests.world.visit import START
from tests.world.visiting import Clinic

CANCELLED = (410, VISIT_CANCELLED.code)
OVER = (410, VISIT_OVER.code)


def waiting(world: LaunchWorld, **browsers: object) -> tuple[Browser, str]:
    """Return the browser of a patient on the page that waits, and its address."""
    browser = Browser(world, **browsers)  # type: ignore[arg-type]
    browser.launch_as_patient()
    address = visit_url(browser)
    browser.follow()
    return browser, address


def left(browser: Browser) -> int:
    """Return the seconds after which the page looks again."""
    return int(browser.page.headers["Refresh"].partition(";")[0])


def test_a_patient_is_in_with_one_click() -> None:
    """From MyChart straight to the browser's way into the meeting; opened and pressed are noted."""
    world = hospital()
    prepared(world)
    browser = Browser(world)
    page = browser.launch_as_patient()
    assert page.status == 302
    assert page.headers["Location"].startswith(GUEST_LINK)
    (person,) = persons(world)
    assert (person.opened, person.pressed_join) == (START, START)


def test_in_a_frame_a_press_opens_a_window() -> None:
    """Teams refuses frames, so nothing leads there inside one."""
    world = hospital()
    prepared(world)
    browser = Browser(world, headers={"sec-fetch-dest": "iframe"})
    browser.launch_as_patient()
    page = browser.follow()
    assert (goes_on(page), f'href="{GUEST_LINK}' in page.html) == (False, True)
    assert 'target="_blank"' in page.html
    (person,) = persons(world)
    assert (person.opened, person.pressed_join) == (START, START)


@pytest.mark.parametrize(
    ("before", "seconds"), [(40, 60), (16, 60), (15.5, 30), (15.01, 1), (600, 60)]
)
def test_who_comes_too_early_waits_on_a_page(before: float, seconds: int) -> None:
    """It looks again when the visit opens, at latest after a minute, and says from when."""
    world = hospital(START - minutes(before))
    browser, _ = waiting(world)
    assert "You can join from" in text_of(browser.page)
    assert "1:15 PM CDT" in text_of(browser.page)
    assert left(browser) == seconds
    assert (pressed(world), len(persons(world))) == (0, 1)


def test_the_page_goes_on_by_itself_when_the_visit_opens() -> None:
    """The first answer only; Back shows a page with the button."""
    world = hospital(START - minutes(15.5))
    browser, address = waiting(world)
    world.clock.advance(seconds=left(browser))
    page = browser.get(address)
    assert goes_on(page)
    assert GUEST_LINK in page.html
    assert pressed(world) == 1

    world.clock.advance(seconds=90)
    back = browser.get(address)
    assert not goes_on(back)
    assert f'href="{GUEST_LINK}' in back.html
    assert "Copy this link" in text_of(back)
    assert [each.pressed_join for each in persons(world)] == [START - minutes(15)]


def test_a_look_changes_nothing_while_it_is_too_early() -> None:
    """But that the browser is known, once."""
    world = hospital(START - minutes(30))
    browser, address = waiting(world)
    rows = (world.sessions.rows.values(), world.attendees.rows.values())
    for _ in range(3):
        world.clock.advance(seconds=60)
        browser.get(address)
    assert rows == (world.sessions.rows.values(), world.attendees.rows.values())


@pytest.mark.parametrize(
    ("opens_before", "at", "early"),
    [(15, 15, False), (15, 15.02, True), (0, 0, False), (0, 0.02, True), (60, 60, False)],
)
def test_the_window_is_the_connections(opens_before: int, at: float, early: bool) -> None:
    """From its minutes before the start, computed in UTC."""
    world = hospital(START - minutes(at))
    with_visits(world, opens_before=opens_before)
    browser, _ = waiting(world)
    assert ("You can join from" in text_of(browser.page)) is early
    assert goes_on(browser.page) is not early
    assert world.graph.asked["create_or_get"] == (0 if early else 1)


@pytest.mark.parametrize(
    ("after", "over"), [(89.99, False), (90, True), (45, False), (24 * 60, True)]
)
def test_the_window_reaches_past_the_end(after: float, over: bool) -> None:
    """To its minutes after the end of the visit, which lasts thirty."""
    world = hospital(START + minutes(after))
    prepared(world)
    browser = Browser(world)
    page = browser.launch_as_patient()
    assert (page.status == 302) is not over
    assert not over or told(page) == OVER
    assert pressed(world) == (0 if over else 1)
    assert len(persons(world)) == 1


@pytest.mark.parametrize("status", [Status.CLOSED, Status.ACTIVE])
def test_a_no_show_may_join(status: Status) -> None:
    """S26 at 13:40, and the patient comes at 13:42."""
    world = hospital(START + minutes(12), status=status)
    prepared(world)
    assert Browser(world).launch_as_patient().status == 302


@pytest.mark.parametrize("at", [-600, -5, 5, 600])
def test_a_cancelled_visit_lets_nobody_in(at: int) -> None:
    """At any time; only *opened* is noted."""
    world = hospital(START + minutes(at), status=Status.CANCELLED)
    prepared(world)
    browser = Browser(world)
    page = browser.launch_as_patient()
    assert told(page) == CANCELLED
    assert "use the link in your newest text message, or MyChart" in text_of(page)
    assert "(608) 555-0100" in text_of(page)
    assert (pressed(world), len(persons(world))) == (0, 1)


def test_a_visit_that_is_cancelled_meanwhile_ends_the_waiting() -> None:
    """The page that waits says so by itself, in the patient's language."""
    world = hospital(START - minutes(30), language="es")
    browser, address = waiting(world)
    change(world, status=Status.CANCELLED)
    assert told(browser.get(address)) == CANCELLED
    assert browser.page.headers["Content-Language"] == "es"


def test_the_waiting_page_is_over_with_the_visit() -> None:
    """A tablet that was left on."""
    world = hospital(START - minutes(16))
    browser, address = waiting(world)
    world.clock.now = START + minutes(89)
    change(world, minutes=20)
    assert told(browser.get(address)) == OVER


def test_a_moved_visit_is_waited_for_until_then() -> None:
    """13:30 moved to 16:00 at 13:05: the page of 13:04 says the new time and goes on by itself."""
    world = hospital(START - minutes(26))
    browser, address = waiting(world)
    change(world, start=START + minutes(150))
    world.clock.now = START - minutes(10)
    assert "3:45 PM CDT" in text_of(browser.get(address))
    assert (goes_on(browser.page), pressed(world)) == (False, 0)
    while not goes_on(browser.page):
        assert world.clock.now < START + minutes(150)
        world.clock.advance(seconds=left(browser))
        browser.get(address)
    assert world.clock.now == START + minutes(135)


def test_a_visit_moved_to_earlier_opens_at_once() -> None:
    """13:30 moved to 11:00, opened at 10:50: the meeting is prepared while the page is made."""
    world = hospital(START - minutes(160))
    change(world, start=START - minutes(150))
    browser, _ = waiting(world)
    assert goes_on(browser.page)
    assert world.graph.asked["create_or_get"] == 1


def test_a_moved_visit_that_moves_twice_ends_with_its_newest_time() -> None:
    """A page never lives longer than twelve hours."""
    world = hospital(START - minutes(26))
    browser, address = waiting(world)
    change(world, start=START + timedelta(days=1))
    for _ in range(11):
        world.clock.advance(minutes=60)
        assert browser.get(address).status == 200
    world.clock.advance(minutes=60)
    assert told(browser.get(address)) == CLOSED


@pytest.mark.parametrize(
    ("start", "opens"),
    [
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "1:15 AM CDT"),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "1:15 AM CST"),
        (datetime(2026, 3, 8, 8, 0, tzinfo=UTC), "1:45 AM CST"),
        (datetime(2026, 3, 8, 8, 15, tzinfo=UTC), "3:00 AM CDT"),
    ],
)
def test_pages_show_the_departments_zone(start: datetime, opens: str) -> None:
    """With its abbreviation; the two half past ones of that night are an hour apart."""
    world = hospital(start - minutes(15) - timedelta(seconds=1), start=start)
    browser, _ = waiting(world)
    assert opens in text_of(browser.page)
    assert left(browser) <= 2
    world.clock.advance(seconds=1)
    assert goes_on(waiting(world)[0].page)


def test_a_meeting_that_is_not_ready_is_waited_for() -> None:
    """After half a minute the page also says whom to call, with a code; then it goes on."""
    world = hospital()
    world.graph.before = lambda method, organizer: _down()
    browser, address = waiting(world)
    first = browser.page
    assert first.status == 200
    assert "Your visit is being prepared" in text_of(first)
    assert (pressed(world), len(persons(world))) == (0, 1)

    world.clock.advance(seconds=30)
    later = browser.get(address)
    assert "Your visit is not ready yet" in text_of(later)
    assert "(608) 555-0100" in text_of(later)
    assert "Reason code:" in text_of(later)
    assert left(browser) == 10

    world.graph.before = lambda method, organizer: None
    world.clock.advance(seconds=90)
    assert goes_on(browser.get(address))
    assert pressed(world) == 1


def _down() -> None:
    raise GraphUnavailable


def test_a_lobby_that_stays_open_keeps_patients_out() -> None:
    """The lobby is never weakened: they are told whom to call."""
    world = hospital()
    world.graph.shown = ("everyone", "everyone")
    browser, address = waiting(world)
    for _ in range(30):
        world.clock.advance(seconds=60)
        assert not goes_on(browser.get(address))
    assert GUEST_LINK not in browser.page.html
    assert "Your visit is not ready yet" in text_of(browser.page)
    assert pressed(world) == 0

    assert Clinic(world).visit().join_url
    later = Browser(world)
    assert later.launch_as_patient().status == 303
    assert not goes_on(later.follow())
    by_text = Browser(world)
    by_text.post(f"{text_link(world)}/join")
    assert not goes_on(by_text.follow())
    assert "teams" not in by_text.page.html + later.page.html


def test_a_visit_that_nobody_knows_is_made_at_once() -> None:
    """Epic's button is faster than the feed: no window without a start."""
    world = hospital()
    browser = Browser(world)
    browser.launch_as_patient(context="41200")
    assert goes_on(browser.follow())


@pytest.mark.parametrize("virtual", [False, None, True])
def test_a_visit_that_is_in_person_by_the_feed_is_joined(virtual: bool | None) -> None:
    """Epic's button is the authority."""
    browser, _ = waiting(hospital(virtual=virtual))
    assert goes_on(browser.page)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_web_view_that_keeps_nothing_waits_like_others(keeps: bool) -> None:
    """Where a cookie came back, the page answers no browser without it."""
    world = hospital(START - minutes(30))
    browser, address = waiting(world, keeps=keeps)
    world.clock.advance(minutes=14)
    assert "You can join from" in text_of(browser.get(address))
    assert (Browser(world).get(address).status == 200) is not keeps


def test_a_patients_page_has_no_live_part() -> None:
    """Nobody reads from it who else is there."""
    world = hospital(START - minutes(30))
    browser, address = waiting(world)
    page = browser.get(address.replace("/visit/", "/live/"))
    assert page.status == 403
    assert "opened the visit" not in page.html


def test_a_mother_and_a_child_are_two() -> None:
    """Both in the one meeting, on the patient's side."""
    world = hospital()
    prepared(world)
    links = {
        Browser(world).launch_as_patient().headers["Location"],
        Browser(world).launch_as_patient(MOTHER).headers["Location"],
    }
    assert (len(links), pressed(world)) == (1, 2)
    assert persons(world, Role.STAFF) == []


@pytest.mark.parametrize(
    ("language", "accepted", "expected"),
    [("es", "en", "es"), (None, "fr-CA,fr;q=0.9", "fr"), ("hmn", "vi", "vi"), (None, "", "en")],
)
def test_the_page_speaks_the_patients_language(
    language: str | None, accepted: str, expected: str
) -> None:
    """Of the appointment, else what the browser accepts."""
    world = hospital(START - minutes(30), language=language)
    browser, _ = waiting(world, headers={"accept-language": accepted})
    assert browser.page.headers["Content-Language"] == expected


@pytest.mark.parametrize(
    "call", ["sessions.load", "appointments.load", "visits.load", "attendees.record"]
)
def test_storage_trouble_is_a_page_and_passes(call: str) -> None:
    """Nobody is sent on whose press could not be noted; the next look is."""
    world = hospital(START - minutes(16))
    browser, address = waiting(world)
    prepared(world)
    world.clock.now = START
    world.line.before = unavailable(call, times=1)
    assert told(browser.get(address)) == (503, "storage_unavailable")
    assert goes_on(browser.get(address))


def test_head_and_prefetches_of_the_waiting_page_press_nothing() -> None:
    """Mobile browsers look ahead."""
    world = hospital()
    browser = Browser(world)
    browser.launch_as_patient()
    address = visit_url(browser)
    assert browser.get(address, "HEAD").html == ""
    assert browser.get(address, sec_purpose="prefetch;prerender").html == ""
    assert pressed(world) == 0
    assert goes_on(browser.get(address))


def test_a_graph_that_fails_once_is_asked_again_by_the_next_look() -> None:
    """Nobody presses anything."""
    world = hospital()
    graph_fails(world, GraphUnavailable)
    browser, address = waiting(world)
    looks = 0
    while not goes_on(browser.page):
        world.clock.advance(seconds=left(browser))
        browser.get(address)
        looks += 1
        assert looks < 15
    assert pressed(world) == 1
