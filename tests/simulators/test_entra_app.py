"""Tokens of the app itself: by secret, certificate, or a managed identity's token."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from msal.exceptions import MsalServiceError

from local.simulators.entra.directory import (
    CLIENT_ID,
    EXCHANGE,
    FABRIKAM,
    LAMNA,
    PRINCIPALS,
    ROLES,
    SYSTEM_IDENTITY,
    USER_IDENTITY,
)
from local.simulators.entra.registration import ASSERTION_TYPE
from local.simulators.server import RunningSimulators, start
from tests.simulators.conftest import Desk, MovableClock
from tests.simulators.sign_in import CALLBACK, DANA, App, Browser, app

GRAPH = "https://graph.microsoft.com"
SCOPE = f"{GRAPH}/.default"


@pytest.fixture
def lamna(simulators: RunningSimulators) -> Iterator[App]:
    with app(simulators) as opened:
        yield opened


def _token(opened: App, scope: str = SCOPE) -> dict[str, Any]:
    return dict(opened.msal.acquire_token_for_client([scope]))


def _form(simulators: RunningSimulators, **changes: str | None) -> dict[str, str]:
    form = {
        "client_id": CLIENT_ID,
        "client_secret": simulators.entra.registration.secret,
        "grant_type": "client_credentials",
        "scope": SCOPE,
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}


def _credential_used(simulators: RunningSimulators) -> str:
    return str(simulators.memory.requests("entra")[-1].details["credential"])


def test_a_token_says_who_may_do_what_for_days(
    lamna: App, simulators: RunningSimulators, clock: MovableClock
) -> None:
    """The simulator of an API finds tenant, app and permissions, until the token expires."""
    result = _token(lamna)
    valid = simulators.tokens.claims(result["access_token"], {GRAPH}, clock.real_now())
    other = simulators.tokens.claims(result["access_token"], {"https://other"}, clock.real_now())
    clock.real_moved = timedelta(days=3, minutes=1)
    late = simulators.tokens.claims(result["access_token"], {GRAPH}, clock.real_now())

    assert valid == {"tid": LAMNA, "appid": CLIENT_ID, "roles": list(ROLES)}
    assert (other, late) == (None, None)
    assert result["expires_in"] >= 2 * 86_400
    assert _credential_used(simulators) == "secret"


def test_permissions_can_be_withdrawn(
    lamna: App, simulators: RunningSimulators, desk: Desk, clock: MovableClock
) -> None:
    """The next token has only the permissions that were granted."""
    desk.call("POST", "/control/entra", {"roles": []})
    token = _token(lamna)["access_token"]
    desk.call("POST", "/control/entra", {"roles": list(ROLES)})

    found = simulators.tokens.claims(token, {GRAPH}, clock.real_now())

    assert found is not None
    assert found["roles"] == []


def test_a_registered_certificate_proves_the_app(simulators: RunningSimulators) -> None:
    """MSAL signs with it (PS256); one that is not registered is refused."""
    identity = simulators.certificates.identities["epic_next"]
    pem = identity.certificate.read_text()
    credential = {"private_key": identity.key.read_text(), "public_certificate": pem}

    with app(simulators, credential=credential) as opened:
        simulators.entra.registration.change("certificates", [])
        refused = _token(opened)
    with app(simulators, credential=credential) as opened:
        simulators.entra.registration.change("certificates", [pem])
        accepted = _token(opened)

    assert refused["error_codes"] == [700027]
    assert "access_token" in accepted
    assert _credential_used(simulators) == "certificate"


@pytest.mark.parametrize(
    ("changes", "header", "code"),
    [
        ({"aud": "https://login.microsoftonline.com/token"}, {}, 700027),
        ({"sub": USER_IDENTITY}, {}, 700027),
        ({"exp": 1}, {}, 700024),
        ({}, {"x5t#S256": "AAAA"}, 700027),
    ],
    ids=["audience", "subject", "expired", "thumbprint"],
)
def test_an_assertion_of_the_certificate_is_checked(
    lamna: App, clock: MovableClock, changes: dict[str, Any], header: dict[str, str], code: int
) -> None:
    """Its audience is the token endpoint, its subject the app, and the header names it."""
    simulators = lamna.simulators
    identity = simulators.certificates.identities["epic_next"]
    simulators.entra.registration.change("certificates", [identity.certificate.read_text()])
    certificate = x509.load_pem_x509_certificate(identity.certificate.read_bytes())
    digest = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=")
    url = f"{simulators.urls['entra']}/{LAMNA}/oauth2/v2.0/token"
    soon = int(clock.real_now().timestamp()) + 600
    claims = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": url, "exp": soon}
    names = {"x5t#S256": digest.decode()}

    def answer(claims: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
        token = jwt.encode(claims, identity.key.read_text(), "PS256", headers=names)
        form = _form(
            simulators,
            client_secret=None,
            client_assertion=token,
            client_assertion_type=ASSERTION_TYPE,
        )
        return lamna.post(form)[1]

    assert "access_token" in answer(claims, names)
    assert answer({**claims, **changes}, {**names, **header})["error_codes"] == [code]


def _assertion(claims: dict[str, Any], simulators: RunningSimulators) -> dict[str, str]:
    token = simulators.entra.signer.sign(claims)
    return _form(
        simulators,
        client_secret=None,
        client_assertion=token,
        client_assertion_type=ASSERTION_TYPE,
    )


def _right(simulators: RunningSimulators, clock: MovableClock) -> dict[str, Any]:
    now = int(clock.real_now().timestamp())
    return {
        "iss": f"{simulators.urls['entra']}/{LAMNA}/v2.0",
        "aud": EXCHANGE,
        "sub": PRINCIPALS[USER_IDENTITY],
        "nbf": now - 10,
        "exp": now + 600,
    }


def test_the_managed_identity_signs_for_the_app(
    simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """azure-identity and MSAL together need no secret of the app."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", simulators.identity_header)
    with ManagedIdentityCredential(client_id=USER_IDENTITY) as identity:
        credential = {"client_assertion": lambda: identity.get_token(f"{EXCHANGE}/.default").token}
        with app(simulators, credential=credential) as opened:
            result = _token(opened)

    assert "access_token" in result
    assert _credential_used(simulators) == "federated"


