"""Launches of an installation, or of a connection, in which nobody could sign in."""

from __future__ import annotations

from dataclasses import replace

from shared_code.launching.domain.errors import LAUNCHING_NOT_CONFIGURED, TENANT_DIFFERS
from shared_code.launching.domain.launch import Door
from shared_code.web.browser import BrowserRequest
from shared_code.web.launch import start_launch
from tests.unit.launching.scene import connect, launch_url, opened, problems, stored, told
from tests.world.connection import LAUNCHING


def test_an_installation_without_an_entra_application_says_so() -> None:
    """Nobody could sign in."""
    world, browser = opened()
    start = replace(world.services.launching.start, tenant="")
    request = BrowserRequest("GET", launch_url(), {})

    page = start_launch(request, Door.PROVIDER, "lamna", start)
    assert told(page) == (503, LAUNCHING_NOT_CONFIGURED.code)
    assert browser.jar == {}
    assert stored(world) == (0, 0, 0)
    assert problems(world) == []


def test_a_connection_of_another_tenant_says_so() -> None:
    """Sign-ins are those of one tenant; every clinician would be refused as a foreigner."""
    world, browser = opened()
    connect(world, id="north", tenant="2" * 8 + LAUNCHING.tenant[8:], epic=LAUNCHING.epic)

    assert told(browser.get(launch_url(connection="north"))) == (503, LAUNCHING_NOT_CONFIGURED.code)
    assert stored(world) == (0, 0, 0)
    assert problems(world) == [(TENANT_DIFFERS.code, "north", "launches")]
