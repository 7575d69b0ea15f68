"""id_tokens that are good, and are not, through the client (cases/launch, rows 13 and 14)."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from shared_code.errors import ConnectorError
from shared_code.outbound.errors import NoAnswer, NotReached, Phase
from shared_code.security.tokens import TokenRefused, Why
from shared_code.smart.endpoints import Endpoints
from shared_code.smart.errors import EPIC_KEYS_UNKNOWN, KeysUnknown
from tests.unit.smart.launch import ENDPOINTS, Launch
from tests.unit.smart.web import CLIENT, KEYS, OAUTH, answer
from tests.world.clock import NOW
from tests.world.key_pairs import key_set, signed, without_kid

AT = int(NOW.timestamp())
USER: dict[str, Any] = {
    "iss": OAUTH,
    "aud": CLIENT,
    "sub": "eDana9",
    "fhirUser": "Practitioner/eDana9",
    "nonce": "n-1",
    "iat": AT,
    "exp": AT + 300,
}


@pytest.fixture
def launch() -> Launch:
    """Return a launch at an Epic with two keys."""
    launch = Launch()
    launch.web.answers[KEYS] = answer(key_set("epic", "ec-epic"))
    return launch


def _verify(launch: Launch, token: str) -> str:
    return str(launch.client.verify_user(token, ENDPOINTS, CLIENT, "n-1")["sub"])


def _changed(**changes: object) -> dict[str, Any]:
    """Return the claims; a change to None leaves the claim out."""
    return {name: value for name, value in {**USER, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("claims", "key", "alg"),
    [
        (USER, "epic", "RS256"),
        (USER, "epic", "RS384"),
        (USER, "ec-epic", "ES384"),
        (_changed(aud=[CLIENT]), "epic", "RS256"),
        (_changed(iat=AT + 1), "epic", "RS256"),
        (_changed(iat=AT + 240), "epic", "RS256"),
        (_changed(nonce=None), "epic", "RS256"),
        (_changed(exp=AT + 300.5), "epic", "RS256"),
        (_changed(exp=AT - 240), "epic", "RS256"),
        (_changed(fhirUser=None), "epic", "RS256"),
    ],
)
def test_good_tokens_are_taken(launch: Launch, claims: dict[str, Any], key: str, alg: str) -> None:
    """Of either key; clocks may differ by five minutes; a nonce must match only if it returns."""
    assert _verify(launch, signed(claims, key, alg)) == "eDana9"


def test_a_token_without_a_key_id_is_taken_where_there_is_one_key(launch: Launch) -> None:
    """Then there is no doubt."""
    launch.web.answers[KEYS] = answer(key_set("epic", kid=False))
    assert _verify(launch, without_kid(USER)) == "eDana9"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        (_changed(aud="another"), Why.AUDIENCE),
        (_changed(aud=CLIENT.upper()), Why.AUDIENCE),
        (_changed(aud=None), Why.CLAIM_MISSING),
        (_changed(exp=None), Why.CLAIM_MISSING),
        (_changed(iat=None), Why.CLAIM_MISSING),
        (_changed(sub=None), Why.CLAIM_MISSING),
        (_changed(iss=None), Why.CLAIM_MISSING),
        (_changed(iat=AT + 360), Why.NOT_YET_VALID),
        (_changed(nbf=AT + 360), Why.NOT_YET_VALID),
        (_changed(exp=AT - 360), Why.EXPIRED),
        (_changed(nonce="another"), Why.NONCE),
        (_changed(nonce=""), Why.NONCE),
        (_changed(iss="https://evil.example/oauth2"), Why.ISSUER),
        (_changed(iss=f"{OAUTH}/"), Why.ISSUER),
        (_changed(iss=OAUTH.upper()), Why.ISSUER),
    ],
)
def test_other_tokens_are_refused(launch: Launch, claims: dict[str, Any], why: Why) -> None:
    """With the reason, which is for administrators."""
    with pytest.raises(TokenRefused) as refused:
        _verify(launch, signed(claims))
    assert refused.value.why is why


def test_algorithms_come_from_a_list_and_the_key(launch: Launch) -> None:
    """Not from the token: neither `none` nor the public key as a shared secret."""
    shared = jwt.encode(USER, "k" * 64, "HS256", headers={"kid": "epic"})
    unsigned = jwt.encode(USER, "", "none", headers={"kid": "epic"})
    for token in (shared, unsigned):
        with pytest.raises(TokenRefused) as refused:
            _verify(launch, token)
        assert refused.value.why is Why.ALGORITHM


@pytest.mark.parametrize("token", ["", "opaque.Zk3", "a.b.c", "\u00e4.b.c", "x" * 100_000])
def test_what_is_no_token_is_refused(launch: Launch, token: str) -> None:
    """Whatever Epic sent."""
    with pytest.raises(TokenRefused) as refused:
        _verify(launch, token)
    assert refused.value.why is Why.MALFORMED


def test_a_new_key_is_found(launch: Launch) -> None:
    """By the first token that names it, and by the first one that an old name does not verify."""
    assert _verify(launch, signed(USER)) == "eDana9"
    launch.clock.advance(minutes=2)
    launch.web.answers[KEYS] = answer(key_set("epic-2"))
    assert _verify(launch, signed(_changed(iat=AT + 120), "epic-2")) == "eDana9"


@pytest.mark.parametrize("said", [answer(b"", 503), answer(b"<html>"), answer({"keys": []})])
def test_what_is_no_key_set_replaces_none(launch: Launch, said: Any) -> None:
    """And 300 tokens with 300 unknown keys make one request."""
    assert _verify(launch, signed(USER)) == "eDana9"
    launch.web.urls()
    launch.clock.advance(minutes=2)
    launch.web.answers[KEYS] = said
    for number in range(300):
        with pytest.raises(TokenRefused):
            _verify(launch, signed(USER, "epic", kid=f"unknown-{number}"))
    assert _verify(launch, signed(USER)) == "eDana9"
    assert launch.web.urls() == [KEYS]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (NotReached(Phase.DNS), NotReached),
        (NoAnswer(Phase.BODY), NoAnswer),
        (answer(b"", 503), NoAnswer),
    ],
)
def test_without_any_key_set_nobody_is_verified(
    launch: Launch, said: Any, error: type[ConnectorError]
) -> None:
    """That is not the token's fault."""
    launch.web.answers[KEYS] = said
    with pytest.raises(error):
        _verify(launch, signed(USER))


def test_an_epic_without_keys_is_named(launch: Launch) -> None:
    """The token's own issuer is never asked."""
    nothing = Endpoints(ENDPOINTS.authorize, ENDPOINTS.token, OAUTH, "")
    with pytest.raises(KeysUnknown) as failed:
        launch.client.verify_user(signed(USER), nothing, CLIENT, "n-1")
    assert failed.value.info is EPIC_KEYS_UNKNOWN
    assert launch.web.urls() == []
