"""What Epic can be made to play: every deviation that the product must live with."""

import json
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from local.simulators.epic import answers, authorize, id_tokens, launches, token
from local.simulators.epic.smart import PLAYS
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import Desk
from tests.simulators.smart_app import CLIENT, App, Begin

NO_TIMES = {"verify_exp": False, "verify_iat": False}


def _with(begin: Begin, *plays: str) -> dict[str, Any]:
    return begin(plays=list(plays))


@pytest.mark.parametrize(
    ("play", "field", "value"),
    [
        ("answer.expires_in_string", "expires_in", "3240"),
        ("answer.expires_in_null", "expires_in", None),
        ("answer.banner_bool", "need_patient_banner", True),
        ("answer.session_number", "sessionId", 36996),
        ("answer.session_list", "sessionId", ["36996"]),
        ("answer.session_object", "sessionId", {}),
        ("answer.session_bool", "sessionId", True),
        ("answer.session_casing", "SessionID", "36996"),
        ("answer.session_two_differ", "SESSIONID", "369960"),
        ("answer.session_placeholder", "sessionId", "%CSN%"),
        ("answer.session_padded", "sessionId", " 36996 "),
        ("answer.session_leading_zeros", "sessionId", "0036996"),
        ("answer.fhir_context", "fhirContext", [{"reference": "Appointment/eAppt36996"}]),
    ],
)
def test_a_token_answer_has_the_value_that_was_asked_for(
    app: App, begin: Begin, play: str, field: str, value: object
) -> None:
    assert app.redeem(_with(begin, play)).json[field] == value


@pytest.mark.parametrize(
    ("play", "field"),
    [(play, field) for play, fields in sorted(answers.DROPPED.items()) for field in fields],
)
def test_a_token_answer_lacks_the_field_that_was_left_out(
    app: App, begin: Begin, play: str, field: str
) -> None:
    assert field not in app.redeem(_with(begin, play)).json


def test_a_token_answer_can_be_large(app: App, begin: Begin) -> None:
    huge = app.redeem(_with(begin, "answer.huge"))
    many = app.redeem(_with(begin, "answer.many_fields"))

    assert len(huge.body) > 300_000
    assert len([name for name in many.json if name.startswith("extra")]) == 200


def test_any_field_of_a_token_answer_can_be_replaced(app: App, begin: Begin) -> None:
    begun = begin(answer={"sessionId": [1, None], "__epic.dstu2.patient": "T1"})

    answer = app.redeem(begun).json

    assert (answer["sessionId"], answer["__epic.dstu2.patient"]) == ([1, None], "T1")


def test_a_record_with_unknown_tokens_leaves_them_as_they_are(app: App, begin: Begin) -> None:
    answer = app.redeem(begin("placeholder")).json

    assert (answer["sessionId"], answer["csn"]) == ("%CONFERENCEID%", "%CSNN%")


@pytest.mark.parametrize(
    ("play", "user"),
    [
        ("user.foreign", "https://elsewhere.example/api/FHIR/R4/Practitioner/eDana9"),
        ("user.history", "Practitioner/eDana9/_history/2"),
        ("user.role", "PractitionerRole/eR1"),
        ("user.related", "RelatedPerson/eP7"),
        ("user.person", "Person/e5"),
        ("user.device", "Device/e1"),
        ("user.patient_empty", "Patient/"),
        ("user.missing", None),
    ],
)
def test_fhir_user_takes_every_form(app: App, begin: Begin, play: str, user: str | None) -> None:
    claims = app.claims(app.redeem(_with(begin, play)).json["id_token"])

    assert claims.get("fhirUser") == user
    assert claims["sub"]


def test_fhir_user_can_be_absolute(app: App, begin: Begin) -> None:
    begun = _with(begin, "user.absolute")

    claims = app.claims(app.redeem(begun).json["id_token"])

    assert claims["fhirUser"] == f"{begun['iss']}Practitioner/eDana9"


@pytest.mark.parametrize(
    ("play", "claim", "value"),
    [
        ("id_token.nonce_wrong", "nonce", "of-somebody-else"),
        ("id_token.no_nonce", "nonce", None),
        ("id_token.aud_list", "aud", [CLIENT]),
        ("id_token.aud_other", "aud", "0aaaaaaa-0000-4000-8000-000000000000"),
        ("id_token.iss_host", "iss", "https://elsewhere.example/oauth2"),
        ("id_token.no_exp", "exp", None),
        ("id_token.no_iat", "iat", None),
        ("id_token.no_sub", "sub", None),
    ],
)
def test_a_claim_differs(app: App, begin: Begin, play: str, claim: str, value: object) -> None:
    signed = app.redeem(_with(begin, play)).json["id_token"]

    claims = app.claims(signed, verify_aud=False, verify_sub=False)

    assert claims.get(claim) == value


