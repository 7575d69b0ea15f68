"""What Epic's base URLs say of their endpoints, and how it reads an app's keys."""

import json
from typing import Any

import jwt
import pytest

from local.faults.listener import Answer, Listener, Request, server_tls
from local.simulators.epic import discovery
from local.simulators.server import start
from tests.simulators.conftest import Desk, MovableClock
from tests.simulators.smart_app import (
    CLIENT,
    EC_KEY,
    KEY,
    OTHER_KEY,
    PRODUCTION,
    REDIRECT,
    App,
    Begin,
    public_jwk,
)

SMART = "/api/FHIR/R4/.well-known/smart-configuration"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def _uris(document: dict[str, Any], place: int = 0) -> dict[str, str]:
    (extension,) = document["rest"][place]["security"]["extension"]
    assert extension["url"] == OAUTH_URIS
    return {one["url"]: one["valueUri"] for one in extension["extension"]}


@pytest.mark.parametrize(
    "prefix", [PRODUCTION, "/interconnect-tst-oauth", "/a/deep/Interconnect-Other"]
)
def test_smart_configuration_names_the_endpoints_of_its_own_instance(app: App, prefix: str) -> None:
    found = app.configuration(prefix)

    pages = app.simulators.urls["epic_pages"]
    assert found["issuer"] == f"{app.origin}{prefix}/oauth2"
    assert found["token_endpoint"] == f"{app.origin}{prefix}/oauth2/token"
    assert found["authorization_endpoint"] == f"{pages}{prefix}/oauth2/authorize"
    assert found["code_challenge_methods_supported"] == ["S256"]


def test_openid_configuration_stands_below_the_issuer(app: App) -> None:
    issuer = app.configuration()["issuer"]

    found = app.fetch("GET", f"{issuer}/.well-known/openid-configuration").json

    assert (found["issuer"], found["jwks_uri"]) == (issuer, app.configuration()["jwks_uri"])


def test_published_keys_have_no_private_part(app: App) -> None:
    keys = app.fetch("GET", app.configuration()["jwks_uri"]).json["keys"]

    assert {key["kty"] for key in keys} == {"RSA", "EC"}
    assert all(not {"d", "p", "q", "dp", "dq", "qi"} & key.keys() for key in keys)


def test_metadata_is_right_only_for_a_client_that_says_who_it_is(app: App) -> None:
    url = app.url("/api/FHIR/R4/metadata")
    known = app.fetch("GET", url, Accept="application/json", Epic_Client_ID=CLIENT)
    unknown = app.fetch("GET", url, Accept="application/json")

    right, wrong = _uris(known.json), _uris(unknown.json)
    assert right["token"] == app.url("/oauth2/token")
    assert wrong["token"] != right["token"]
    assert len(known.json["rest"]) == 2


def test_metadata_is_xml_unless_json_is_wanted(app: App) -> None:
    shown = app.fetch("GET", app.url("/api/FHIR/R4/metadata"), Epic_Client_ID=CLIENT)

    assert shown.headers["content-type"].startswith("application/fhir+xml")
    assert shown.body.startswith(b"<CapabilityStatement")


def test_dstu2_has_metadata_only_and_keys_below_its_authorize_address(app: App) -> None:
    smart = app.fetch("GET", app.url("/api/FHIR/DSTU2/.well-known/smart-configuration"))
    document = app.fetch(
        "GET",
        app.url("/api/FHIR/DSTU2/metadata"),
        Accept="application/json",
        Epic_Client_ID=CLIENT,
    )

    issuer = _uris(document.json)["authorize"].removesuffix("/authorize")
    keys = app.fetch("GET", f"{issuer}/.well-known/openid-configuration").json
    assert smart.status == 404
    assert document.headers["content-type"].startswith("application/json+fhir")
    assert document.json["resourceType"] == "Conformance"
    assert keys["issuer"] == issuer


