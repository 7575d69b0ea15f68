"""Epic's launch: who presses a button comes back with a code, and its rules are enforced."""

from typing import Any

import pytest

from local.simulators.epic.messages import PHONES
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import MovableClock
from tests.simulators.smart_app import (
    CLIENT,
    EC_KEY,
    KEY,
    OTHER_KEY,
    TEST_CLIENT,
    App,
    Begin,
)


@pytest.mark.parametrize(
    ("record", "who", "reference"),
    [
        ("provider", "eDana9", "Practitioner/eDana9"),
        ("provider", "eSam4", "Practitioner/eSam4"),
        ("patient", "patient", f"Patient/eAlexQ{len(PHONES)}"),
        ("patient", "eP7", "RelatedPerson/eP7"),
        ("provider", "eP7", "RelatedPerson/eP7"),
    ],
)
def test_a_launch_tells_the_app_who_opened_which_visit(
    app: App, begin: Begin, record: str, who: str, reference: str
) -> None:
    answer = app.redeem(begin(record, who)).json

    claims = app.claims(answer["id_token"])
    assert (claims["fhirUser"], claims["sub"]) == (reference, reference.split("/")[1])
    assert (claims["nonce"], claims["iss"]) == ("n-1", app.url("/oauth2"))
    assert claims["exp"] - claims["iat"] == 300
    assert answer["sessionId"] == "36996"
    assert (answer["appointment"], answer["encounter"]) == ("eAppt36996", "eEnc36996")
    assert answer["need_patient_banner"] == "false"
    assert answer["scope"].endswith(" ")


def test_an_id_token_has_the_time_of_the_moved_clock(
    app: App, begin: Begin, clock: MovableClock
) -> None:
    clock.move(days=3)

    answer = app.redeem(begin()).json

    claims = app.claims(answer["id_token"], verify_exp=False)
    assert abs(claims["iat"] - app.now.timestamp()) < 5


def test_a_state_and_a_code_come_back_to_the_registered_address(app: App, begin: Begin) -> None:
    sent = app.authorize(begin())

    assert sent.status == 302
    assert sent.headers["location"].startswith("http://localhost:7071/launch/callback?")
    assert sent.sent_back["state"] == app.state


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"client_id": "stranger"}, "client"),
        ({"client_id": TEST_CLIENT}, "client"),
        ({"redirect_uri": "http://localhost:7071/launch/callback/"}, "redirect_uri"),
        ({"redirect_uri": "http://localhost:7071/launch/callback?x=1"}, "redirect_uri"),
        ({"redirect_uri": None}, "redirect_uri"),
    ],
)
def test_a_wrong_client_or_redirect_stays_at_epic(
    app: App, begin: Begin, simulators: RunningSimulators, changes: dict[str, Any], why: str
) -> None:
    refusal = app.authorize(begin(), **changes)

    (record,) = simulators.memory.requests("epic_pages")
    assert refusal.status == 400
    assert "location" not in refusal.headers
    assert (record.verdict, record.details["why"]) == ("refused", why)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"launch": None}, "invalid_launch_token"),
        ({"launch": "guessed"}, "invalid_launch_token"),
        ({"aud": None}, "invalid_request"),
        ({"aud": "https://elsewhere.example/api/FHIR/R4/"}, "invalid_request"),
        ({"state": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "invalid_request"),
        ({"scope": "launch openid fhirUser user/Everything.write"}, "invalid_scope"),
        ({"scope": "launch"}, "invalid_scope"),
    ],
)
def test_other_mistakes_of_an_app_come_back_as_an_error(
    app: App, begin: Begin, changes: dict[str, Any], error: str
) -> None:
    begun = begin()

    refusal = app.authorize(begun, **changes)

    assert refusal.sent_back["error"] == error
    assert "code" not in refusal.sent_back
    assert "code" in app.authorize(begun).sent_back


def test_without_the_launch_scope_the_user_must_sign_in(app: App, begin: Begin) -> None:
    shown = app.authorize(begin(), scope="openid fhirUser")

    assert (shown.status, b"Sign in to Epic" in shown.body) == (200, True)


def test_a_doubled_parameter_is_refused(app: App, begin: Begin) -> None:
    begun = begin()
    place = app.configuration()["authorization_endpoint"]

    refusal = app.fetch("GET", f"{place}?client_id={CLIENT}&client_id={CLIENT}&launch=x")

    assert refusal.status == 400
    assert "code" in app.authorize(begun).sent_back


@pytest.mark.parametrize(("seconds", "usable"), [(299, True), (301, False)])
def test_a_launch_works_for_five_minutes(
    app: App, begin: Begin, clock: MovableClock, seconds: int, usable: bool
) -> None:
    begun = begin()
    clock.move(seconds=seconds)

    assert ("code" in app.authorize(begun).sent_back) == usable


def test_a_launch_works_once(app: App, begin: Begin) -> None:
    begun = begin()
    app.authorize(begun)

    assert app.authorize(begun).sent_back["error"] == "invalid_launch_token"


def test_a_launch_of_one_environment_is_unknown_in_the_other(app: App, begin: Begin) -> None:
    begun = begin("test")
    swapped = {**begun, "iss": begun["iss"].replace("-tst-", "-prd-")}

    assert app.authorize(swapped).sent_back["error"] == "invalid_launch_token"
    assert "code" in app.authorize(begun).sent_back


