"""People who sign in with the real MSAL: the account picker, what comes back, what does not."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from local.simulators.entra.directory import ACCOUNTS, CLIENT_ID, FABRIKAM, LAMNA
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import Desk, MovableClock
from tests.simulators.sign_in import (
    CALLBACK,
    DANA,
    FRANK,
    GUEST,
    KIM,
    App,
    Browser,
    app,
    changed,
)


@pytest.fixture
def lamna(simulators: RunningSimulators) -> Iterator[App]:
    with app(simulators) as opened:
        yield opened


def _arm(desk: Desk, code: str, **more: object) -> None:
    desk.call("POST", "/control/entra", {"errors": [{"code": code, **more}]})


def test_an_account_signs_in(lamna: App, clock: MovableClock) -> None:
    """The id_token names the account, is signed by a published key, and has the moved time."""
    clock.move(days=40)

    result = lamna.signed_in()

    claims = lamna.claims(result["id_token"])
    assert claims["iss"] == f"{lamna.simulators.urls['entra']}/{LAMNA}/v2.0"
    assert (claims["tid"], claims["oid"]) == (LAMNA, ACCOUNTS[DANA].oid)
    assert (claims["preferred_username"], claims["name"]) == (DANA, "Dana Doctor")
    assert claims["sub"] != claims["oid"]
    assert abs(claims["iat"] - clock.now().timestamp()) < 60
    assert claims["exp"] - claims["iat"] == 3600
    assert result["expires_in"] >= 86_400


def test_the_picker_offers_every_account_and_a_way_out(lamna: App) -> None:
    """Each account is a button with its name; the page may not be framed or stored."""
    page = Browser().get(lamna.start()["auth_uri"])

    assert page.status == 200
    assert page.buttons == [
        *(f"{one.name} {one.username}" for one in ACCOUNTS.values()),
        "Cancel",
    ]
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "no-store" in page.headers["cache-control"]


def test_the_pages_are_on_plain_http_and_the_rest_is_not(lamna: App) -> None:
    """No browser warns of a certificate, and MSAL still speaks TLS."""
    found = lamna.get(f"{LAMNA}/v2.0/.well-known/openid-configuration")

    assert found["authorization_endpoint"].startswith(lamna.simulators.urls["entra_pages"])
    assert found["authorization_endpoint"].startswith("http://localhost:")
    assert found["token_endpoint"].startswith("https://localhost:")
    assert found["jwks_uri"] == f"{lamna.simulators.urls['entra']}/{LAMNA}/discovery/v2.0/keys"
    assert found["issuer"] == f"{lamna.simulators.urls['entra']}/{LAMNA}/v2.0"


def test_published_keys_are_public_and_name_no_algorithm(lamna: App) -> None:
    """As with the real ones, `alg` is missing."""
    (key,) = lamna.keys()

    assert set(key) == {"kty", "use", "kid", "n", "e"}


@pytest.mark.parametrize(
    ("username", "tenant"), [(DANA, LAMNA), (KIM, FABRIKAM)], ids=["ours", "foreign"]
)
def test_any_organization_may_sign_in_at_organizations(
    simulators: RunningSimulators, username: str, tenant: str
) -> None:
    """The tokens are issued by the tenant of the account."""
    with app(simulators, tenant="organizations") as opened:
        claims = opened.claims(opened.signed_in(username)["id_token"])
        issuer = opened.get("organizations/v2.0/.well-known/openid-configuration")["issuer"]

    assert claims["tid"] == tenant
    assert claims["iss"] == issuer.replace("{tenantid}", tenant)


def test_a_guest_is_one_by_name(lamna: App) -> None:
    """An account of another organization signs in to ours with its long name."""
    claims = lamna.claims(lamna.signed_in(GUEST)["id_token"])

    assert (claims["tid"], claims["preferred_username"]) == (LAMNA, GUEST)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "0c000000-0000-4000-8000-000000000bad"}, "700016"),
        ({"redirect_uri": CALLBACK + "/"}, "50011"),
        ({"redirect_uri": CALLBACK.replace("localhost", "127.0.0.1")}, "50011"),
        ({"redirect_uri": None}, "50011"),
        ({"scope": None}, "900144"),
    ],
)
def test_what_is_not_registered_never_comes_back(
    lamna: App, changes: dict[str, str | None], code: str
) -> None:
    """Entra shows the error itself: before an account could be chosen, and for a choice, too."""
    address = changed(lamna.start()["auth_uri"], **changes)

    for page in (Browser().get(address), Browser().press(address, account=DANA)):
        assert page.status == 400
        assert f"AADSTS{code}" in page.text
        assert "location" not in page.headers
        assert page.headers["x-frame-options"] == "DENY"


def test_an_unknown_tenant_is_an_error_page(lamna: App) -> None:
    """The tenant in the address must exist."""
    address = lamna.start()["auth_uri"].replace(LAMNA, "nowhere.example")

    assert "AADSTS90002" in Browser().get(address).text


def test_a_foreign_account_cannot_sign_in_to_our_tenant(lamna: App) -> None:
    """Entra shows 50020 after the choice."""
    page = Browser().press(lamna.start()["auth_uri"], account=KIM)

    assert (page.status, "location" in page.headers) == (200, False)
    assert "AADSTS50020" in page.text


@pytest.mark.parametrize("code", ["50011", "700016"])
def test_errors_before_the_choice_can_be_armed(lamna: App, desk: Desk, code: str) -> None:
    """The next visit of the page shows the error, the one after that does not."""
    _arm(desk, code)
    address = lamna.start()["auth_uri"]

    pages = [Browser().get(address) for _ in range(2)]

    assert [page.status for page in pages] == [400, 200]
    assert f"AADSTS{code}" in pages[0].text


@pytest.mark.parametrize("code", ["50105", "50020", "90072", "90094", "53000", "53003", "530001"])
def test_errors_for_an_account_can_be_armed(lamna: App, desk: Desk, code: str) -> None:
    """Only the account that was named meets the error, and it stays on Entra's page."""
    _arm(desk, code, account=DANA, times=None)
    address = lamna.start()["auth_uri"]

    dana, frank, again = (
        Browser().press(address, account=username) for username in (DANA, FRANK, DANA)
    )
    desk.call("POST", "/control/entra", {"errors": []})
    at_last = Browser().press(address, account=DANA)

    assert [f"AADSTS{code}" in page.text for page in (dana, again)] == [True, True]
    assert "location" not in dana.headers
    assert [page.status for page in (frank, at_last)] == [302, 302]


