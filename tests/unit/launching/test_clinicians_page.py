"""The page of a clinician's visit: whose it is, what it opens, and what it says."""

from __future__ import annotations

import pytest

from local.memory.sign_in import ALEX, DANA, MOTHER, SAM
from shared_code.appointments.domain import Status
from shared_code.attendance.domain import Role
from shared_code.connections.launch_setup import ClinicianOpens
from shared_code.graph.errors import GraphUnavailable
from shared_code.web.frame import Page
from tests.unit.launching.clinic import (
    MEETING,
    OTHER_CSN,
    change,
    goes_on,
    graph_fails,
    hospital,
    linked,
    live,
    minutes,
    opened,
    opens_by_itself,
    persons,
    prepared,
    visit_url,
    with_visits,
)
from tests.unit.launching.scene import text_of, told
from tests.world.launches import Browser
from tests.world.line import unavailable
from tests.world.visit import START


def test_the_first_answer_opens_teams_and_later_ones_have_the_link() -> None:
    """Also after Back and a reload: one launch opens one window."""
    world = linked()
    browser, address = opened(world)
    assert opens_by_itself(browser.page)
    for later in (browser.get(address), browser.get(f"{address}?plain=1")):
        assert not opens_by_itself(later)
        assert MEETING in later.html
    assert len(persons(world, Role.STAFF)) == 1


def test_the_page_that_asked_for_the_sign_in_opens_nothing_by_itself() -> None:
    """The sign-in went on in its own window, which has opened Teams."""
    world = hospital()
    browser = Browser(world)
    browser.launch()
    address = browser.page.headers["Location"]
    browser.follow()
    assert opens_by_itself(browser.sign_in())
    world.clock.advance(seconds=60)
    page = browser.get(address)
    assert (opens_by_itself(page), MEETING in page.html) == (False, True)


def test_the_link_into_teams_is_plain() -> None:
    """An https address that is in the page as it is made; never a custom scheme."""
    browser, _ = opened(linked())
    assert f'href="{MEETING}' in browser.page.html
    assert "msteams:" not in browser.page.html
    assert not goes_on(browser.page)


@pytest.mark.parametrize(("seconds", "again"), [(2, False), (19, False), (20, True), (600, True)])
def test_teams_is_not_opened_again_within_twenty_seconds(seconds: int, again: bool) -> None:
    """*Begin* pressed twice makes two pages and opens one window."""
    world = linked()
    opened(world)
    world.clock.advance(seconds=seconds)
    browser, _ = opened(world)
    assert opens_by_itself(browser.page) is again


def test_another_clinician_and_another_visit_open_at_once() -> None:
    """The twenty seconds are those of one clinician and one visit."""
    world = linked()
    opened(world)
    other = Browser(world)
    other.launch(SAM)
    assert opens_by_itself(other.follow())
    browser, _ = opened(world, OTHER_CSN)
    assert opens_by_itself(browser.page)


def test_a_connection_may_lead_on_at_once() -> None:
    """`direct` hands off to Teams; Back shows the page with its link."""
    world = linked()
    with_visits(world, clinician_opens=ClinicianOpens.DIRECT)
    browser, address = opened(world)
    assert goes_on(browser.page)
    assert "d…a@lamna…" in text_of(browser.page)
    assert not goes_on(browser.get(address))
    assert MEETING in browser.page.html


def test_leading_on_keeps_to_the_twenty_seconds_and_out_of_frames() -> None:
    """A second launch shows the page; so does a frame, where Teams shows nothing."""
    world = linked()
    with_visits(world, clinician_opens=ClinicianOpens.DIRECT)
    framed, _ = opened(world, headers={"sec-fetch-dest": "iframe"})
    assert (goes_on(framed.page), MEETING in framed.page.html) == (False, True)
    world.clock.advance(seconds=10)
    second, _ = opened(world)
    assert (goes_on(second.page), MEETING in second.page.html) == (False, True)
    world.clock.advance(seconds=20)
    third, _ = opened(world, headers={"sec-fetch-dest": "document"})
    assert goes_on(third.page)


