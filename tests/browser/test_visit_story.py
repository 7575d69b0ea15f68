"""
Two buttons and a link lead to one meeting, in a browser, on the whole machine.

One machine serves the file; each test books visits of its own, and nobody has signed in yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Playwright, expect

from local import run, stack
from local.demo.__main__ import SETTINGS
from local.demo.machine import Machine
from tests.browser.clinic import (
    DANA,
    DANAS_ACCOUNT,
    PATIENT,
    PHONE,
    PROXY,
    SAM,
    SAMS_ACCOUNT,
    Clinic,
    join_as,
    keeping_nothing,
    one_more_window,
    posts,
    press,
    shows,
    sign_in,
)

POLL = 8000
"""Milliseconds: the page looks every five seconds, and a busy machine answers a little later."""
SCRIPTS = pytest.mark.parametrize("scripts", [True, False])


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Start the whole machine, once for the file."""
    options = stack.Options(tmp_path_factory.mktemp("visit"), settings=SETTINGS)
    running = stack.start(options)
    try:
        run.connect_desk(running)
        yield Machine(running)
    finally:
        running.stop()


@pytest.fixture(scope="module")
def phones() -> Iterator[int]:
    """Number the patients' phones, so that each visit has its own."""
    return iter(range(180, 200))


@pytest.fixture
def clinic(machine: Machine, phones: Iterator[int]) -> Iterator[Clinic]:
    """Return the machine as people see it; in the end, every page that was shown is right."""
    clinic = Clinic(machine, phones)
    clinic.forget_accounts()
    yield clinic
    clinic.close()
    clinic.control("meeting", redirect=False)
    assert clinic.broken == []


def test_a_clinician_holds_a_visit(browser: Browser, clinic: Clinic) -> None:
    """Booked at the desk, begun on the schedule: one sign-in, and one tab of Teams a launch."""
    context = clinic.person(browser)
    desk = context.new_page()
    visit = clinic.book_at_the_desk(desk)
    desk.get_by_role("link", name="Schedule", exact=True).click()
    clinic.look(desk, "schedule")
    begin = desk.get_by_role("form", name=f"Begin visit {visit.key}")
    begin.get_by_role("button", name="Begin virtual visit").click()
    shows(desk, "Sign in with Microsoft, once")
    clinic.look(desk, "sign-in")
    with one_more_window(context) as opened:
        desk.get_by_role("link", name="Sign in with Microsoft").click()
    (window,) = opened
    shows(window, "Pick an account")
    clinic.look(window, "pick-account")
    window.get_by_role("button", name=DANAS_ACCOUNT).click()
    shows(window, "Are both of these you?")
    clinic.look(window, "confirm")
    with one_more_window(context) as opened:
        window.get_by_role("button", name="Yes, both are me").click()
    (teams,) = opened
    shows(window, "Video visit")
    expect(window.get_by_text("You join as d…a@lamna")).to_be_visible()
    clinic.look(window, "live-nobody")
    window.reload()
    shows(window, "Video visit")
    assert context.pages == [desk, window, teams]

    clinic.look(teams, "teams-join")
    join_as(teams, account=DANAS_ACCOUNT)
    patient = clinic.person(browser, **PHONE).new_page()
    patient.goto(clinic.link(visit))
    patient.get_by_role("button", name="Join the visit").click()
    join_as(patient, name="Alex")
    shows(patient, "Someone will let you in soon")
    pressed = window.get_by_text("The patient pressed join just now.")
    expect(pressed).to_be_visible(timeout=POLL)
    clinic.look(window, "live-pressed")
    clinic.look(patient, "teams-lobby")
    teams.get_by_role("button", name="Admit Alex").click()
    expect(patient.get_by_text("You are in the meeting.")).to_be_visible()
    assert clinic.places(teams) == [("Alex", "in"), ("Dana Doctor", "in")]
    clinic.look(teams, "teams-in")
    patient.get_by_role("button", name="Leave").click()
    shows(patient, "You left the meeting")
    teams.get_by_role("button", name="End meeting").click()
    shows(teams, "The meeting has ended")
    clinic.look(teams, "teams-ended")

    clinic.machine.move_clock(seconds=30)
    with one_more_window(context) as opened:
        clinic.begin(desk, visit, DANA)
    shows(desk, "Video visit")
    expect(opened[0].get_by_role("button", name="Join now")).to_be_visible()
    assert len(context.pages) == 4