def test_who_cancels_comes_back_with_access_denied(lamna: App) -> None:
    """The state is returned, no code and no description."""
    flow = lamna.start()

    page = Browser().press(flow["auth_uri"], cancel="1")

    assert page.place.startswith(CALLBACK + "?")
    assert page.returned == {
        "error": "access_denied",
        "error_subcode": "cancel",
        "state": flow["state"],
    }


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("65004", "consent_required"),
        ("50079", "interaction_required"),
        ("90033", "temporarily_unavailable"),
    ],
)
def test_errors_that_come_back_can_be_armed(lamna: App, desk: Desk, code: str, error: str) -> None:
    """MSAL hands the error on; its description has the code."""
    _arm(desk, code)

    result = lamna.signed_in()

    assert result["error"] == error
    assert f"AADSTS{code}" in result["error_description"]


def test_a_description_that_comes_back_names_the_account(lamna: App, desk: Desk) -> None:
    """Whoever keeps or logs it keeps an e-mail address."""
    _arm(desk, "65004")

    page = Browser().press(lamna.start()["auth_uri"], account=DANA)

    assert DANA in page.returned["error_description"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_what_entra_does_not_do_comes_back(lamna: App, changes: dict[str, str], error: str) -> None:
    """Other response types and plain challenges are refused to the app."""
    page = Browser().get(changed(lamna.start()["auth_uri"], **changes))

    assert page.returned["error"] == error


def test_a_browser_is_signed_in_without_asking_unless_the_app_asks_for_the_picker(
    lamna: App,
) -> None:
    """On a shared workstation the wrong person would come back."""
    browser = Browser()
    browser.press(lamna.start()["auth_uri"], account=FRANK)
    flow = lamna.start(prompt=None)

    silently = browser.get(flow["auth_uri"])
    asked = browser.get(lamna.start()["auth_uri"])

    assert lamna.finish(flow, silently)["id_token_claims"]["preferred_username"] == FRANK
    assert asked.status == 200


def test_a_code_is_redeemed_once(lamna: App) -> None:
    """The second time it is 54005."""
    flow = lamna.start()
    page = Browser().press(flow["auth_uri"], account=DANA)
    lamna.finish(flow, page)

    status, answer = lamna.redeemed(page, code_verifier=flow["code_verifier"])

    assert (status, answer["error"], answer["error_codes"]) == (400, "invalid_grant", [54005])


@pytest.mark.parametrize(
    ("changes", "minutes", "code"),
    [
        ({}, 11, 70008),
        ({"code": "1.Aunknown"}, 0, 70008),
        ({"code_verifier": "of-another-attempt"}, 0, 50148),
        ({"redirect_uri": CALLBACK + "?x=1"}, 0, 50011),
    ],
    ids=["expired", "unknown", "verifier", "redirect"],
)
def test_a_code_is_bound_to_its_request(
    lamna: App, clock: MovableClock, changes: dict[str, str], minutes: int, code: int
) -> None:
    """Ten minutes, the verifier of the challenge, and the same address."""
    flow = lamna.start()
    page = Browser().press(flow["auth_uri"], account=DANA)
    clock.move(minutes=minutes)

    _, answer = lamna.redeemed(page, **{"code_verifier": flow["code_verifier"], **changes})

    assert answer["error_codes"] == [code]


def test_a_challenge_needs_its_verifier(lamna: App) -> None:
    """A stolen code alone is worth nothing."""
    page = Browser().press(lamna.start()["auth_uri"], account=DANA)

    assert lamna.redeemed(page)[1]["error_codes"] == [50148]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("54005", "invalid_grant"),
        ("70008", "invalid_grant"),
        ("50076", "interaction_required"),
        ("7000215", "invalid_client"),
        ("7000222", "invalid_client"),
        ("700024", "invalid_client"),
        ("700213", "invalid_client"),
    ],
)
def test_errors_of_the_token_endpoint_can_be_armed(
    lamna: App, desk: Desk, code: str, error: str
) -> None:
    """MSAL hands them on in a dictionary."""
    _arm(desk, code)

    result = lamna.signed_in()

    assert (result["error"], result["error_codes"]) == (error, [int(code)])


