"""Epic's callback: forged, mixed up, or with a refusal of Epic's (rows 7 and 8)."""

from __future__ import annotations

import pytest

from local.memory.sign_in import DANA
from shared_code.launching.domain.errors import (
    LAUNCH_MIXED_UP,
    LAUNCH_NOT_ALLOWED,
    LAUNCH_REFUSED_BY_PERSON,
    LAUNCH_START_AGAIN,
    LAUNCHES_FAIL,
)
from shared_code.launching.domain.launch import Door
from shared_code.smart.errors import (
    EPIC_UNAVAILABLE,
)
from tests.unit.launching.scene import (
    callback,
    opened,
    problems,
    started,
    stored,
    text_of,
    told,
)

AGAIN = (400, LAUNCH_START_AGAIN.code)
ISSUER = "https%3A%2F%2Fepic.lamna.example%2Finterconnect-prd-oauth%2Foauth2"


FORGED = (
    "",
    "?code=code-1",
    "?state=&code=code-1",
    "?state=x&code=code-1",
    f"?state={'9' * 12}-{'a' * 26}&code=code-1",
    f"?state=202606101830-{'a' * 26}&code=code-1",
    f"?state={'x' * 5_000}&code=code-1",
    "?error=invalid_launch_token",
    "?error=%3Cscript%3E&state=nobody",
    "?state=202606101830-" + "%61" * 26 + "&code=code-1",
    "?state=../../launches&code=code-1",
    "?state=202606101830-" + "a" * 26 + "%20&code=code-1",
)


@pytest.mark.parametrize("query", FORGED)
def test_a_state_that_is_not_ours_finds_no_launch(query: str) -> None:
    """Also none at all: it never finds the latest one. Nothing is used up."""
    world, browser, url = started()

    assert told(browser.get(f"/launch/callback{query}")) == AGAIN
    assert world.epic_side.redeemed == []
    assert browser.get(url).status == 303


@pytest.mark.parametrize("more", ["&state=x", "&code=x", "&iss=a&iss=b", "&error=a&error=b"])
def test_doubled_parameters_are_refused(more: str) -> None:
    """The launch can still be finished."""
    world, browser, url = started()

    assert told(browser.get(url + more)) == (400, "launch_malformed")
    assert world.epic_side.redeemed == []
    assert browser.get(url).status == 303


@pytest.mark.parametrize("name", ["code", "state", "iss"])
def test_an_oversized_parameter_gets_a_page(name: str) -> None:
    """A code of 3,400 characters is usual, one above 6,000 is nobody's."""
    _, browser, url = started()

    page = browser.get(f"/launch/callback?{name}={'x' * 6_001}")
    assert told(page) == (413, "launch_too_long")
    assert browser.get(url).status == 303


def test_a_long_code_with_a_plus_arrives_as_it_was_sent() -> None:
    """Codes are JWTs, too."""
    world, browser = opened()
    state, code = browser.start(), "a+b" + "x" * 3_400
    world.epic_side.launch(code, DANA, "36996")

    assert browser.get(callback(code, state)).status == 303
    assert world.epic_side.redeemed == [code]


SAID = (
    ("invalid_launch_token", AGAIN),
    ("login_required", AGAIN),
    ("access_denied", (403, LAUNCH_REFUSED_BY_PERSON.code)),
    ("consent_required", (403, LAUNCH_REFUSED_BY_PERSON.code)),
    ("invalid_request", (403, LAUNCH_NOT_ALLOWED.code)),
    ("invalid_scope", (403, LAUNCH_NOT_ALLOWED.code)),
    ("invalid_client", (403, LAUNCH_NOT_ALLOWED.code)),
    ("unauthorized_client", (403, LAUNCH_NOT_ALLOWED.code)),
    ("server_error", (503, EPIC_UNAVAILABLE.code)),
    ("temporarily_unavailable", (503, EPIC_UNAVAILABLE.code)),
    ("%3Cscript%3Ealert(1)%3C%2Fscript%3E", AGAIN),
    ("INVALID_SCOPE", AGAIN),
)


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize(("error", "said"), SAID)
def test_epic_refuses_in_the_callback(error: str, said: tuple[int, str], door: Door) -> None:
    """What it says is a page in our words: description and address are not shown."""
    world, browser = opened()
    state = browser.start(door)
    more = "error_description=Secret+Name&error_uri=https%3A%2F%2Fbad.example%2F%3Ftenant%3Dx"
    page = browser.get(f"/launch/callback?error={error}&state={state}&{more}")

    assert told(page) == said
    for word in ("Secret", "bad.example", "script>alert"):
        assert word not in page.html
    assert "Lamna Healthcare" in text_of(page)
    assert world.epic_side.redeemed == []
    assert stored(world)[1:] == (0, 0)


def test_three_invalid_launches_in_ten_minutes_are_a_problem() -> None:
    """Two are not, nor three in a longer time."""
    world, browser = opened()
    for minutes, expected in ((0, 0), (5, 0), (6, 0), (3.9, 1), (1, 1)):
        world.clock.advance(minutes=minutes)
        browser.get(f"/launch/callback?error=invalid_launch_token&state={browser.start()}")
        assert len(problems(world)) == expected
    assert problems(world) == [(LAUNCHES_FAIL.code, "lamna", "launches")]


@pytest.mark.parametrize("more", [f"&iss={ISSUER}", "&session_state=q.1&foo=1&foo=2", "&ISS=x"])
def test_what_else_comes_in_the_callback_is_ignored(more: str) -> None:
    """The right issuer (RFC 9207) goes on, and so do unknown names."""
    _, browser, url = started()
    assert browser.get(url + more).status == 303


@pytest.mark.parametrize(
    "iss",
    [
        "https%3A%2F%2Fevil.example",
        ISSUER + "%2F",
        ISSUER.upper(),
        "https%3A%2F%2Fepic.lamna.example%2Finterconnect-prd-oauth%2Fapi%2FFHIR%2FR4%2F",
        "x",
    ],
)
def test_another_issuer_in_the_callback_is_mixed_up(iss: str) -> None:
    """It chooses no connection; the code is not sent anywhere."""
    world, browser, url = started()

    assert told(browser.get(f"{url}&iss={iss}")) == (403, LAUNCH_MIXED_UP.code)
    assert world.epic_side.redeemed == []


def test_a_callback_without_code_and_error_starts_again() -> None:
    """There is nothing to redeem."""
    world, browser = opened()
    assert told(browser.get(f"/launch/callback?state={browser.start()}")) == AGAIN
    assert world.epic_side.redeemed == []
