"""What tests of launches look at: where a page leads, what it says, and what is stored."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from local.memory.sign_in import DANA
from shared_code.connections.domain import Connection, Environment
from shared_code.launching.domain.launch import Door
from shared_code.web.frame import Page
from tests.world.connection import LAUNCHING
from tests.world.launches import ISS, Browser, LaunchWorld
from tests.world.visit import START
from tests.world.visiting import booked

TEST_ISS = "https://epic.lamna.example/interconnect-tst-oauth/api/FHIR/R4/"
MEETING = "https://visit.teams.microsoft.com"


def opened(**changes: Any) -> tuple[LaunchWorld, Browser]:
    """Return a hospital with the visit of the tests, booked, and the browser of somebody there."""
    world = LaunchWorld()
    world.appointments.insert(booked(**changes))
    world.clock.now = START
    return world, Browser(world)


def connect(world: LaunchWorld, **changes: Any) -> Connection:
    """Add another connection of the same kind, or change the one there is."""
    made = replace(LAUNCHING, **changes)
    world.connections.connections[made.id] = made
    return made


def connect_test(world: LaunchWorld) -> Connection:
    """Add the test environment of the same hospital."""
    assert LAUNCHING.epic is not None
    return connect(
        world,
        id="lamna-test",
        environment=Environment.TEST,
        epic=replace(LAUNCHING.epic, base_url=TEST_ISS, client_id="test-client"),
    )


def launch_url(
    iss: str = ISS, launch: str = "L1", door: Door = Door.PROVIDER, connection: str = "lamna"
) -> str:
    """Return the address that Epic's button opens."""
    path = f"/{connection}" if connection else ""
    return f"/launch/{door.value}{path}?iss={quote(iss, safe='')}&launch={quote(launch, safe='')}"


def callback(code: str, state: str) -> str:
    """Return the address that Epic sends the browser to."""
    return f"/launch/callback?code={code}&state={state}"


def started(door: Door = Door.PROVIDER) -> tuple[LaunchWorld, Browser, str]:
    """Return a launch that Epic has answered: the address of its callback."""
    world, browser = opened()
    state = browser.start(door)
    return world, browser, callback(world.code(None if door is Door.PATIENT else DANA), state)


def sent_to_epic(page: Page) -> dict[str, str]:
    """Return the parameters of Epic's authorize address, as Epic decodes them."""
    assert page.status == 302, page.html
    found = parse_qs(urlsplit(page.headers["Location"]).query, strict_parsing=True)
    return {name: values[0] for name, values in found.items()}


def code_of(page: Page) -> str:
    """Return the code that the page shows."""
    found = re.search(r"<code[^>]*>([a-z_]+)", page.html)
    assert found is not None, page.html
    return found[1]


def told(page: Page) -> tuple[int, str]:
    """Return the status of the page and its code."""
    return page.status, code_of(page)


def text_of(page: Page) -> str:
    """Return the words of the page."""
    body = re.sub(r"<(style|script).*?</\1>", "", page.html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def problems(world: LaunchWorld) -> list[tuple[str, str, str]]:
    """Return code, connection and subject of each problem."""
    kept = world.problem_store.rows.values()
    return [(each.code, each.connection, about) for each in kept for about in each.subjects]


def stored(world: LaunchWorld) -> tuple[int, int, int]:
    """Return how many launches, pages and persons are stored."""
    return (
        len(world.launches.launches.values()),
        len(world.sessions.rows.values()),
        len(world.attendees.rows.values()),
    )
