"""Trouble on our side that passes: pages go on by themselves, and each side reads its own page."""

from __future__ import annotations

import pytest

from local.memory.sign_in import ALEX, DANA
from shared_code.errors import WRITE_CONFLICT, Conflict, ConnectorError, Refused
from shared_code.launching.domain.launch import Door
from shared_code.outbound.errors import UPSTREAM_SILENT
from shared_code.security.keys import PAYLOAD_UNREADABLE
from tests.unit.launching.clinic import (
    CLOSED,
    GUEST_LINK,
    MEETING,
    at,
    begin,
    come_back,
    hospital,
    linked,
    minutes,
    opened,
    visit_url,
)
from tests.unit.launching.scene import callback, started, text_of, told
from tests.world.launches import Browser
from tests.world.line import unavailable
from tests.world.visit import START

UNAVAILABLE = (503, "storage_unavailable")
FROM_EPIC = "service desk"
"""Whom a clinician's page says to call."""


@pytest.mark.parametrize("call", ["sessions.load", "appointments.load", "visits.load"])
def test_a_page_that_waits_outlives_a_hiccup_of_storage(call: str) -> None:
    """It had said that it goes on by itself, and does: after ten seconds it looks again."""
    world = hospital()
    browser = Browser(world)
    browser.launch_as_patient()
    address = visit_url(browser)
    world.line.before = unavailable(call, times=1)
    page = browser.get(address)

    assert told(page) == UNAVAILABLE
    assert page.headers["Refresh"] == "10"
    assert GUEST_LINK in browser.get(address).html


def test_the_page_of_a_link_outlives_a_hiccup_of_storage() -> None:
    """While it is too early it waits as well."""
    world, browser, address = at(START - minutes(20))
    world.line.before = unavailable("appointments.load", times=1)
    page = browser.get(address)
    assert told(page) == UNAVAILABLE
    assert page.headers["Refresh"] == "10"


def test_what_is_over_is_not_asked_for_again() -> None:
    """Neither is a page that belongs to somebody else."""
    world = linked()
    _, address = opened(world)
    page = Browser(world).get(address)
    assert told(page) == CLOSED
    assert "Refresh" not in page.headers


@pytest.mark.parametrize("call", ["sessions.load", "appointments.load", "ehrusers.load"])
def test_a_clinician_reads_a_clinicians_page(call: str) -> None:
    """Whatever storage did not answer, also before anything is known of the page."""
    world = linked()
    browser, address = opened(world)
    world.line.before = unavailable(call, times=1)
    page = browser.get(address)
    assert told(page) == UNAVAILABLE
    assert FROM_EPIC in text_of(page)
    assert MEETING in browser.get(address).html


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("gone", [True, False])
def test_a_launch_whose_row_is_not_there_gets_the_page_of_its_side(door: Door, gone: bool) -> None:
    """The state says for whom it was made."""
    world, browser, url = started(door)
    if gone:
        world.launches.erase(world.launches.launches.values()[0].key.bucket, 10)
    else:
        world.line.before = unavailable("launches.load_launch")
    page = browser.get(url)
    assert page.status == (400 if gone else 503)
    assert (FROM_EPIC in text_of(page)) is (door is Door.PROVIDER)


def test_a_sign_in_that_comes_back_twice_says_that_the_sign_in_goes_on() -> None:
    """Not that a visit is being prepared."""
    world = hospital()
    browser = Browser(world)
    state = begin(browser)
    world.line.after = unavailable("microsoft.finish")
    come_back(browser, state)
    world.line.after = lambda call: None
    page = come_back(browser, state)
    assert "Your sign-in goes on by itself" in text_of(page)
    assert page.headers["Refresh"] == "1"
    assert 'http-equiv="refresh"' not in page.html


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Conflict(), (503, WRITE_CONFLICT.code)),
        (Refused(PAYLOAD_UNREADABLE), (503, PAYLOAD_UNREADABLE.code)),
        (Refused(UPSTREAM_SILENT), (503, UPSTREAM_SILENT.code)),
    ],
)
@pytest.mark.parametrize(("user", "door"), [(DANA, Door.PROVIDER), (ALEX, Door.PATIENT)])
def test_a_repetition_says_what_the_first_one_said(
    error: ConnectorError, expected: tuple[int, str], user: object, door: Door
) -> None:
    """Also of trouble that is not of launches."""
    world, browser, _ = started(door)
    url = callback(world.code(user), browser.states[-1])  # type: ignore[arg-type]

    def fails(call: str) -> None:
        if call == "appointments.by_csn":
            raise error

    world.line.before = fails
    assert told(browser.get(url)) == expected
    assert told(browser.get(url)) == expected