def test_a_launch_from_dstu2_goes_the_same_way(app: App, begin: Begin) -> None:
    assert app.redeem(begin("dstu2")).json["sessionId"] == "36996"


def test_authorize_can_be_on_https(app: App, begin: Begin, desk: Desk) -> None:
    desk.call("POST", "/control/epic", {"authorize": "https"})

    place = app.configuration()["authorization_endpoint"]

    assert place == app.url("/oauth2/authorize")
    assert "code" in app.authorize(begin()).sent_back


@pytest.mark.parametrize("path", ["/oauth2/token", SMART, "/nothing"])
def test_the_page_listener_has_the_authorize_page_alone(app: App, path: str) -> None:
    pages = app.simulators.urls["epic_pages"]

    assert app.fetch("GET", f"{pages}{PRODUCTION}{path}").status == 404


@pytest.mark.parametrize(
    ("play", "status"),
    [
        ("discovery.no_smart", 404),
        ("discovery.missing", 404),
        ("discovery.redirect", 302),
        ("discovery.html", 200),
        ("discovery.busy", 503),
        ("discovery.empty", 200),
        ("discovery.list", 200),
    ],
)
def test_discovery_answers_something_else(app: App, desk: Desk, play: str, status: int) -> None:
    desk.call("POST", "/control/epic", {"play": [play]})

    smart = app.fetch("GET", app.url(SMART))
    metadata = app.fetch("GET", app.url("/api/FHIR/R4/metadata"), Accept="application/json")

    assert (smart.status, b"token_endpoint" in smart.body) == (status, False)
    assert (metadata.status == 200 and b"rest" in metadata.body) == (play == "discovery.no_smart")


@pytest.mark.parametrize(("play", "field"), sorted(discovery.WITHOUT.items()))
def test_smart_configuration_lacks_a_field(app: App, desk: Desk, play: str, field: str) -> None:
    desk.call("POST", "/control/epic", {"play": [play]})

    assert field not in app.configuration()


@pytest.mark.parametrize(
    ("play", "token"),
    [
        ("discovery.other_host", "https://127.0.0.1:"),
        ("discovery.foreign_host", "https://elsewhere.example/"),
        ("discovery.http_token", "http://localhost:"),
    ],
)
def test_endpoints_are_elsewhere(app: App, desk: Desk, play: str, token: str) -> None:
    desk.call("POST", "/control/epic", {"play": [play]})

    assert app.configuration()["token_endpoint"].startswith(token)


def test_security_can_stand_in_the_second_rest_without_a_service_code(app: App, desk: Desk) -> None:
    plays = [discovery.SECOND_REST, discovery.NO_SERVICE_CODE]
    desk.call("POST", "/control/epic", {"play": plays})

    shown = app.fetch(
        "GET",
        app.url("/api/FHIR/R4/metadata"),
        Accept="application/json",
        Epic_Client_ID=CLIENT,
    ).json

    assert "security" not in shown["rest"][0]
    assert "service" not in shown["rest"][1]["security"]
    assert _uris(shown, 1)["token"] == app.url("/oauth2/token")


def test_any_media_type_can_be_given(app: App, desk: Desk) -> None:
    desk.call("POST", "/control/epic", {"play": [discovery.FHIR_JSON]})

    shown = app.fetch("GET", app.url(SMART))

    assert shown.headers["content-type"] == "application/fhir+json"
    assert shown.json["issuer"]


@pytest.mark.parametrize(
    ("play", "body"),
    [("keys.empty", b'{"keys": []}'), ("keys.busy", b""), ("keys.html", b"<!doctype html>")],
)
def test_the_key_address_is_no_key_set(app: App, desk: Desk, play: str, body: bytes) -> None:
    place = app.configuration()["jwks_uri"]
    desk.call("POST", "/control/epic", {"play": [play]})

    assert app.fetch("GET", place).body.startswith(body)


