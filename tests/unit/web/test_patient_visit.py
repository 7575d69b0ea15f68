"""A patient's way into the visit, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared_code.web.frame import Hospital
from shared_code.web.patient.page import link_page
from shared_code.web.patient.views import (
    HandOffView,
    Join,
    LinkView,
    TroubleView,
    Waiting,
    WaitingView,
)
from shared_code.web.patient.visit import hand_off_page, launch_trouble_page, waiting_page
from shared_code.web.trouble import Trouble
from tests.unit.texting.samples import SHIPPED
from tests.unit.web.catalogue import HOSPITAL, JOIN_LINK, OPENS, START, TOKEN, ZONE
from tests.unit.web.reading import Read, shown

PRESS = f"/v/{TOKEN}/join"
VIEW = LinkView("en", HOSPITAL, START, ZONE, "US", join=Join(PRESS))
EARLY = replace(VIEW, join=Join(PRESS, OPENS))


def test_the_button_is_a_form_of_ours() -> None:
    """One press, nothing else sent; what opens is said before."""
    page = link_page(VIEW)
    read = Read(page.html)
    assert read.of("form") == [{"method": "post", "action": PRESS}]
    assert read.of("button") == [{"class": "main"}]
    assert read.inside["button"] == "Join the visit"
    assert "You need no account and no app." in shown(page)
    assert "Refresh" not in page.headers


def test_too_early_says_when_and_looks_again() -> None:
    """In the department's zone with its abbreviation; the button is not there yet."""
    page = link_page(EARLY)
    assert page.headers["Refresh"] == "30"
    assert "You can join from 1:15 PM CDT" in shown(page)
    assert Read(page.html).of("button") == []


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    """By the abbreviation of the zone."""
    first, second = (
        replace(EARLY, join=Join(PRESS, datetime(2026, 11, 1, hour, 30, tzinfo=UTC)))
        for hour in (6, 7)
    )
    assert "from 1:30 AM CDT" in shown(link_page(first))
    assert "from 1:30 AM CST" in shown(link_page(second))


def test_a_moved_visit_keeps_its_link() -> None:
    """The new time, and the button when it is time; no other link."""
    page = link_page(replace(VIEW, moved=True))
    assert Read(page.html).inside["h1"] == "Your visit was moved"
    assert "Join the visit" in shown(page)
    assert [each["href"] for each in Read(page.html).of("a")] == [
        "tel:6085550100",
        HOSPITAL.privacy_url,
        HOSPITAL.accessibility_url,
    ]


@pytest.mark.parametrize("waiting", Waiting)
@pytest.mark.parametrize("language", SHIPPED)
def test_waiting_goes_on_by_itself(waiting: Waiting, language: str) -> None:
    """In every language, with whom to call."""
    view = WaitingView(language, HOSPITAL, waiting, 2, OPENS, ZONE, "US")
    page = waiting_page(view)
    assert page.headers["Refresh"] == "2"
    assert page.headers["Content-Language"] == language
    assert "tel:6085550100" in page.html
    assert "CDT" in shown(page)


def test_a_long_wait_says_whom_to_call() -> None:
    """With the code that they ask for."""
    view = WaitingView("en", HOSPITAL, Waiting.NOT_READY, 10, code="graph_x")
    page = waiting_page(view)
    assert "please call your clinic" in shown(page)
    assert Read(page.html).inside["code"] == "graph_x"


def test_the_hand_off_never_offers_the_app() -> None:
    """A link to press, the same to copy, and another browser."""
    page = hand_off_page(HandOffView("en", HOSPITAL, JOIN_LINK))
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    assert Read(page.html).of("a")[0] == {"class": "button", "href": JOIN_LINK}
    assert "open it in another browser" in shown(page)
    assert "app" not in shown(page).replace("happens", "").lower()


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.parametrize("language", SHIPPED)
def test_every_trouble_is_told(trouble: Trouble, language: str) -> None:
    """What happened, what to do, whom to call, and the code."""
    page = launch_trouble_page(TroubleView(language, trouble, "some_code", 403, HOSPITAL))
    read = Read(page.html)
    assert (page.status, read.inside["code"]) == (403, "some_code")
    assert read.inside["h1"].strip()
    assert "tel:6085550100" in page.html
    assert "Refresh" not in page.headers


def test_a_cancelled_visit_may_have_been_moved() -> None:
    """The newest text or MyChart knows; we do not guess."""
    page = launch_trouble_page(TroubleView("en", Trouble.CANCELLED, "visit_cancelled", 410))
    assert "use the link in your newest text message, or MyChart" in shown(page)
    assert "call your clinic" in shown(page)


def test_what_the_connection_wants_is_on_every_page() -> None:
    """Emergency sentence, notices and logo where they are configured, nothing where not."""
    with_all = waiting_page(WaitingView("en", HOSPITAL, Waiting.PREPARING, 2))
    without = waiting_page(WaitingView("en", Hospital(), Waiting.PREPARING, 2))
    read = Read(with_all.html)
    assert "In an emergency, call 911." in shown(with_all)
    assert [each["href"] for each in read.of("a")][1:] == [
        HOSPITAL.privacy_url,
        HOSPITAL.accessibility_url,
    ]
    assert [each["alt"] for each in read.of("img")] == [""]
    assert Read(without.html).of("img") == Read(without.html).of("footer") == []