@pytest.mark.parametrize(("seconds", "usable"), [(59, True), (61, False)])
def test_a_code_works_for_a_minute(
    app: App, begin: Begin, clock: MovableClock, seconds: int, usable: bool
) -> None:
    code = app.authorize(begin()).sent_back["code"]
    clock.move(seconds=seconds)

    assert ("access_token" in app.token(code=code).json) == usable


def test_a_code_works_once(app: App, begin: Begin) -> None:
    code = app.authorize(begin()).sent_back["code"]
    app.token(code=code)

    refusal = app.token(code=code)

    assert (refusal.status, refusal.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"redirect_uri": "http://localhost:7071/other"},
        {"redirect_uri": None},
        {"code": "guessed"},
    ],
)
def test_a_code_is_bound_to_its_verifier_and_address(
    app: App, begin: Begin, changes: dict[str, Any]
) -> None:
    code = app.authorize(begin()).sent_back["code"]

    refusal = app.token(**{"code": code, **changes})

    assert (refusal.status, refusal.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"algorithm": "HS256", "key": b"k" * 32}, "algorithm"),
        ({"algorithm": "none", "key": None}, "algorithm"),
        ({"algorithm": "ES256", "key": EC_KEY}, "algorithm"),
        ({"kid": None}, "kid_missing"),
        ({"kid": "unknown"}, "kid"),
        ({"key": OTHER_KEY}, "signature"),
        ({"iss": TEST_CLIENT}, "client"),
        ({"sub": "somebody"}, "sub"),
        ({"aud": "https://localhost/oauth2/token"}, "aud"),
        ({"jti": None}, "jti"),
        ({"jti": "j" * 152}, "jti"),
        ({"jti": ""}, "jti"),
        ({"exp": None}, "exp_missing"),
    ],
)
def test_an_assertion_that_breaks_a_rule_is_no_client(
    app: App, begin: Begin, simulators: RunningSimulators, changes: dict[str, Any], why: str
) -> None:
    code = app.authorize(begin()).sent_back["code"]

    refusal = app.token(code=code, client_assertion=app.assertion(**changes))

    last = simulators.memory.requests("epic")[-1]
    assert (refusal.status, refusal.json) == (
        401,
        {"error": "invalid_client", "error_description": None},
    )
    assert last.details["why"] == f"assertion_{why}"
    assert "access_token" in app.token(code=code).json


@pytest.mark.parametrize(
    ("shifts", "why"),
    [
        ({"exp": -1}, "expired"),
        ({"exp": 330}, "exp_far"),
        ({"iat": 60, "exp": 240}, "future"),
        ({"nbf": 60, "exp": 240}, "future"),
        ({"iat": -120, "exp": 240}, "long"),
    ],
)
def test_an_assertion_lives_five_minutes_at_most(
    app: App, simulators: RunningSimulators, shifts: dict[str, int], why: str
) -> None:
    now = int(app.now.timestamp())

    times: dict[str, Any] = {name: now + shift for name, shift in shifts.items()}
    refusal = app.token(code="x", client_assertion=app.assertion(**times))

    assert refusal.status == 401
    assert simulators.memory.requests("epic")[-1].details["why"] == f"assertion_{why}"


def test_an_assertion_is_used_once(app: App, begin: Begin) -> None:
    assertion = app.assertion()
    first = app.token(code=app.authorize(begin()).sent_back["code"], client_assertion=assertion)

    again = app.token(code=app.authorize(begin()).sent_back["code"], client_assertion=assertion)

    assert (first.status, again.status) == (200, 401)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_every_documented_rsa_algorithm_is_accepted(app: App, begin: Begin, algorithm: str) -> None:
    code = app.authorize(begin()).sent_back["code"]

    signed = app.assertion(KEY, algorithm)

    assert app.token(code=code, client_assertion=signed).status == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_assertion_type": None}, "invalid_client"),
        ({"client_assertion": "not.a.jwt"}, "invalid_client"),
        ({"client_id": TEST_CLIENT}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
    ],
)
def test_a_token_request_of_another_kind_is_refused(
    app: App, changes: dict[str, Any], error: str
) -> None:
    assert app.token(**{"code": "x", **changes}).json["error"] == error


def test_a_code_of_the_test_system_is_redeemed_there_alone(app: App, begin: Begin) -> None:
    codes = [app.authorize(begin("test")).sent_back["code"] for _ in range(2)]
    test = "/interconnect-tst-oauth"
    endpoint = app.url("/oauth2/token", test)
    signed = app.assertion(iss=TEST_CLIENT, sub=TEST_CLIENT, aud=endpoint)

    elsewhere = app.token(code=codes[0])
    at_home = app.token(test, code=codes[1], client_assertion=signed)

    assert (elsewhere.json["error"], at_home.status) == ("invalid_grant", 200)


def test_records_of_requests_hold_no_secret(
    app: App, begin: Begin, simulators: RunningSimulators
) -> None:
    begun = begin()
    sent = app.authorize(begun)
    answer = app.token(code=sent.sent_back["code"]).json

    records = simulators.memory.requests()
    written = repr([record.as_json() for record in records])
    secrets = (
        begun["launch"],
        sent.sent_back["code"],
        answer["access_token"],
        answer["id_token"],
        app.verifier,
        app.state,
        "36996",
    )
    assert [secret for secret in secrets if secret in written] == []
    assert [(one.details["step"], one.details.get("launch")) for one in records][-2:] == [
        ("authorize", begun["number"]),
        ("token", begun["number"]),
    ]