@pytest.mark.parametrize(
    ("play", "claim", "seconds"),
    [
        ("id_token.iat_1_second", "iat", 1),
        ("id_token.iat_4_minutes", "iat", 240),
        ("id_token.iat_6_minutes", "iat", 360),
        ("id_token.expired", "exp", -900),
        ("id_token.exp_decimals", "exp", 300),
    ],
)
def test_a_time_is_shifted(app: App, begin: Begin, play: str, claim: str, seconds: int) -> None:
    claims = app.claims(app.redeem(_with(begin, play)).json["id_token"], **NO_TIMES)

    assert abs(claims[claim] - app.now.timestamp() - seconds) < 5


@pytest.mark.parametrize(("play", "algorithm"), sorted(id_tokens.ALGORITHMS.items()))
def test_an_id_token_is_signed_in_every_way(
    app: App, begin: Begin, play: str, algorithm: str
) -> None:
    signed = app.redeem(_with(begin, play)).json["id_token"]

    assert jwt.get_unverified_header(signed)["alg"] == algorithm
    if algorithm in {"RS384", "ES384"}:
        assert app.claims(signed)["sub"] == "eDana9"


def test_an_id_token_can_be_forged(app: App, begin: Begin) -> None:
    signed = app.redeem(_with(begin, "id_token.bad_signature")).json["id_token"]

    with pytest.raises(jwt.InvalidSignatureError):
        app.claims(signed)


@pytest.mark.parametrize(
    ("play", "kid"), [("id_token.kid_unknown", "never-published"), ("id_token.kid_missing", None)]
)
def test_a_kid_is_unknown_or_missing(app: App, begin: Begin, play: str, kid: str | None) -> None:
    signed = app.redeem(_with(begin, play)).json["id_token"]

    assert jwt.get_unverified_header(signed).get("kid") == kid


@pytest.mark.parametrize(("how", "same"), [("new_kid", False), ("same_kid", True)])
def test_keys_are_replaced_with_and_without_a_new_kid(
    app: App, begin: Begin, desk: Desk, how: str, same: bool
) -> None:
    before = app.redeem(begin()).json["id_token"]
    old = app.fetch("GET", app.configuration()["jwks_uri"]).json["keys"][0]

    desk.call("POST", "/control/epic", {"replace_keys": how})

    new = app.fetch("GET", app.configuration()["jwks_uri"]).json["keys"][0]
    after = app.redeem(begin()).json["id_token"]
    assert old["n"] != new["n"]
    assert (old["kid"] == new["kid"]) == same
    assert app.claims(after)["sub"] == "eDana9"
    with pytest.raises((jwt.InvalidSignatureError, StopIteration)):
        app.claims(before)


@pytest.mark.parametrize(("play", "fields"), sorted(authorize.ERRORS.items()))
def test_epic_refuses_in_the_callback(
    app: App, begin: Begin, play: str, fields: dict[str, str]
) -> None:
    sent = app.authorize(_with(begin, play)).sent_back

    assert sent == {**fields, "state": app.state}


def test_more_comes_back_in_the_callback(app: App, begin: Begin) -> None:
    right = app.authorize(_with(begin, "callback.iss_right", "callback.more_fields")).sent_back
    wrong = app.authorize(_with(begin, "callback.iss_wrong")).sent_back
    stateless = app.authorize(_with(begin, "callback.server_error", "callback.no_state")).sent_back

    assert (right["iss"], right["foo"], "code" in right) == (app.url("/oauth2"), "1", True)
    assert wrong["iss"] == "https://elsewhere.example/oauth2"
    assert stateless == {"error": "server_error"}


@pytest.mark.parametrize(
    ("play", "status"),
    [
        ("token.invalid_grant", 400),
        ("token.invalid_client", 401),
        ("token.unauthorized_client", 400),
        ("token.html", 200),
        ("token.empty", 200),
        ("token.list", 200),
        ("token.busy", 503),
        ("token.throttled", 429),
        ("token.broken", 500),
    ],
)
def test_the_token_endpoint_refuses_or_talks_nonsense(
    app: App, begin: Begin, play: str, status: int
) -> None:
    code = app.authorize(_with(begin, play)).sent_back["code"]

    refusal = app.token(code=code)

    assert (refusal.status, b"access_token" in refusal.body) == (status, False)
    assert refusal.headers.get("retry-after") == ("5" if status in {429, 503} else None)
    assert app.token(code=code).json["error"] == "invalid_grant"


