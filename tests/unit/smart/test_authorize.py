"""The address that begins the sign-in at Epic, and PKCE."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from shared_code.smart.authorize import authorize_url, challenge_of, new_verifier
from shared_code.smart.endpoints import Endpoints
from tests.unit.smart.web import BASE, CLIENT, KEYS, OAUTH

CALLBACK = "https://visits.example.org/launch/callback"


def _url(authorize: str = f"{OAUTH}/authorize", launch: str = "x", aud: str = BASE) -> str:
    return authorize_url(
        Endpoints(authorize, f"{OAUTH}/token", OAUTH, KEYS),
        client_id=CLIENT,
        redirect_uri=CALLBACK,
        launch=launch,
        state="s-1",
        aud=aud,
        challenge="c-1",
        nonce="n-1",
    )


def test_everything_is_said_once() -> None:
    """The parameters of an EHR launch with S256 and a nonce, and nothing else."""
    url = urlsplit(_url())

    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{OAUTH}/authorize"
    assert parse_qs(url.query, strict_parsing=True) == {
        "response_type": ["code"],
        "client_id": [CLIENT],
        "redirect_uri": [CALLBACK],
        "scope": ["launch openid fhirUser"],
        "launch": ["x"],
        "state": ["s-1"],
        "aud": [BASE],
        "code_challenge": ["c-1"],
        "code_challenge_method": ["S256"],
        "nonce": ["n-1"],
    }
    assert "+" not in url.query


@pytest.mark.parametrize(
    ("launch", "written"),
    [
        ("ab+cd/==", "ab%2Bcd%2F%3D%3D"),
        ("ab%2Bcd", "ab%252Bcd"),
        ("a b&state=mine#x", "a%20b%26state%3Dmine%23x"),
        ("J\u00fcrgen", "J%C3%BCrgen"),
    ],
)
def test_the_launch_is_encoded_right(launch: str, written: str) -> None:
    """A sign changed on the way would be another launch."""
    assert f"&launch={written}&" in _url(launch=launch)


@pytest.mark.parametrize(
    "iss", [BASE, BASE.rstrip("/"), "https://EPIC.Lamna.example:443/api/fhir/r4/"]
)
def test_the_audience_is_the_iss_as_it_came(iss: str) -> None:
    """No spelling is corrected."""
    assert parse_qs(urlsplit(_url(aud=iss)).query)["aud"] == [iss]


def test_an_endpoint_with_a_query_keeps_it() -> None:
    """RFC 6749 §3.1."""
    assert _url(f"{OAUTH}/authorize?site=2").startswith(f"{OAUTH}/authorize?site=2&response_type=")


def test_pkce_is_as_the_rfc_says() -> None:
    """The example of RFC 7636, appendix B."""
    octets = bytes(
        [116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186]
        + [22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121]
    )
    verifier = new_verifier(octets)

    assert verifier == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    with pytest.raises(ValueError, match="32 random bytes"):
        new_verifier(octets[:31])