@pytest.mark.parametrize(
    ("visit", "at", "words"),
    [
        ({"status": Status.CANCELLED}, 0, "This visit is cancelled in the schedule"),
        ({}, -30, "It is early: the patient cannot join yet"),
        ({"minutes": 30}, 91, "The time of this visit is over"),
        ({"virtual": False}, 0, "this is not a video visit"),
        ({"csn": OTHER_CSN, "key": OTHER_CSN}, 0, "The schedule has not told us about this visit"),
    ],
    ids=["cancelled", "early", "late", "in person", "unknown"],
)
def test_clinicians_are_warned_and_never_stopped(
    visit: dict[str, object], at: int, words: str
) -> None:
    """Epic's button is the authority."""
    world = linked(**visit)
    world.clock.now = START + minutes(at)
    browser, _ = opened(world)
    assert words in text_of(browser.page)
    assert MEETING in browser.page.html


@pytest.mark.parametrize("status", [Status.CLOSED, Status.ACTIVE])
def test_a_no_show_that_joins_is_shown_as_here(status: Status) -> None:
    """The patient came twelve minutes late: nobody is sent away."""
    world = linked(status=status)
    prepared(world)
    browser, address = opened(world)
    world.clock.advance(minutes=12)
    assert Browser(world).launch_as_patient().status == 302
    assert "The patient pressed join just now" in live(browser, address)[1]


def test_a_press_is_counted_by_person_and_fades_after_ten_minutes() -> None:
    """The patient and the mother are two; the same patient again is one."""
    world = linked()
    prepared(world)
    browser, address = opened(world)
    assert "Nobody on the patient's side" in live(browser, address)[1].replace("&#39;", "'")
    Browser(world).launch_as_patient(ALEX)
    Browser(world).launch_as_patient(ALEX)
    assert "The patient pressed join just now" in live(browser, address)[1]
    Browser(world).launch_as_patient(MOTHER)
    said = live(browser, address)[1].replace("&#39;", "'")
    assert "2 people pressed join on the patient's side, the last one just now" in said
    assert "Somebody may be waiting in the lobby" in said

    world.clock.advance(minutes=9, seconds=59)
    assert "9 minutes ago" in live(browser, address)[1]
    world.clock.advance(seconds=1)
    faded = live(browser, address)[1]
    assert "10 minutes ago, not seen since" in faded
    assert "Somebody may be waiting in the lobby" in faded
    Browser(world).launch_as_patient(ALEX)
    both = live(browser, address)[1]
    assert "The patient pressed join just now" in both
    assert "The patient pressed join 10 minutes ago, not seen since" in both


def test_other_clinicians_are_shown_and_never_oneself() -> None:
    """An interpreter signs in like any clinician."""
    world = linked()
    browser, address = opened(world)
    assert "clinician" not in live(browser, address)[1]
    sam = Browser(world)
    sam.launch(SAM)
    assert "Another clinician opened the visit just now" in live(browser, address)[1]


def test_the_live_part_is_not_sent_again_while_nothing_changes() -> None:
    """An ETag, and 304 for whoever has it; it changes nothing, also not by HEAD."""
    world = linked()
    browser, address = opened(world)
    first = browser.get(address.replace("/visit/", "/live/"))
    etag = first.headers["ETag"]
    assert etag in browser.get(address).html.replace("&#34;", '"')
    before = (world.sessions.rows.values(), world.attendees.rows.values())
    assert live(browser, address, etag) == (304, "")
    assert browser.get(address.replace("/visit/", "/live/"), "HEAD").html == ""
    assert before == (world.sessions.rows.values(), world.attendees.rows.values())
    Browser(world).launch_as_patient()
    assert live(browser, address, etag)[0] == 200


@pytest.mark.parametrize("headers", [{}, {"purpose": "prefetch"}, {"x_moz": "prefetch"}])
def test_head_and_prefetches_open_nothing(headers: dict[str, str]) -> None:
    """The page still opens Teams for whoever then looks at it."""
    world = linked()
    browser = Browser(world)
    browser.launch()
    address = visit_url(browser)
    assert browser.get(address, "GET" if headers else "HEAD", **headers).html == ""
    assert [each.pressed_join for each in persons(world, Role.STAFF)] == [None]
    assert opens_by_itself(browser.get(address))


