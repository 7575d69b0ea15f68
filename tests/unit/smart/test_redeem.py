"""The one token request of a launch (cases/launch, row 11)."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

from shared_code.errors import ConnectorError, Refused
from shared_code.outbound.errors import AnswerTooLarge, NoAnswer, NotReached, Phase
from shared_code.outbound.http import Answer
from shared_code.smart.endpoints import Endpoints
from shared_code.smart.errors import (
    EPIC_CLIENT_REFUSED,
    EPIC_CODE_REFUSED,
    EPIC_UNAVAILABLE,
    TOKEN_ANSWER_UNREADABLE,
    ClientRefused,
    CodeRefused,
    EpicUnavailable,
)
from tests.unit.smart.launch import CALLBACK, ENDPOINTS, TOKEN, Launch
from tests.unit.smart.web import CLIENT, KEYS, OAUTH, answer
from tests.world.clock import NOW
from tests.world.key_pairs import ours


@pytest.fixture
def launch() -> Launch:
    """Return a launch whose code has come."""
    return Launch()


GOOD = answer({"access_token": "a", "sessionId": "36996"})


def test_the_request_is_as_epic_wants_it(launch: Launch) -> None:
    """Code, verifier, redirect address and the client assertion, in a form."""
    assert launch.redeem(GOOD).context.session_id == "36996"

    (request,) = launch.web.requests
    form = parse_qs(request.body.decode("ascii"), strict_parsing=True)
    assert form.pop("client_assertion")
    assert form == {
        "grant_type": ["authorization_code"],
        "code": ["c+o/d=e"],
        "redirect_uri": [CALLBACK],
        "code_verifier": ["v-1"],
        "client_assertion_type": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
    }
    assert (request.method, request.url, request.largest) == ("POST", TOKEN, 65_536)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.seconds <= 5


def _assertion(launch: Launch) -> tuple[dict[str, Any], dict[str, Any]]:
    token = parse_qs(launch.web.requests[-1].body.decode("ascii"))["client_assertion"][0]
    key = jwt.PyJWK(ours().public_jwk(), "RS384")
    options: Any = {
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "verify_aud": False,
    }
    return jwt.get_unverified_header(token), jwt.decode(token, key.key, ["RS384"], options=options)


@pytest.mark.parametrize(
    "token", [TOKEN, f"{TOKEN}?site=2", "https://EPIC.lamna.example:443/Token/"]
)
def test_the_assertion_is_ours_and_short(launch: Launch, token: str) -> None:
    """RS384 by our key, for the token endpoint as discovered, for less than five minutes."""
    launch.redeem(GOOD, Endpoints(ENDPOINTS.authorize, token, OAUTH, KEYS))
    header, claims = _assertion(launch)
    now = int(NOW.timestamp())

    assert header == {"alg": "RS384", "kid": ours().kid, "typ": "JWT"}
    assert claims == {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": token,
        "jti": "jti-1",
        "iat": now - 5,
        "nbf": now - 5,
        "exp": now + 240,
    }
    assert claims["exp"] - claims["nbf"] <= 300


def test_each_request_has_an_assertion_of_its_own(launch: Launch) -> None:
    """A jti is not used twice, and the times are those of the request."""
    launch.redeem(GOOD)
    first = _assertion(launch)[1]
    launch.clock.advance(minutes=10)
    launch.redeem(GOOD)
    second = _assertion(launch)[1]

    assert first["jti"] != second["jti"]
    assert second["exp"] - first["exp"] == 600


def _error(code: object, status: int = 400, **headers: str) -> Answer:
    return answer({"error": code, "error_description": None}, status, **headers)


@pytest.mark.parametrize(
    "said", [_error("invalid_grant"), _error("INVALID_GRANT "), _error("invalid_grant", 401)]
)
def test_a_code_that_is_over_starts_again(launch: Launch, said: Answer) -> None:
    """It was used, is too old, or is another launch's."""
    with pytest.raises(CodeRefused) as refused:
        launch.redeem(said)
    assert refused.value.info is EPIC_CODE_REFUSED
    assert len(launch.web.requests) == 1


@pytest.mark.parametrize(
    ("said", "skew"),
    [
        (_error("invalid_client", 401), None),
        (_error("invalid_client"), None),
        (_error("unauthorized_client"), None),
        (_error("invalid_request"), None),
        (answer(b"<html>", 401), None),
        (answer(b"", 403), None),
        (_error("invalid_client", 401, date=format_datetime(NOW, usegmt=True)), 0),
        (_error("invalid_client", 401, date="Mon, 01 Jun 2026 14:06:30 GMT"), 390),
        (_error("invalid_client", 401, date="Mon, 01 Jun 2026 13:50:00 -0000"), -600),
        (_error("invalid_client", 401, date="yesterday"), None),
        (_error("invalid_client", 401, date="Mon, 99 Jun 2026 14:00:00 GMT"), None),
        (_error("invalid_client", 401, date=""), None),
    ],
)
def test_a_client_that_is_not_taken_is_our_side(
    launch: Launch, said: Answer, skew: int | None
) -> None:
    """With what Epic's clock says."""
    with pytest.raises(ClientRefused) as refused:
        launch.redeem(said)
    assert (refused.value.info, refused.value.clock_skew) == (EPIC_CLIENT_REFUSED, skew)
    assert len(launch.web.requests) == 1


@pytest.mark.parametrize(
    "said",
    [
        answer(b"", 503, retry_after="5"),
        answer(b"", 503),
        _error("invalid_grant", 500),
        answer(b"", 429, retry_after="\u0663"),
    ],
)
def test_an_epic_that_fails_is_unavailable(launch: Launch, said: Answer) -> None:
    """Whenever it wants to be asked again: nothing is tried a second time."""
    with pytest.raises(EpicUnavailable) as failed:
        launch.redeem(said)
    assert failed.value.info == EPIC_UNAVAILABLE
    assert len(launch.web.requests) == 1


@pytest.mark.parametrize(
    "said",
    [
        answer(b"<html>Sign in</html>", content_type="text/html"),
        answer({}),
        answer([]),
        answer(b"x" * 100_000),
        answer({"access_token": "a"}, 302, location="https://login.example/"),
        answer({"access_token": "a"}, 201),
        answer(b"<html>", 404),
        _error(None),
        _error(["invalid_grant"]),
        _error("something_else"),
    ],
)
def test_nonsense_starts_again(launch: Launch, said: Answer) -> None:
    """The code is used up, whatever that was."""
    with pytest.raises(Refused) as refused:
        launch.redeem(said)
    assert refused.value.info is TOKEN_ANSWER_UNREADABLE


@pytest.mark.parametrize(
    "silence",
    [NotReached(Phase.TLS), NoAnswer(Phase.NO_REPLY), NoAnswer(Phase.BODY), AnswerTooLarge()],
)
def test_silence_is_passed_on(launch: Launch, silence: ConnectorError) -> None:
    """It may have been taken, so it is not said a second time."""
    with pytest.raises(type(silence)):
        launch.redeem(silence)
    assert len(launch.web.requests) == 1
