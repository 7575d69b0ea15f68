"""Launches that must have no effect, or whose trouble is on our side."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared_code.launching.domain.launch import Door
from tests.unit.launching.scene import (
    launch_url,
    opened,
    problems,
    sent_to_epic,
    stored,
    told,
)
from tests.world.connection import LAUNCHING
from tests.world.launches import Browser
from tests.world.line import unavailable

LOOKING_AHEAD = (
    {"sec_purpose": "prefetch"},
    {"sec_purpose": "prefetch;prerender"},
    {"sec_purpose": "prefetch;anonymous-client-ip"},
    {"purpose": "prefetch"},
    {"purpose": "Prefetch"},
    {"x_moz": "prefetch"},
)


@pytest.mark.parametrize("headers", LOOKING_AHEAD)
@pytest.mark.parametrize("url", [launch_url(), "/launch/patient", "/launch/callback?state=x"])
def test_looking_ahead_touches_nothing(url: str, headers: dict[str, str]) -> None:
    """A prefetch gets 204 and no cookie, and no port is called."""
    world, browser = opened()
    calls = len(world.line.calls)
    page = browser.get(url, **headers)

    assert (page.status, page.html, page.cookies) == (204, "", ())
    assert world.line.calls[calls:] == []


@pytest.mark.parametrize("url", [launch_url(), "/launch/patient", "/launch/callback?state=x"])
def test_head_gets_an_empty_200(url: str) -> None:
    """Monitors and link checkers start nothing."""
    world, browser = opened()
    calls = len(world.line.calls)
    page = browser.get(url, "HEAD")

    assert (page.status, page.html, page.cookies) == (200, "", ())
    assert world.line.calls[calls:] == []


def test_each_launch_has_its_own_secrets() -> None:
    """State, nonce and PKCE challenge are new for each; the redirect is the registered one."""
    _, browser = opened()
    sent = [sent_to_epic(browser.get(launch_url())) for _ in range(20)]

    for name in ("state", "nonce", "code_challenge"):
        assert len({each[name] for each in sent}) == 20
    for each in sent:
        assert each["redirect_uri"] == "https://visits.example.org/launch/callback"
        assert each["code_challenge_method"] == "S256"
        assert each["response_type"] == "code"
        assert LAUNCHING.epic is not None
        assert each["client_id"] == LAUNCHING.epic.client_id


def test_400_launches_a_minute_from_one_address_are_all_started() -> None:
    """A hospital is one address; nothing is counted by it."""
    world, _ = opened()
    for _ in range(400):
        browser = Browser(world, headers={"x-forwarded-for": "203.0.113.7"})
        assert browser.get(launch_url()).status == 302
        world.clock.now += timedelta(milliseconds=150)
    assert stored(world)[0] == 400


def test_a_patients_page_is_in_the_patients_language() -> None:
    """A refused launch of a patient is said in one of twelve languages."""
    _, browser = opened()
    browser.headers["accept-language"] = "ko,en;q=0.5"
    page = browser.get("/launch/patient/lamna")
    assert '<html lang="ko"' in page.html


STEPS = ("connections.by_base_url", "connections.find", "agenda.add", "launches.insert_launch")


@pytest.mark.parametrize("call", [*STEPS, "epic.endpoints"])
@pytest.mark.parametrize("door", Door)
def test_storage_that_hiccups_gets_a_503_page(door: Door, call: str) -> None:
    """Nothing is half-written, and the next press works."""
    world, browser = opened()
    world.line.before = unavailable(call)
    page = browser.get(launch_url(door=door))

    assert told(page) == (503, "storage_unavailable")
    assert page.cookies == ()
    assert stored(world) == (0, 0, 0)
    world.line.before = unavailable()
    assert browser.get(launch_url(door=door)).status == 302


def test_a_problem_that_cannot_be_stored_stops_no_launch() -> None:
    """It is told at the next launch."""
    world, browser = opened()
    world.epic_side.elsewhere = "new.lamna.example"
    world.line.before = unavailable("problems.change")
    assert browser.get(launch_url()).status == 302
    assert problems(world) == []

    world.line.before = unavailable()
    assert browser.get(launch_url()).status == 302
    assert len(problems(world)) == 1