def test_a_meeting_that_is_not_ready_is_waited_for() -> None:
    """The page goes on by itself, says so, and soon says that the patient can be called."""
    world = linked()
    graph_fails(world, GraphUnavailable, GraphUnavailable)
    browser, address = opened(world)
    assert browser.page.status == 503
    assert "call the patient by phone" in text_of(browser.page)
    assert browser.page.headers["Refresh"] == "10"
    while not opens_by_itself(browser.get(address)):
        world.clock.advance(seconds=10)
        assert world.clock.now < START + minutes(3)
    assert MEETING in browser.page.html


def test_a_meeting_that_somebody_else_prepares_is_asked_for_every_second() -> None:
    """Two clinicians press at once: one meeting."""
    world = linked()
    pages: list[Page] = []

    def meanwhile(call: str) -> None:
        if call == "graph.create_or_get" and not pages:
            world.line.before = lambda call: None
            other = Browser(world)
            other.launch(SAM)
            pages.append(other.follow())

    world.line.before = meanwhile
    browser, _ = opened(world)
    assert MEETING in browser.page.html
    assert pages[0].headers["Refresh"] == "1"
    assert "Your visit is being prepared" in text_of(pages[0])
    assert world.graph.asked["create_or_get"] == 1


def test_a_prepared_visit_opens_while_graph_is_down() -> None:
    """Nothing of Graph is on the way of a launch."""
    world = linked()
    prepared(world)
    asked = dict(world.graph.asked)
    browser, _ = opened(world)
    assert MEETING in browser.page.html
    assert dict(world.graph.asked) == asked


def test_a_lobby_that_stays_open_lets_the_clinician_in_and_says_so() -> None:
    """Three answers that do not show it closed: patients are kept out, clinicians are told."""
    world = linked()
    world.graph.shown = ("everyone", "everyone")
    browser, address = opened(world)
    for _ in range(30):
        world.clock.advance(seconds=60)
        browser.get(address)
    assert MEETING in browser.page.html
    assert "The lobby could not be set" in text_of(browser.page)


@pytest.mark.parametrize(
    "call",
    [
        "sessions.load",
        "connections.find",
        "appointments.load",
        "visits.load",
        "attendees.of",
        "attendees.record",
        "sessions.replace",
    ],
)
def test_storage_trouble_is_a_page_and_passes(call: str) -> None:
    """A reload a moment later shows the visit."""
    world = linked()
    prepared(world)
    browser = Browser(world)
    browser.launch()
    address = visit_url(browser)
    world.line.before = unavailable(call, times=1)
    assert told(browser.get(address)) == (503, "storage_unavailable")
    assert MEETING in browser.get(address).html


def test_the_live_part_of_storage_trouble_ends_nothing() -> None:
    """The script looks again after a 503, and reloads the page after a 4xx."""
    world = linked()
    browser, address = opened(world)
    world.line.before = unavailable("attendees.of", times=1)
    assert live(browser, address)[0] == 503
    assert live(browser, address)[0] == 200


def test_a_cancelled_visit_shows_at_the_next_look() -> None:
    """The page reads the appointment as it is now."""
    world = linked()
    browser, address = opened(world)
    change(world, status=Status.CANCELLED)
    assert "This visit is cancelled" in text_of(browser.get(address))


@pytest.mark.parametrize(("accepted", "expected"), [("es-MX,en", "es"), ("fr", "en"), ("", "en")])
def test_clinicians_read_in_their_browsers_language(accepted: str, expected: str) -> None:
    """Whatever the patient speaks."""
    browser, _ = opened(linked(language="zh-Hans"), headers={"accept-language": accepted})
    assert browser.page.headers["Content-Language"] == expected


def test_no_page_names_anybody() -> None:
    """Neither the clinician, but for a mask, nor the patient."""
    browser, _ = opened(linked())
    assert "dana@lamna.example" not in browser.page.html
    assert DANA.id not in browser.page.html