def test_the_token_endpoints_clock_can_be_ahead(app: App, begin: Begin) -> None:
    refusal = app.redeem(_with(begin, token.CLOCK))

    skew = parsedate_to_datetime(refusal.headers["date"]) - app.now
    assert (refusal.status, round(skew.total_seconds() / 60)) == (401, 7)


def test_the_token_endpoint_can_be_silent(
    app: App, begin: Begin, simulators: RunningSimulators
) -> None:
    code = app.authorize(_with(begin, token.SILENCE)).sent_back["code"]

    with pytest.raises(TimeoutError):
        app.token(code=code, timeout=0.3)

    assert app.token(code=code).json["error"] == "invalid_grant"


@pytest.mark.parametrize("play", sorted(launches.TOKENS))
def test_a_launch_has_signs_or_is_long(app: App, begin: Begin, play: str) -> None:
    begun = _with(begin, play)

    query = urlsplit(begun["url"]).query
    assert ("%2Bcd%2F%3D%3D" in query) == (play == "launch.signs")
    assert ("launch=" + begun["launch"] in query) == (play != "launch.signs")
    assert (len(begun["launch"]) == 2900) == (play == "launch.long")
    assert "code" in app.authorize(begun).sent_back


def test_a_code_can_be_long(app: App, begin: Begin) -> None:
    code = app.authorize(_with(begin, authorize.LONG_CODE)).sent_back["code"]

    assert len(code) == 3400
    assert "access_token" in app.token(code=code).json


@pytest.mark.parametrize("play", ["iss.no_slash", "iss.upper_host", "iss.small_path"])
def test_the_base_url_is_written_in_other_ways(app: App, begin: Begin, play: str) -> None:
    begun = _with(begin, play)

    sent = app.authorize(begun)

    assert begun["iss"] != app.url("/api/FHIR/R4/")
    assert "code" in sent.sent_back


@pytest.mark.parametrize("play", ["iss.http", "iss.user_info", "iss.query", "iss.dstu2"])
def test_an_iss_can_be_another_address(app: App, begin: Begin, play: str) -> None:
    begun = _with(begin, play)

    usual = app.url("/api/FHIR/R4/")
    assert begun["iss"] != usual
    assert begun["iss"].lower().rstrip("/") != usual.lower().rstrip("/")


def test_a_launch_without_a_visit_has_no_number(app: App, begin: Begin) -> None:
    answer = app.redeem(begin(csn="", plays=["answer.session_number"])).json

    assert answer["sessionId"] == ""
    assert "appointment" not in answer


def test_what_goes_wrong_can_be_set_for_everybody_until_reset(
    app: App, begin: Begin, desk: Desk
) -> None:
    desk.call("POST", "/control/epic", {"play": ["answer.no_encounter"]})
    without = app.redeem(begin()).json
    desk.call("POST", "/control/reset")
    again = app.redeem(begin()).json

    assert ("encounter" in without, "encounter" in again) == (False, True)


@pytest.mark.parametrize(
    "document",
    [
        {"play": ["no.such"]},
        {"play": "token.html"},
        {"authorize": "ftp"},
        {"replace_keys": "yes"},
        {"clients": [{"client_id": "x"}]},
        {"clients": [{"client_id": "x", "environment": "other"}]},
        {"clients": [{"client_id": "x", "environment": "test", "keys": [{}]}]},
        {"records": [{"name": "x"}]},
        {"records": [{"unknown": 1}]},
        {"records": 1},
    ],
)
def test_an_unusable_setting_is_refused(desk: Desk, document: dict[str, Any]) -> None:
    assert desk.try_call("POST", "/control/epic", document)[0] == 400


@pytest.mark.parametrize(
    "document",
    [
        {"record": "none", "who": "eDana9"},
        {"record": "provider", "who": "nobody"},
        {"record": "provider", "who": "eDana9", "csn": 1},
        {"record": "provider", "who": "eDana9", "plays": ["no.such"]},
        {"record": "provider", "who": "eDana9", "plays": ["discovery.html"]},
        {"record": "provider", "who": "eDana9", "other": 1},
    ],
)
def test_an_unusable_launch_is_refused(app: App, desk: Desk, document: dict[str, Any]) -> None:
    assert desk.try_call("POST", "/control/epic/launch", document)[0] == 400


def test_every_play_is_named_for_people(app: App, desk: Desk) -> None:
    state = desk.call("GET", "/control/epic")

    assert state["plays"] == sorted(PLAYS)
    assert json.dumps(state).count('"keys"') == 0