def test_only_the_user_assigned_identity_can(
    simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token of the system-assigned identity has another subject."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", simulators.identity_header)
    with ManagedIdentityCredential() as identity:
        credential = {"client_assertion": lambda: identity.get_token(f"{EXCHANGE}/.default").token}
        with app(simulators, credential=credential) as opened:
            result = _token(opened)

    assert (result["error"], result["error_codes"]) == ("invalid_client", [700213])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": f"https://localhost:1/{LAMNA}/v2.0"}, 700211),
        ({"aud": EXCHANGE + "/"}, 700212),
        ({"sub": PRINCIPALS[USER_IDENTITY].upper()}, 700213),
        ({"sub": PRINCIPALS[SYSTEM_IDENTITY]}, 700213),
        ({"exp": 1}, 700024),
        ({"nbf": 99_999_999_999}, 700024),
    ],
)
def test_a_federated_credential_is_compared_exactly(
    lamna: App, clock: MovableClock, changes: dict[str, Any], code: int
) -> None:
    """Issuer, audience and subject with their case, and the times."""
    simulators = lamna.simulators
    right = _assertion(_right(simulators, clock), simulators)
    wrong = _assertion({**_right(simulators, clock), **changes}, simulators)

    assert lamna.post(right)[0] == 200
    status, answer = lamna.post(wrong)
    assert (status, answer["error_codes"]) == (401, [code])


def test_an_assertion_must_be_signed_by_a_known_key(lamna: App, clock: MovableClock) -> None:
    """After its key was withdrawn it is worth nothing."""
    form = _assertion(_right(lamna.simulators, clock), lamna.simulators)
    lamna.simulators.entra.signer.rotate(withdraw=True)

    assert lamna.post(form)[1]["error_codes"] == [700027]