def test_errors_about_the_app_are_unauthorized(lamna: App, desk: Desk) -> None:
    """They are 401, those about the code 400."""
    _arm(desk, "7000222")
    page = Browser().press(lamna.start()["auth_uri"], account=DANA)

    assert [lamna.redeemed(page)[0] for _ in range(2)] == [401, 400]


def _wrong(name: str, claims: dict[str, Any], right: dict[str, Any]) -> bool:
    checks: dict[str, bool] = {
        "id_token_tenant": claims["tid"] == FABRIKAM and FABRIKAM in claims["iss"],
        "id_token_issuer": claims["iss"] != right["iss"] and claims["tid"] == LAMNA,
        "id_token_audience": claims["aud"] != CLIENT_ID,
        "id_token_nonce": claims["nonce"] != right["nonce"],
        "id_token_expired": claims["exp"] < right["iat"],
        "id_token_not_yet_valid": claims["nbf"] > right["iat"] + 3600,
    }
    return checks[name] and sum(checks.values()) == 1


@pytest.mark.parametrize(
    "name", ["tenant", "issuer", "audience", "nonce", "expired", "not_yet_valid"]
)
def test_an_id_token_can_be_wrong_in_one_way(lamna: App, desk: Desk, name: str) -> None:
    """Everything else about it is right, also its signature."""
    _arm(desk, f"id_token_{name}")
    address = changed(lamna.start()["auth_uri"], code_challenge=None, code_challenge_method=None)
    pages = [Browser().press(address, account=DANA) for _ in range(2)]

    wrong, right = (lamna.redeemed(page)[1]["id_token"] for page in pages)

    unchecked = jwt.decode(wrong, options={"verify_signature": False})
    assert jwt.get_unverified_header(wrong)["kid"] == lamna.keys()[0]["kid"]
    assert _wrong(f"id_token_{name}", unchecked, lamna.claims(right))


def test_an_id_token_can_be_signed_by_a_stranger_or_be_missing(lamna: App, desk: Desk) -> None:
    """The key of the first is published nowhere."""
    desk.call(
        "POST",
        "/control/entra",
        {"errors": [{"code": "id_token_unknown_key"}, {"code": "id_token_missing"}]},
    )

    strange, without = lamna.signed_in(), lamna.signed_in()

    published = lamna.keys()
    stranger = jwt.get_unverified_header(strange["id_token"])["kid"]
    assert stranger not in [key["kid"] for key in published]
    assert "id_token" not in without


@pytest.mark.parametrize(("rotation", "published"), [("keep", 1), ("withdraw", 0)])
def test_keys_can_be_rotated(lamna: App, desk: Desk, rotation: str, published: int) -> None:
    """The new key signs; the old one stays published or not."""
    before = lamna.keys()
    desk.call("POST", "/control/entra", {"rotate_keys": rotation})

    after = lamna.keys()
    token = lamna.signed_in()["id_token"]
    desk.call("POST", "/control/entra", {"rotate_keys": "withdraw"})

    assert sum(key in before for key in after) == published * len(before)
    assert jwt.get_unverified_header(token)["kid"] == after[-1]["kid"]
    assert after[-1] not in before


def test_no_secret_is_recorded(lamna: App, desk: Desk) -> None:
    """Codes, verifiers, secrets and tokens are in no record of the requests."""
    flow = lamna.start()
    page = Browser().press(flow["auth_uri"], account=DANA)
    result = lamna.finish(flow, page)

    records = str(desk.call("GET", "/control/requests"))

    hidden = [
        page.returned["code"],
        flow["code_verifier"],
        flow["state"],
        result["id_token"],
        result["access_token"],
        lamna.simulators.entra.registration.secret,
    ]
    assert [one for one in hidden if one in records] == []
    assert CALLBACK in records
