"""A callback that cannot be finished: Epic, the id_token, or storage fails (row 11)."""

from __future__ import annotations

import pytest

from local.memory.sign_in import DANA
from shared_code.connections.domain import ConnectionStatus
from shared_code.errors import ConnectorError, Refused
from shared_code.launching.domain.errors import (
    KEYS_NOT_ACCEPTED,
    LAUNCH_START_AGAIN,
    LAUNCHING_NOT_CONFIGURED,
)
from shared_code.launching.domain.launch import Door
from shared_code.outbound.errors import AnswerTooLarge, NoAnswer, NotReached, Phase
from shared_code.security.tokens import TokenRefused, Why
from shared_code.smart.errors import (
    EPIC_CODE_REFUSED,
    EPIC_UNAVAILABLE,
    TOKEN_ANSWER_UNREADABLE,
    ClientRefused,
    CodeRefused,
    EpicUnavailable,
)
from tests.unit.launching.scene import (
    MEETING,
    callback,
    connect,
    launch_url,
    opened,
    problems,
    sent_to_epic,
    started,
    stored,
    text_of,
    told,
)
from tests.world.launches import Browser
from tests.world.line import unavailable

AGAIN = (400, LAUNCH_START_AGAIN.code)


@pytest.mark.parametrize("changes", [{"visits": None}, {"epic": None}, {"approved_before": False}])
def test_a_connection_that_was_withdrawn_meanwhile_opens_nothing(changes: dict[str, bool]) -> None:
    """The code is not sent to Epic any more."""
    world, browser, url = started()
    connect(world, status=ConnectionStatus.PENDING_APPROVAL, **changes)

    assert told(browser.get(url)) == (503, LAUNCHING_NOT_CONFIGURED.code)
    assert world.epic_side.redeemed == []


TROUBLES: tuple[tuple[ConnectorError, tuple[int, str]], ...] = (
    (CodeRefused(), (400, EPIC_CODE_REFUSED.code)),
    (NoAnswer(Phase.NO_REPLY), AGAIN),
    (NoAnswer(Phase.SEND), AGAIN),
    (AnswerTooLarge(), AGAIN),
    (Refused(TOKEN_ANSWER_UNREADABLE), (400, TOKEN_ANSWER_UNREADABLE.code)),
    (ClientRefused(None), (503, "epic_client_refused")),
    (ClientRefused(600), (503, "epic_client_refused")),
    (EpicUnavailable(), (503, EPIC_UNAVAILABLE.code)),
    (NotReached(Phase.CONNECT), (503, "upstream_unreachable")),
)


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize(("trouble", "said"), TROUBLES)
def test_an_epic_that_does_not_redeem_gets_a_page(
    trouble: ConnectorError, said: tuple[int, str], door: Door
) -> None:
    """A code is sent once; a repetition says the same, and nothing is half-written."""
    world, browser, url = started(door)
    world.epic_side.trouble = [trouble]
    page = browser.get(url)

    assert told(page) == said
    assert stored(world)[1:] == (0, 0)
    again = browser.get(url)
    assert (told(again), text_of(again)) == (said, text_of(page))
    assert len(world.epic_side.redeemed) == 1
    refused = isinstance(trouble, ClientRefused)
    assert [code for code, _, _ in problems(world)] == [KEYS_NOT_ACCEPTED.code] * refused


@pytest.mark.parametrize(
    ("skew", "about"),
    [
        (None, "launches"),
        (0, "launches"),
        (-20, "launches"),
        (240, "Epic's clock is 4 min ahead"),
        (-3_600, "Epic's clock is 60 min behind"),
    ],
)
def test_a_refused_key_says_how_far_the_clocks_differ(skew: int | None, about: str) -> None:
    """The third of its three causes; administrators are told at once."""
    world, browser, url = started()
    world.epic_side.trouble = [ClientRefused(skew)]
    browser.get(url)
    assert problems(world) == [(KEYS_NOT_ACCEPTED.code, "lamna", about)]


@pytest.mark.parametrize("why", Why)
def test_an_identity_that_cannot_be_verified_starts_again_for_a_clinician(why: Why) -> None:
    """Whatever is wrong with the token."""
    world, browser = opened()
    page = browser.launch(TokenRefused(why))

    assert told(page) == (TokenRefused(why).info.status, "token_refused")
    assert "403" not in text_of(page)
    assert stored(world)[1:] == (0, 0)


def test_a_code_is_good_for_its_own_launch_only() -> None:
    """Swapped between two browsers, Epic refuses it: PKCE binds it to the launch."""
    world, browser, url = started()
    other = Browser(world)
    state = other.start()
    browser.get(url)

    assert told(other.get(callback("code-1", state))) == (400, EPIC_CODE_REFUSED.code)
    assert stored(world)[1] == 1


STEPS = (
    "launches.load_launch",
    "launches.replace_launch",
    "connections.find",
    "epic.redeem",
    "epic.user",
    "appointments.by_csn",
    "ehrusers.load",
    "agenda.add",
    "sessions.insert",
)


@pytest.mark.parametrize("call", STEPS)
def test_storage_that_hiccups_at_a_step_gets_a_503_page(call: str) -> None:
    """No page of a visit is half-made; the next launch works."""
    world, browser = opened()
    state, code = browser.start(), world.code(DANA)
    world.workers.clear()  # a worker that has planned nothing yet
    world.line.before = unavailable(call)
    page = browser.get(callback(code, state))

    assert told(page) == (503, "storage_unavailable")
    assert stored(world)[1:] == (0, 0)
    world.line.before = lambda _: None
    assert browser.launch().status == 303
    assert stored(world)[1] == 1


@pytest.mark.parametrize("call", [*STEPS[4:6], "attendees.record", "visits.load"])
def test_storage_that_hiccups_for_a_patient_gets_a_patients_page(call: str) -> None:
    """It says whom to call, and no meeting was joined."""
    world, browser = opened()
    world.line.before = unavailable(call)
    page = browser.launch_as_patient()

    assert told(page) == (503, "storage_unavailable")
    assert "911" in text_of(page)
    assert stored(world)[1] == 0
    again = browser.get(callback("code-1", browser.states[-1]))
    assert told(again) == (503, "storage_unavailable")
    assert world.epic_side.redeemed == ["code-1"]


def test_a_result_that_cannot_be_kept_is_still_given() -> None:
    """A repetition is told to wait, then to start again."""
    world, browser, url = started()
    world.line.before = unavailable("launches.replace_launch", first=2)

    assert browser.get(url).status == 303
    assert browser.get(url).headers["Refresh"] == "1"
    world.clock.advance(seconds=60)
    assert told(browser.get(url)) == AGAIN


def test_the_launch_of_a_patient_leads_into_the_meeting_and_again_into_the_same() -> None:
    """One click from MyChart, pressed twice."""
    world, _ = opened()
    clinician = Browser(world)
    clinician.launch()
    clinician.follow()
    clinician.sign_in()
    patient = Browser(world)

    one, other = patient.launch_as_patient(), patient.launch_as_patient()
    assert (one.status, other.status) == (302, 302)
    assert one.headers["Location"].startswith(MEETING)
    assert one.headers["Location"] == other.headers["Location"]


def test_the_addresses_of_one_launch_are_those_it_started_with() -> None:
    """A discovery that changed meanwhile changes nothing for it."""
    world, browser, url = started()
    world.epic_side.silent = NotReached(Phase.DNS)

    assert browser.get(url).status == 303
    assert browser.get(launch_url()).status == 503
    world.epic_side.silent = None
    assert sent_to_epic(browser.get(launch_url()))["launch"] == "L1"
