"""The key set of a connection, as Epic reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import jwt
import pytest

from functions import public_keys as door
from shared_code.connections.domain import ConnectionStatus
from shared_code.connections.launch_setup import EpicSetup
from shared_code.errors import ConnectorError, NotStored, Refused
from shared_code.launching.flows.public_keys import KeySetAnswer, PublicKeys
from tests.world.connection import CONNECTION, connection
from tests.world.key_pairs import ours, pem
from tests.world.logs import captured_logs
from tests.world.world import World

EPIC = EpicSetup(
    base_url="https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4/",
    client_id="3b1c0e5a-7c1d-4e47-9c51-000000000001",
    signing_keys=("epic-signing-a", "epic-signing-b"),
)
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture
def world() -> World:
    """Return a connection that signs with one key and has published the next."""
    world = World(connection=connection(epic=EPIC))
    world.secrets.secrets.update({"epic-signing-a": pem("ours"), "epic-signing-b": pem("next")})
    return world


def _keys(world: World) -> PublicKeys:
    return world.services.launching.public_keys


def _published(world: World) -> list[dict[str, Any]]:
    body, _ = _keys(world).key_set(CONNECTION.id)
    keys: list[dict[str, Any]] = json.loads(body)["keys"]
    return keys


def test_both_keys_are_published_and_nothing_private(world: World) -> None:
    """The one that signs comes first."""
    keys = _published(world)

    assert [key["kid"] for key in keys] == [ours("ours").kid, ours("next").kid]
    for key in keys:
        assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
        assert (key["kty"], key["use"], key["alg"], key["e"]) == ("RSA", "sig", "RS384", "AQAB")
        assert not PRIVATE & set(key)


def test_epic_can_verify_what_we_sign(world: World) -> None:
    """With the published key of that id alone."""
    token = ours("next").sign({"iss": "us"})
    kid = jwt.get_unverified_header(token)["kid"]
    (key,) = [jwt.PyJWK(key) for key in _published(world) if key["kid"] == kid]
    assert jwt.decode(token, key.key, ["RS384"]) == {"iss": "us"}


@pytest.mark.parametrize("status", ConnectionStatus)
def test_keys_are_published_before_approval(world: World, status: ConnectionStatus) -> None:
    """Epic reads them up to 29 hours late."""
    world.configure(connection(epic=EPIC, status=status, approved_before=False))
    assert len(_published(world)) == 2


@pytest.mark.parametrize("secret", [None, "", "no key", pem("ec-epic")])
def test_a_key_that_cannot_be_used_does_not_hide_the_other(
    world: World, secret: str | None
) -> None:
    """It is logged, without a word of it."""
    world.secrets.secrets.pop("epic-signing-a")
    if secret is not None:
        world.secrets.secrets["epic-signing-a"] = secret

    with captured_logs() as log:
        assert [key["kid"] for key in _published(world)] == [ours("next").kid]
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["event"], line["connection"]) == ("launching.key_unusable", CONNECTION.id)
    world.secrets.secrets.pop("epic-signing-b")
    with pytest.raises(NotStored):
        _keys(world).key_set(CONNECTION.id)


@pytest.mark.parametrize("connection_id", ["nobody", "LAMNA", "", "../lamna"])
def test_an_unknown_connection_is_not_found(world: World, connection_id: str) -> None:
    """As is one without an Epic."""
    with pytest.raises(Refused):
        _keys(world).key_set(connection_id)
    assert _keys(world).answer(connection_id, "*").status == 404
    world.configure(CONNECTION)
    assert _keys(world).answer(CONNECTION.id, "") == KeySetAnswer(
        404,
        {"Content-Type": "application/json", "Cache-Control": "no-store"},
        b'{"error": "connection_unknown"}',
    )


def test_a_vault_that_is_away_is_said(world: World) -> None:
    """Epic keeps what it has; nothing caches the error."""

    def away(call: str) -> None:
        if call == "secrets.get":
            raise NotStored

    world.line.before = away
    answer = _keys(world).answer(CONNECTION.id, "")
    assert (answer.status, answer.headers["Cache-Control"]) == (503, "no-store")
    assert answer.body == b'{"error": "storage_unavailable"}'


def test_the_answer_may_be_kept_for_ten_minutes(world: World) -> None:
    """With an ETag that names these keys."""
    answer = _keys(world).answer(CONNECTION.id, "")
    body, etag = _keys(world).key_set(CONNECTION.id)

    assert answer == KeySetAnswer(
        200,
        {
            "Cache-Control": "public, max-age=600",
            "ETag": etag,
            "Content-Type": "application/json",
        },
        body,
    )
    world.configure(
        connection(epic=replace(EPIC, signing_keys=("epic-signing-b", "epic-signing-a")))
    )
    assert _keys(world).answer(CONNECTION.id, etag).status == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"other", {etag}', 304),
        ("*", 304),
        ('"other"', 200),
        ("", 200),
        ("{bare}", 200),
    ],
)
def test_who_has_it_gets_304(world: World, header: str, status: int) -> None:
    """RFC 9110 §13.1.2, weak comparison."""
    _, etag = _keys(world).key_set(CONNECTION.id)
    sent = header.format(etag=etag, bare=etag.strip('"'))
    answer = _keys(world).answer(CONNECTION.id, sent)

    assert (answer.status, answer.headers["ETag"]) == (status, etag)
    assert (answer.body == b"") is (status == 304)


def _call(method: str, headers: dict[str, str]) -> func.HttpResponse:
    request = func.HttpRequest(
        method,
        "https://visits.example.org/keys/lamna/jwks.json",
        headers=headers,
        route_params={"connection_id": CONNECTION.id},
        body=b"",
    )
    context: Any = SimpleNamespace(
        trace_context=SimpleNamespace(trace_parent=""), invocation_id="c0ffee"
    )
    function: Any = door.public_keys
    response: func.HttpResponse = function._function.get_user_function()(request, context)
    return response


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_door_answers_as_the_story_does(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """HEAD without a body, and no redirect."""
    services = world.services
    monkeypatch.setattr(door, "services", lambda: services)
    expected = services.launching.public_keys.answer(CONNECTION.id, "")
    found = _call(method, {})
    again = _call(method, {"If-None-Match": expected.headers["ETag"]})

    assert (found.status_code, again.status_code) == (200, 304)
    assert found.get_body() == (expected.body if method == "GET" else b"")
    assert {**expected.headers} == {**found.headers}
    assert again.get_body() == b""


def test_errors_are_our_own(world: World) -> None:
    """The story translates what it knows; nothing of the input is in an error."""
    with pytest.raises(ConnectorError) as refused:
        _keys(world).key_set("canary")
    assert "canary" not in str(refused.value)
