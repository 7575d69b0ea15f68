"""What launches leave in logs, keys, problems and the audit: nothing of anybody."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from local.memory.sign_in import ALEX, DANA, MOTHER
from shared_code.launching.domain.launch import Door
from shared_code.outbound.errors import NoAnswer, Phase
from shared_code.security.tokens import TokenRefused, Why
from shared_code.smart.errors import ClientRefused
from shared_code.smart.token_answer import LaunchContext
from tests.support.canaries import find
from tests.unit.launching.scene import callback, launch_url, opened
from tests.world.launches import Browser, LaunchWorld
from tests.world.line import unavailable
from tests.world.logs import captured_logs

Play = Callable[[LaunchWorld, Browser], None]
SECRET_CONTEXT = LaunchContext(session_id="36996", patient="eAlexQ1", appointment="eAppt36996")


def _clinician(world: LaunchWorld, browser: Browser) -> None:
    browser.launch(DANA, SECRET_CONTEXT)
    browser.follow()
    browser.sign_in()
    browser.launch(DANA, SECRET_CONTEXT)
    browser.follow()


def _patients(world: LaunchWorld, browser: Browser) -> None:
    for user in (ALEX, MOTHER, None):
        browser.launch(user, SECRET_CONTEXT, Door.PATIENT)
        if browser.page.status == 303:
            browser.follow()


def _repeated(world: LaunchWorld, browser: Browser) -> None:
    browser.launch(DANA)
    for seconds in (1, 60, 600):
        browser.get(callback("code-1", browser.states[-1]))
        world.clock.advance(seconds=seconds)


def _refused(world: LaunchWorld, browser: Browser) -> None:
    for error in (TokenRefused(Why.NONCE), ClientRefused(9), NoAnswer(Phase.BODY)):
        browser.launch(error, SECRET_CONTEXT)
        browser.launch(error, SECRET_CONTEXT, Door.PATIENT)
    more = "error_description=TESTPATIENT+pat%40example.org&error_uri=https%3A%2F%2Fx%2F36996"
    for said in ("invalid_launch_token", "TESTPATIENT", "server_error"):
        browser.get(f"/launch/callback?error={said}&state={browser.start()}&{more}")


def _hostile(world: LaunchWorld, browser: Browser) -> None:
    browser.get(launch_url("https://epic.lamna.example/TESTPATIENT/36996"))
    browser.get(launch_url("https://pat@example.org/", connection=""))
    browser.get(launch_url(connection="36996"))
    browser.get("/launch/callback?state=36996&code=TESTPATIENT")


def _elsewhere(world: LaunchWorld, browser: Browser) -> None:
    state = browser.start()
    other = Browser(world)
    other.start()
    other.get(callback("code-36996", state))
    browser.get(callback("code-36996", state) + "&iss=https%3A%2F%2F36996")


def _hiccup(world: LaunchWorld, browser: Browser) -> None:
    for call in ("launches.replace_launch", "sessions.insert", "problems.change"):
        world.line.before = unavailable(call)
        browser.launch(DANA, SECRET_CONTEXT)
        browser.launch(None, LaunchContext(), Door.PATIENT)
    world.line.before = unavailable()


PLAYS = (_clinician, _patients, _repeated, _refused, _hostile, _elsewhere, _hiccup)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.__name__)
def test_no_log_line_holds_a_token_a_name_a_link_or_the_csn(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    """At any level, of any logger, with any formatter."""
    caplog.set_level(logging.DEBUG)
    world, browser = opened()
    with captured_logs() as written:
        play(world, browser)
    records = [f"{each.getMessage()} {vars(each)!r}" for each in caplog.records]
    logged = "\n".join([written.getvalue(), *records]).encode()

    assert b"launch." in logged
    assert find(logged) == []
    assert find(logged, secrets_of(world, browser)) == []


def secrets_of(world: LaunchWorld, browser: Browser) -> dict[str, tuple[str, ...]]:
    """Return what would let somebody go on, or says who it is."""
    launches = world.launches.launches.values()
    meetings = [each.join_url for each in world.graph.made.values()]
    groups = {
        "state": browser.states,
        "cookie": [*browser.jar.values(), *(each.browser for each in world.sessions.rows.values())],
        "verifier": [each.verifier for each in launches],
        "nonce": [each.nonce for each in launches],
        "handle": [each.result.handle for each in launches],
        "meeting": meetings,
        "code": list(world.epic_side.codes),
        "user": ["eDana9", "eAlexQ1", "eP7", "dana@lamna.example"],
    }
    return {name: tuple(filter(None, each)) for name, each in groups.items() if any(each)}


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.__name__)
def test_nothing_that_is_kept_in_clear_names_anybody(play: Play) -> None:
    """Row keys, agenda rows, problems and the audit."""
    world, browser = opened()
    play(world, browser)
    kept = [
        *(repr(each.key) for each in world.launches.launches.values()),
        *(repr(each) for each in world.sessions.rows.values()),
        *(repr(each) for each in world.agenda.rows.values()),
        *(repr(each) for each in world.problem_store.rows.values()),
        *(repr(each) for each in world.audit.entries),
        *(repr(each) for each in world.linked_users.rows.values()),
        *(f"{each.visit} {each.person}" for each in world.attendees.rows.values()),
    ]

    assert kept
    assert find("\n".join(kept).encode()) == []
    people = {"user": ("eDana9", "eAlexQ1", "eP7", "dana@lamna.example")}
    assert find("\n".join(kept).encode(), people) == []
