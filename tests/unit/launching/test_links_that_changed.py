"""A patient's link after its visit was moved, cancelled or handed to somebody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_code.appointments.domain import Status
from shared_code.connections.domain import ConnectionStatus, FieldPaths
from shared_code.launching.domain.errors import (
    LAUNCHING_NOT_CONFIGURED,
    VISIT_UNKNOWN,
)
from shared_code.links.domain import (
    LINK_CANCELLED,
    LINK_DEAD,
    LINK_NOT_VIRTUAL,
    LINK_UNKNOWN,
)
from tests.unit.launching.clinic import (
    MOVED,
    at,
    change,
    everything,
    goes_on,
    has_button,
    minutes,
    prepared,
    press,
    pressed,
    visit_url,
)
from tests.unit.launching.scene import text_of, told
from tests.world.connection import LAUNCHING
from tests.world.launches import Browser
from tests.world.visit import OTHER_PHONE, START
from tests.world.visiting import booked

LAPTOP = {"accept-language": "en"}


def test_a_moved_visit_says_so_and_opens_then() -> None:
    """13:30 moved to 16:00 at 13:05, the old link opened at 13:20."""
    world, browser, address = at(START - minutes(10))
    change(world, start=START + minutes(150), version=MOVED)
    browser.get(address)
    said = text_of(browser.page)
    assert "Your visit was moved" in said
    assert "4:00 PM CDT" in said
    assert "You can join from 3:45 PM CDT" in said
    assert press(browser, address) == 303
    assert (visit_url(browser), pressed(world)) == (address, 0)

    world.clock.now = START + minutes(135)
    browser.get(address)
    assert has_button(browser)
    assert press(browser, address) == 303
    assert (goes_on(browser.follow()), pressed(world)) == (True, 1)


def test_a_visit_moved_to_earlier_is_in_at_once() -> None:
    """To 11:00, opened at 10:50; the meeting is prepared at once."""
    world, browser, address = at(START - minutes(160))
    change(world, start=START - minutes(150), version=MOVED)
    browser.get(address)
    assert has_button(browser)
    press(browser, address)
    assert goes_on(browser.follow())
    assert world.graph.asked["create_or_get"] == 1


def test_a_rebooked_visit_is_never_guessed() -> None:
    """S15 for the old one and S12 for 41200: the old link says cancelled, and where to look."""
    world, browser, address = at()
    world.appointments.insert(booked("41200", key="41200"))
    change(world, status=Status.CANCELLED, version=MOVED)
    browser.get(address)
    assert told(browser.page) == (LINK_CANCELLED.status, LINK_CANCELLED.code)
    assert "If it was moved, use the link in your newest text message, or MyChart" in text_of(
        browser.page
    )
    kept = everything(world)
    press(browser, address)
    assert told(browser.page) == (LINK_CANCELLED.status, LINK_CANCELLED.code)
    assert everything(world) == kept


@pytest.mark.parametrize("late", [5, 12, 80])
def test_a_no_show_joins_by_the_text(late: int) -> None:
    """S26 arrived; the patient is only late."""
    world, browser, address = at(START + minutes(late), status=Status.CLOSED)
    prepared(world)
    browser.get(address)
    assert has_button(browser)
    assert press(browser, address) == 200
    assert pressed(world) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"virtual": False}, LINK_NOT_VIRTUAL.code),
        ({"patient_conflict": True}, LINK_DEAD.code),
        ({"phone": OTHER_PHONE}, LINK_DEAD.code),
    ],
)
def test_a_link_that_shows_nothing_opens_nothing(changes: dict[str, object], code: str) -> None:
    """The press of an old page is answered like the page."""
    world, browser, address = at()
    stored = world.appointments.load(next(iter(world.appointments.rows.values())).ref)
    assert stored is not None
    if "phone" in changes:
        made = stored.value.with_phone(OTHER_PHONE)
        world.appointments.replace(replace(made, version=MOVED), stored.etag)
    else:
        change(world, version=MOVED, **changes)
    kept = everything(world)
    press(browser, address)
    assert told(browser.page)[1] == code
    assert everything(world) == kept


@pytest.mark.parametrize("token", ["a" * 26, "x", "A" * 26, "36996"])
def test_an_unknown_link_opens_nothing(token: str) -> None:
    """And says so in the browser's language."""
    world, _, _ = at()
    browser = Browser(world, headers={"accept-language": "es"})
    press(browser, f"/v/{token}")
    assert told(browser.page) == (404, LINK_UNKNOWN.code)
    assert browser.page.headers["Content-Language"] == "es"
    assert pressed(world) == 0


def test_a_cancellation_between_page_and_press_is_noticed() -> None:
    """The appointment counts as it is at the press."""
    world, browser, address = at()
    browser.get(address)
    change(world, status=Status.CANCELLED)
    press(browser, address)
    assert told(browser.page)[1] == LINK_CANCELLED.code
    assert pressed(world) == 0


def test_a_feed_that_names_no_csn_opens_nothing() -> None:
    """Nobody gets a room of their own: call the clinic."""
    world, browser, address = at()
    change(world, csn=None)
    fields = FieldPaths(key="SCH-1.1", csn="PV1-19")
    world.configure(replace(LAUNCHING, fields=fields))
    press(browser, address)
    assert told(browser.page) == (VISIT_UNKNOWN.status, VISIT_UNKNOWN.code)
    assert pressed(world) == 0


@pytest.mark.parametrize("how", ["no visits", "not approved"])
def test_a_connection_without_visits_opens_nothing(how: str) -> None:
    """A page of yesterday still has its button."""
    world, browser, address = at()
    changes: dict[str, object] = {"visits": None}
    if how == "not approved":
        changes = {"status": ConnectionStatus.DRAFT, "approved_before": False}
    world.configure(replace(LAUNCHING, **changes))  # type: ignore[arg-type]
    press(browser, address)
    assert told(browser.page)[1] == LAUNCHING_NOT_CONFIGURED.code
    assert browser.page.status >= 500
    assert pressed(world) == 0