@pytest.mark.parametrize(
    ("changes", "tenant", "status", "code"),
    [
        ({"client_secret": "wrong"}, LAMNA, 401, 7000215),
        ({"client_secret": None}, LAMNA, 401, 7000218),
        ({"client_secret": None, "client_assertion": "x"}, LAMNA, 401, 7000218),
        ({"client_id": "0c000000-0000-4000-8000-000000000bad"}, LAMNA, 400, 700016),
        ({"scope": GRAPH}, LAMNA, 400, 70011),
        ({"scope": "https://other.example/.default"}, LAMNA, 400, 500011),
        ({"grant_type": "password"}, LAMNA, 400, 70003),
        ({}, FABRIKAM, 400, 700016),
        ({}, "organizations", 400, 50059),
        ({}, "nowhere.example", 400, 90002),
    ],
)
def test_other_requests_are_refused(
    lamna: App, changes: dict[str, str | None], tenant: str, status: int, code: int
) -> None:
    """Each with the code that the real one answers, and with a description of its form."""
    found, answer = lamna.post(_form(lamna.simulators, **changes), tenant)

    assert (found, answer["error_codes"]) == (status, [code])
    assert answer["error_description"].startswith(f"AADSTS{code}: ")


def test_a_fault_can_be_played(lamna: App, desk: Desk) -> None:
    """A 503 of the token endpoint reaches MSAL, and the next request is answered."""
    rule = {"target": "entra", "kind": "status", "match": {"method": "POST"}}
    desk.call("POST", "/control/faults", rule)

    with pytest.raises(MsalServiceError):
        _token(lamna)

    with app(lamna.simulators) as opened:
        assert "access_token" in _token(opened)


def test_an_identity_that_is_not_assigned_is_refused(
    simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint knows the user-assigned identity by its client id, and no other."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", simulators.identity_header)
    with ManagedIdentityCredential(client_id=USER_IDENTITY) as identity:
        token = identity.get_token("https://vault.example/.default").token
    stranger = "99999999-9999-4999-8999-999999999999"

    with (
        ManagedIdentityCredential(client_id=stranger) as identity,
        pytest.raises(ClientAuthenticationError),
    ):
        identity.get_token("https://vault.example/.default")

    assert token.startswith("local.")
    assert simulators.memory.requests("msi")[-1].status == 400


@pytest.mark.parametrize(
    "document",
    [
        {"redirect_uris": CALLBACK},
        {"redirect_uris": [1]},
        {"errors": "50105"},
        {"errors": [{"code": "1"}]},
        {"errors": [{"code": "50105", "account": "nobody@lamna.example"}]},
        {"errors": [{"code": "50105", "times": "two"}]},
        {"errors": [{"code": "50105", "for": DANA}]},
        {"rotate_keys": True},
        {"secret": "x"},
    ],
)
def test_unusable_controls_are_refused_and_change_nothing(desk: Desk, document: object) -> None:
    """The answer is 400, and nothing of the document is applied."""
    before = desk.call("GET", "/control/entra")

    assert desk.try_call("POST", "/control/entra", document)[0] == 400
    assert desk.call("GET", "/control/entra") == before


def test_errors_to_play_are_shown_and_forgotten_by_a_reset(desk: Desk) -> None:
    """The registration stays."""
    document = {"redirect_uris": [CALLBACK], "errors": [{"code": "50105", "times": 2}]}
    armed = desk.call("POST", "/control/entra", document)
    desk.call("POST", "/control/reset")

    after = desk.call("GET", "/control/entra")

    assert armed["errors"] == [{"code": "50105", "account": None, "times": 2}]
    assert after["errors"] == []
    assert after["redirect_uris"] == [CALLBACK]


def test_the_registration_and_the_keys_survive_a_restart(
    tmp_path: Path, clock: MovableClock
) -> None:
    """Secret, addresses and signing keys are those of before."""
    first = start(tmp_path, clock=clock)
    try:
        with app(first) as opened:
            secret, keys = first.entra.registration.secret, opened.keys()
    finally:
        first.stop()

    second = start(tmp_path, clock=clock)
    try:
        with app(second) as opened:
            again = (second.entra.registration.redirect_uris, second.as_json()["entra_secret"])
            flow = opened.start()
            page = Browser().press(flow["auth_uri"], account=DANA)
            assert "id_token" in opened.finish(flow, page)
            assert (again, opened.keys()) == (([CALLBACK], secret), keys)
    finally:
        second.stop()
    assert "PRIVATE KEY" not in json.dumps(second.as_json())
