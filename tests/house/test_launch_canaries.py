"""Nothing that Epic and Microsoft say of people, visits and keys is in logs, keys or problems."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared_code.errors import ConnectorError
from shared_code.identity.errors import SignInRefused
from shared_code.launching.domain.errors import LAUNCH_UNREGISTERED
from shared_code.launching.domain.launch import Door
from shared_code.launching.ports import Redemption
from shared_code.security.tokens import TokenRefused
from shared_code.smart.errors import ClientRefused, CodeRefused
from shared_code.web.frame import Page
from tests.house.recorder import Recorder, everything_logged
from tests.support.canaries import encodings, find
from tests.support.entra import TOKEN as MICROSOFT
from tests.support.entra import refusal
from tests.support.outbound import answer
from tests.world.connection import EPIC
from tests.world.launches import CSN, ISS, Browser
from tests.world.talkative import PERSONAL, TalkativeWorld

WORDS = PERSONAL["words of an error"]
EVENTS = {
    *("launch.started", "launch.admitted", "launch.refused", "launch.problem", "visit.shown"),
    *("sign_in.started", "sign_in.refused", "sign_in.changed", "attendance.recorded"),
    *("page.trouble", "visit.ready"),
}


@dataclass(frozen=True, slots=True)
class Played:
    """What is left of everything that was played."""

    world: TalkativeWorld
    recorder: Recorder
    refused: list[Page]


@pytest.fixture(scope="module")
def played() -> Played:
    """Launch and sign in, well and in every wrong way, and forget the account again."""
    world = TalkativeWorld()
    with everything_logged() as recorder:
        _launches(world)
        refused = [_refused(world, error) for error in _REFUSALS]
        refused += [
            world.press(Browser(world), Door.PROVIDER, f"https://{_HOST}.example/api/FHIR/R4/"),
            _with_hostile_parameters(world),
            _refused_at_microsoft(world),
            _as_foreigner(world),
        ]
        world.run_agenda()
    return Played(world, recorder, refused)


_HOST = "canaryhost"
_REFUSALS = [
    {"error": "invalid_grant", "error_description": WORDS},
    {"error": "invalid_client", "error_description": WORDS},
    [WORDS],
]


def _launches(world: TalkativeWorld) -> None:
    clinician = Browser(world)
    world.press(clinician, Door.PROVIDER)
    clinician.follow()
    assert world.sign_in(clinician).status == 200
    assert world.confirm(clinician).status == 200
    assert world.press(clinician, Door.PROVIDER).status == 303
    assert clinician.follow().status == 200
    handle = world.said["where"]
    clinician.get(f"/live/{handle}")
    clinician.post(f"/visit/{handle}/not-me")
    world.fhir_user = "Patient/eCanaryPatient3"
    patient = Browser(world)
    assert world.press(patient, Door.PATIENT).status in (302, 303)
    world.fhir_user = "Practitioner/eCanaryUser9"


def _refused(world: TalkativeWorld, content: Any) -> Page:
    world.refuses = answer(content, 400)
    page = world.press(Browser(world), Door.PROVIDER)
    world.refuses = None
    return page


def _with_hostile_parameters(world: TalkativeWorld) -> Page:
    browser = Browser(world)
    state = browser.start()
    told = "&".join(f"{name}={PERSONAL['e-mail']}" for name in ("error_description", "x", "x"))
    return browser.get(f"/launch/callback?error=access_denied&state={state}&{told}")


def _refused_at_microsoft(world: TalkativeWorld) -> Page:
    browser = Browser(world)
    world.press(browser, Door.PROVIDER)
    browser.follow()
    good = world.entra.sign_in
    world.entra.sign_in = lambda url, **changes: world.entra.answers.update(  # type: ignore[method-assign]
        {MICROSOFT: refusal("invalid_grant", f"AADSTS50076: {WORDS} {PERSONAL['e-mail']}")}
    )
    page = world.sign_in(browser)
    world.entra.sign_in = good  # type: ignore[method-assign]
    return page


def _as_foreigner(world: TalkativeWorld) -> Page:
    browser = Browser(world)
    world.press(browser, Door.PROVIDER)
    browser.follow()
    return world.sign_in(browser, preferred_username="canary.doctor_gmail#EXT#@lamna.example")


def test_all_of_it_was_played(played: Played) -> None:
    """Otherwise nothing could have leaked."""
    assert EVENTS - played.recorder.events == set()
    assert all(400 <= page.status < 500 or page.status == 503 for page in played.refused)
    told = played.world.told()
    assert {"state", "nonce", "verifier", "id_token", "handle after sign-in"} <= told.keys()
    assert [name for name in told if name.startswith("cookie __Host-visit")]
    assert told["join links"]


def test_no_log_line_says_it(played: Played) -> None:
    """At every level, with any formatter, also the lines of libraries."""
    assert find(played.recorder.logged, played.world.told()) == []
    assert find(played.recorder.logged, {"host": (_HOST,)}) == []


def test_no_page_that_refuses_repeats_it(played: Played) -> None:
    """Of the sign-in name only the page for the person who just signed in speaks."""
    sign_in_name = {"e-mail"}
    said = played.world.told()
    private = {name: texts for name, texts in said.items() if not name.startswith("handle")}
    for page in played.refused:
        shown = f"{page.html} {page.headers}".encode()
        found = set(find(shown, private)) - sign_in_name
        assert found == set()


def test_no_key_and_no_problem_says_it(played: Played) -> None:
    """
    Agenda, problems, audit and the rows of launches know hashes and fixed words. Only the problem
    of an unregistered Epic has its address.
    """
    world = played.world
    lines = list(_keys_of(world))
    written = "\n".join(lines).encode()

    assert world.problem_store.list()
    assert find(written, world.told()) == []
    named = [each for each in lines if _HOST in each]
    assert named
    assert all(LAUNCH_UNREGISTERED.code in each for each in named)


def _keys_of(world: TalkativeWorld) -> Iterator[str]:
    for rows in (world.agenda, world.problem_store):
        yield from map(repr, rows.rows.values())
    yield from map(repr, world.audit.entries)
    for launches in (world.launches.launches, world.launches.attempts, world.sessions.rows):
        yield from (str(each.key) for each in launches.values())
    for session in world.sessions.rows.values():
        yield f"{session.visit} {session.appointment} {session.user} {session.browser}"
    yield from (f"{each.connection} {each.user}" for each in world.linked_users.rows.values())
    for attendee in world.attendees.rows.values():
        yield f"{attendee.visit} {attendee.person}"
    yield from (str(visit.ref) for visit in world.visits.rows.values())
    yield from (repr(work) for _, work, _ in world.queues.sent)


def test_nothing_shows_a_secret_when_it_is_printed(played: Played) -> None:
    """In a debugger, rows of launches show no token, cookie, link or sign-in name."""
    world = played.world
    shown = "\n".join(
        repr(each)
        for rows in (
            *(world.launches.launches, world.launches.attempts, world.sessions.rows),
            *(world.linked_users.rows, world.visits.rows),
        )
        for each in rows.values()
    ).encode()
    told = {name: texts for name, texts in world.told().items() if name != "oid"}

    assert shown
    assert find(shown, told) == []


@pytest.mark.parametrize("error", [CodeRefused, ClientRefused, TokenRefused, SignInRefused])
def test_an_exception_says_nothing_of_what_came(error: type[ConnectorError]) -> None:
    """Neither itself, nor as a traceback with its causes."""
    world = TalkativeWorld()
    world.press(Browser(world), Door.PROVIDER)

    with pytest.raises(error) as caught:
        _provoke(world, error)

    lines = traceback.format_exception(caught.value)
    shown = "\n".join((repr(caught.value), str(caught.value), *lines))
    assert find(shown.encode(), world.told()) == []


def _provoke(world: TalkativeWorld, error: type[ConnectorError]) -> None:
    """Call an adapter as the stories do, with an answer that it refuses."""
    setup, launch = EPIC, world.launches.launches.values()[-1]
    if error is TokenRefused:
        world.epic.user(world.said["id_token"], setup, launch.issuer, PERSONAL["name"])
    if error is SignInRefused:
        start = world.microsoft.start(PERSONAL["launch token"])
        world.entra.answers[MICROSOFT] = refusal("invalid_grant", f"AADSTS65001: {WORDS}")
        code = {"state": PERSONAL["launch token"], "code": PERSONAL["code of Microsoft"]}
        world.microsoft.finish(start.flow, code)
    refused = "invalid_grant" if error is CodeRefused else "invalid_client"
    world.refuses = answer({"error": refused, "error_description": WORDS}, 400)
    code_of_epic, verifier = PERSONAL["code of Epic"], PERSONAL["e-mail"]
    world.epic.redeem(Redemption(setup, launch.issuer, code_of_epic, verifier, ISS))


def test_the_probe_sees_every_encoding() -> None:
    """Plain, percent-encoded, in base64, JSON, UTF-16 and hex."""
    for name, text in (PERSONAL | {"CSN": f" {CSN} "}).items():
        for encoded in encodings(text):
            assert find(b" " + encoded + b" ", {name: (text,)}) == [name]