@SCRIPTS
def test_patients_press_once(browser: Browser, clinic: Clinic, scripts: bool) -> None:
    """At 390 pixels: in MyChart, or on the page behind the text's link, which only shows."""
    visit = clinic.book()
    mychart = clinic.person(browser, **PHONE, java_script_enabled=scripts).new_page()
    clinic.begin(mychart, visit, PROXY)
    join_as(mychart, name="Pat")
    shows(mychart, "Someone will let you in soon")

    phone = clinic.person(browser, **PHONE, java_script_enabled=scripts).new_page()
    posted = posts(phone)
    phone.goto(f"{clinic.machine.stack.desk_url}/phone/{quote(visit.phone)}")
    phone.get_by_role("link", name="/v/").click()
    shows(phone, "Your video visit")
    if scripts:
        clinic.look(phone, "link")
    assert posted == []
    phone.get_by_role("button", name="Join the visit").click()
    join_as(phone, name="Alex")
    shows(phone, "Someone will let you in soon")
    assert clinic.places(phone) == [("Alex", "lobby"), ("Pat", "lobby")]


@SCRIPTS
def test_a_press_passes_two_foreign_hosts(browser: Browser, clinic: Clinic, scripts: bool) -> None:
    """Back shows the page with the button, and sends nothing again."""
    visit = clinic.book()
    clinic.control("meeting", redirect=True)
    phone = clinic.person(browser, **PHONE, java_script_enabled=scripts).new_page()
    posted = posts(phone)
    phone.goto(clinic.link(visit))
    phone.get_by_role("button", name="Join the visit").click()
    expect(phone.get_by_role("button", name="Join now")).to_be_visible()
    assert urlsplit(phone.url).hostname == "127.0.0.1"
    phone.go_back()
    expect(phone.get_by_role("button", name="Join the visit")).to_be_visible()
    assert len(posted) == 1


@SCRIPTS
def test_who_is_early_waits(browser: Browser, clinic: Clinic, scripts: bool) -> None:
    """
    The button appears by itself; from MyChart, where it was pressed, the page goes on. The
    clinician's page says within five seconds who opened the visit, and who pressed.
    """
    visit = clinic.book(minutes=20)
    live = None
    if scripts:
        live = clinic.signed_in(clinic.person(browser), visit, DANA, DANAS_ACCOUNT)
        expect(live.get_by_text("It is early")).to_be_visible()
    mychart, phone = (
        clinic.person(browser, **PHONE, java_script_enabled=scripts).new_page() for _ in range(2)
    )
    clinic.wait_until_it_opens(visit, but=12)
    clinic.begin(mychart, visit, PATIENT)
    shows(mychart, "You are early")
    phone.goto(clinic.link(visit))
    expect(phone.get_by_text("You can join from")).to_be_visible()
    assert phone.get_by_role("button", name="Join the visit").count() == 0
    if live:
        opened = live.get_by_text("The patient opened the visit just now.")
        expect(opened).to_be_visible(timeout=POLL)
        for name, page in (("mychart", mychart), ("link", phone), ("live", live)):
            clinic.look(page, f"early-{name}")
    shows(mychart, "Virtual visit", 20)
    expect(phone.get_by_role("button", name="Join the visit")).to_be_visible()
    if live:
        pressed = live.get_by_text("The patient pressed join just now.")
        expect(pressed).to_be_visible(timeout=POLL)


def test_a_clinician_in_a_frame(
    playwright: Playwright, strict_browser: Browser, clinic: Clinic, tmp_path: Path
) -> None:
    """
    Third-party cookies are blocked: the sign-in has its own window, the frame's page goes on after
    it and opens nothing. Where every cookie is refused, only the way into Teams is offered.
    """
    visit = clinic.book()
    context = clinic.person(strict_browser)
    epic = context.new_page()
    clinic.begin(epic, visit, DANA, "Begin in a frame")
    frame = epic.frame_locator("iframe")
    shows(frame, "Sign in with Microsoft, once")
    clinic.look(epic, "frame-sign-in")
    with one_more_window(context) as opened:
        frame.get_by_role("link", name="Sign in with Microsoft").click()
    (window,) = opened
    with context.expect_page():
        sign_in(window, DANAS_ACCOUNT)
    shows(window, "Video visit")
    tabs = len(context.pages)
    epic.frames[1].evaluate("location.reload()")
    shows(frame, "Video visit")
    expect(frame.get_by_text("You join as d…a@lamna")).to_be_visible()
    clinic.look(epic, "frame-live")
    assert len(context.pages) == tabs
    opens_teams(context, frame)

    with keeping_nothing(playwright, tmp_path) as forgetful:
        epic = forgetful.new_page()
        clinic.begin(epic, visit, DANA, "Begin in a frame")
        frame = epic.frame_locator("iframe")
        shows(frame, "Your visit is ready")
        assert forgetful.cookies() == []
        assert frame.get_by_text("Who is there").count() == 0
        clinic.look(epic, "frame-without-cookies")
        opens_teams(forgetful, frame)