@pytest.mark.parametrize("play", ["discovery.silence", "keys.silence", "fhir.silence"])
def test_every_part_can_be_silent(app: App, begin: Begin, desk: Desk, play: str) -> None:
    token = app.redeem(begin()).json["access_token"]
    urls = {
        "discovery": app.url(SMART),
        "keys": app.configuration()["jwks_uri"],
        "fhir": app.url("/api/FHIR/R4/Appointment/eAppt36996"),
    }
    desk.call("POST", "/control/epic", {"play": [play]})

    with pytest.raises(TimeoutError):
        app.fetch("GET", urls[play.partition(".")[0]], timeout=0.3, Authorization=f"Bearer {token}")


def test_a_fault_can_be_played_as_for_every_simulator(app: App, desk: Desk) -> None:
    match = {"path_contains": "smart-configuration"}
    fault = {"target": "epic", "kind": "status", "status": 502, "match": match}
    desk.call("POST", "/control/faults", fault)

    assert [app.fetch("GET", app.url(SMART)).status for _ in range(2)] == [502, 200]


def test_an_app_gives_its_keys_by_an_address_that_is_read_once_more(
    app: App, begin: Begin, desk: Desk
) -> None:
    published, reads = [public_jwk(OTHER_KEY, "old")], []

    def serve(request: Request) -> Answer:
        reads.append(request.path)
        return Answer(200, json.dumps({"keys": published}).encode())

    server = app.simulators.certificates.server
    listener = Listener(serve, tls=server_tls(str(server.certificate), str(server.key)))
    listener.start()
    url = f"https://localhost:{listener.port}/keys/lamna-production/jwks.json"
    registered = {"client_id": CLIENT, "environment": "production", "redirect_uris": [REDIRECT]}
    desk.call("POST", "/control/epic", {"clients": [{**registered, "jwks_url": url}]})
    try:
        before = app.redeem(begin())
        published.append(public_jwk(KEY))
        after = [app.redeem(begin()) for _ in range(3)]
    finally:
        listener.stop()

    assert (before.status, before.json["error"]) == (401, "invalid_client")
    assert [one.status for one in after] == [200, 200, 200]
    assert reads == ["/keys/lamna-production/jwks.json"] * 3


def test_elliptic_keys_are_for_apps_with_an_address(app: App, begin: Begin, desk: Desk) -> None:
    curve = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY.public_key())) | {"kid": "ec"}
    registered = {"client_id": CLIENT, "environment": "production", "redirect_uris": [REDIRECT]}
    desk.call("POST", "/control/epic", {"clients": [{**registered, "keys": [curve]}]})
    code = app.authorize(begin()).sent_back["code"]

    refusal = app.token(code=code, client_assertion=app.assertion(EC_KEY, "ES256", "ec"))

    assert refusal.status == 401


def test_a_backend_service_needs_a_background_user(app: App, desk: Desk) -> None:
    registered = {"client_id": CLIENT, "environment": "production", "keys": [public_jwk()]}
    desk.call("POST", "/control/epic", {"clients": [{**registered, "background": True}]})

    answer = app.token(grant_type="client_credentials")

    assert (answer.status, answer.json["token_type"]) == (200, "bearer")


def test_epics_keys_and_the_schedule_survive_a_restart(
    tmp_path_factory: pytest.TempPathFactory, clock: MovableClock
) -> None:
    directory = tmp_path_factory.mktemp("kept")

    def published() -> tuple[Any, list[str]]:
        running = start(directory, clock=clock)
        try:
            desk = Desk(running.desk_url)
            if not running.bookings.appointments():
                desk.submit("/epic/book", phone="(608)555-0142", start="2026-06-10T13:30")
            page = desk.page("/epic/schedule?day=2026-06-10")
            keys = running.epic.keys.published()
            return keys, [one.key for one in running.bookings.appointments() if one.key in page]
        finally:
            running.stop()

    before, after = published(), published()

    assert before == after
    assert len(before[1]) == 1