def test_a_patient_in_a_frame(strict_browser: Browser, clinic: Clinic) -> None:
    """Teams refuses frames: one more press opens it in a window."""
    visit = clinic.book()
    context = clinic.person(strict_browser)
    portal = context.new_page()
    clinic.begin(portal, visit, PATIENT, "Begin in a frame")
    frame = portal.frame_locator("iframe")
    shows(frame, "Your video visit is opening")
    clinic.look(portal, "frame-patient")
    with one_more_window(context) as opened:
        frame.get_by_role("link", name="Join now").click()
    join_as(opened[0], name="Alex")
    shows(opened[0], "Someone will let you in soon")
    assert clinic.places(opened[0]) == [("Alex", "lobby")]


def test_two_attempts_to_sign_in(browser: Browser, clinic: Clinic) -> None:
    """In two tabs, the first one finished last: each has a cookie of its own."""
    visit = clinic.book()
    context = clinic.person(browser)
    tab = context.new_page()
    clinic.begin(tab, visit, DANA)
    windows: list[Page] = []
    for _ in range(2):
        with one_more_window(context) as opened:
            tab.get_by_role("link", name="Sign in with Microsoft").click()
        shows(opened[0], "Pick an account")
        windows += opened
    for window in reversed(windows):
        sign_in(window, DANAS_ACCOUNT)
        shows(window, "Video visit")
    assert len({window.url for window in windows}) == len(windows)


def test_a_sign_in_whose_cookie_is_withheld(browser: Browser, clinic: Clinic) -> None:
    """A page of ours loads the callback once more; if nothing comes again, start again."""
    visit = clinic.book()
    context = clinic.person(browser)
    tab = context.new_page()
    clinic.begin(tab, visit, DANA)
    with one_more_window(context) as opened:
        tab.get_by_role("link", name="Sign in with Microsoft").click()
    (window,) = opened
    shows(window, "Pick an account")
    context.clear_cookies()
    asked: list[str] = []
    window.on("request", lambda request: asked.append(urlsplit(request.url).path))
    window.get_by_role("button", name=DANAS_ACCOUNT).click()
    shows(window, "This sign-in has ended")
    assert asked.count("/signin/callback") == 2
    clinic.look(window, "sign-in-over")


def test_another_clinician_on_the_computer(browser: Browser, clinic: Clinic) -> None:
    """Who launches is asked to sign in, and the page of who was there before is closed."""
    visit = clinic.book()
    context = clinic.person(browser)
    danas = clinic.signed_in(context, visit, DANA, DANAS_ACCOUNT)
    sams = clinic.signed_in(context, visit, SAM, SAMS_ACCOUNT)
    expect(sams.get_by_text("You join as s…m@lamna")).to_be_visible()
    expect(sams.get_by_text("Another clinician opened the visit")).to_be_visible()
    clinic.look(sams, "live-second-clinician")
    shows(danas, "Please start again from Epic")
    clinic.look(danas, "live-closed")


def test_the_keyboard_is_enough(browser: Browser, clinic: Clinic) -> None:
    """Tab and Enter lead a patient to the lobby, and a clinician through the sign-in to Teams."""
    visit = clinic.book()
    phone = clinic.person(browser).new_page()
    phone.goto(clinic.link(visit))
    press(phone, "Join the visit")
    expect(phone.get_by_role("button", name="Join now")).to_be_visible()
    context = clinic.person(browser)
    tab = context.new_page()
    clinic.begin(tab, visit, DANA)
    with one_more_window(context) as opened:
        press(tab, "Sign in with Microsoft")
    (window,) = opened
    shows(window, "Pick an account")
    press(window, DANAS_ACCOUNT)
    with one_more_window(context) as opened:
        press(window, "Yes, both are me")
    shows(window, "Video visit")
    with one_more_window(context) as opened:
        press(window, "Open Teams")
    expect(opened[0].get_by_role("button", name="Join now")).to_be_visible()


def opens_teams(context: BrowserContext, frame: FrameLocator) -> None:
    """Press the link in the frame, and see the meeting in a window."""
    with one_more_window(context) as opened:
        frame.get_by_role("link", name="Open Teams").click()
    expect(opened[0].get_by_role("button", name="Join now")).to_be_visible()
