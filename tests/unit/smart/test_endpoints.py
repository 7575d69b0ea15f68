"""Discovery documents that are not as written (cases/launch, rows 4, 5 and 6)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.smart.endpoints import (
    DocumentReader,
    Endpoints,
    first_unapproved,
    openid_keys_url,
)
from tests.fuzz.hostile import cases
from tests.unit.smart.web import BASE, KEYS, OAUTH, metadata, oauth_uris, smart_configuration

GOOD = Endpoints(f"{OAUTH}/authorize", f"{OAUTH}/token", OAUTH, KEYS)
WITHOUT_KEYS = Endpoints(f"{OAUTH}/authorize", f"{OAUTH}/token", OAUTH, "")
READER = DocumentReader()
BAD_ADDRESSES = [
    *(None, "", 5, ["https://a.example"], "authorize", "/oauth2/token", "http://a.example/token"),
    *("https://", "https:///token", "https://u:p@a.example/token", "https://a.example/t#f"),
    *("https://a.example/a b", "https://a.example/\n", "javascript:alert(1)", "ftp://a.example/x"),
    *(
        "https://a.example:99999/x",
        "https://[::1/x",
        "https://ep\u00efc.example/x",
        "//a.example/x",
    ),
    f"https://a.example/{'x' * 2_000}",
]


def _smart(**changes: object) -> Endpoints | None:
    return READER.smart_configuration(json.dumps(smart_configuration(**changes)).encode())


def _metadata(*rest: object, **changes: object) -> Endpoints | None:
    return READER.metadata(json.dumps({**metadata(*rest), **changes}).encode())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, GOOD),
        ({"code_challenge_methods_supported": ["plain"], "capabilities": "x"}, GOOD),
        ({"jwks_uri": None}, WITHOUT_KEYS),
        ({"jwks_uri": "http://epic.lamna.example/keys"}, WITHOUT_KEYS),
        ({"issuer": None}, GOOD),
        ({"issuer": 5}, GOOD),
        (
            {"issuer": f"{OAUTH}/"},
            Endpoints(GOOD.authorize, GOOD.token, f"{OAUTH}/", KEYS),
        ),
        (
            {"issuer": None, "authorization_endpoint": f"{OAUTH}/authorize/?site=2"},
            Endpoints(f"{OAUTH}/authorize/?site=2", GOOD.token, OAUTH, KEYS),
        ),
    ],
)
def test_a_smart_configuration_is_read(changes: dict[str, object], expected: Endpoints) -> None:
    """Without an issuer it is the authorize address without its last segment."""
    assert _smart(**changes) == expected


@pytest.mark.parametrize("address", BAD_ADDRESSES)
@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
def test_an_endpoint_that_is_no_https_address_makes_it_unreadable(
    name: str, address: object
) -> None:
    """Half an answer is none."""
    assert _smart(**{name: address}) is None


@pytest.mark.parametrize("address", [each for each in BAD_ADDRESSES if each is not None])
def test_keys_are_https_or_unknown(address: object) -> None:
    """Also those of an openid-configuration."""
    assert _smart(jwks_uri=address) == WITHOUT_KEYS
    assert openid_keys_url(json.dumps({"jwks_uri": address}).encode()) == ""


SECURITY = {"extension": [oauth_uris(GOOD.authorize, GOOD.token)]}
BROKEN = {"extension": [oauth_uris(GOOD.authorize, "http://a.example/token")]}


@pytest.mark.parametrize(
    "rest",
    [
        [],
        [{"mode": "client"}, {"mode": "server", "security": SECURITY}],
        [{"security": {}}, {"security": SECURITY}],
        [{"security": BROKEN}, {"security": SECURITY}],
        [SECURITY],
        [{"security": {"service": [{"text": "OAuth"}], **SECURITY}}],
        [{"security": [SECURITY]}],
        [None, "x", 5, {"security": SECURITY}],
        [{"security": {"extension": [{"url": "other"}, *SECURITY["extension"]]}}],
        [{"security": {"extension": [{"url": "outer", **SECURITY}]}}],
        [{"security": {"extension": [{"url": 5}, None, *SECURITY["extension"]]}}],
    ],
)
def test_the_extension_counts_wherever_it_stands(rest: list[object]) -> None:
    """The first whole one; other entries and extensions do not matter."""
    assert _metadata(*rest) == WITHOUT_KEYS


def test_the_first_whole_extension_counts() -> None:
    """In the order of the document."""
    other = {"extension": [oauth_uris("https://b.example/o/authorize", "https://b.example/o/t")]}
    assert _metadata({"security": SECURITY}, {"security": other}) == WITHOUT_KEYS
    assert _metadata({"security": SECURITY, "resource": [other]}) == WITHOUT_KEYS


@pytest.mark.parametrize(
    "extension",
    [
        {"url": "x/oauth-uris"},
        {"url": "x/oauth-uris", "extension": {"url": "token"}},
        {"url": "x/oauth-uris", "extension": ["authorize"]},
        {"url": "x/oauth-uris", "extension": [{"url": "authorize", "valueUri": GOOD.authorize}]},
        {"url": "x/other", "extension": oauth_uris(GOOD.authorize, GOOD.token)["extension"]},
        oauth_uris(GOOD.authorize, ["https://a.example"]),
    ],
)
def test_metadata_without_both_endpoints_is_unreadable(extension: object) -> None:
    """A resource server alone is no use."""
    assert _metadata({"security": {"extension": [extension]}}) is None


@pytest.mark.parametrize(
    "body", [b"", b"<CapabilityStatement/>", b"[]", b"null", b"\xff", b"[" * 99_999, b'{"rest":5}']
)
def test_what_is_no_document_is_unreadable(body: bytes) -> None:
    """XML, a login page, nothing."""
    assert READER.smart_configuration(body) is None
    assert READER.metadata(body) is None
    assert openid_keys_url(body) == ""


def test_on_one_machine_the_browser_may_go_to_plain_http() -> None:
    """Only to the authorize page; what programs call stays https, and so does the issuer."""
    page = "http://localhost:7001/oauth2/authorize"
    token = "https://localhost:7002/oauth2/token"
    body = json.dumps(metadata(SECURITY | {"extension": [oauth_uris(page, token)]})).encode()
    plain = json.dumps(metadata({"extension": [oauth_uris(page, page)]})).encode()

    assert READER.metadata(body) is None
    assert DocumentReader(browser_http=True).metadata(body) == Endpoints(
        page, token, "https://localhost:7002/oauth2", ""
    )
    assert DocumentReader(browser_http=True).metadata(plain) is None


@pytest.mark.parametrize(
    ("endpoints", "hosts", "expected"),
    [
        (GOOD, [], ""),
        (WITHOUT_KEYS, [], ""),
        (Endpoints("https://EPIC.lamna.example:444/a", GOOD.token, OAUTH, KEYS), [], ""),
        (
            Endpoints("https://sso.lamna.example/a", GOOD.token, OAUTH, KEYS),
            [],
            "sso.lamna.example",
        ),
        (
            Endpoints("https://sso.lamna.example/a", GOOD.token, OAUTH, KEYS),
            ["SSO.lamna.example"],
            "",
        ),
        (
            Endpoints(GOOD.authorize, "https://t.example/a", OAUTH, KEYS),
            ["lamna.example"],
            "t.example",
        ),
        (Endpoints(GOOD.authorize, GOOD.token, OAUTH, "https://k.example/"), [], "k.example"),
        (Endpoints(GOOD.authorize, GOOD.token, "https://i.example/", KEYS), [], "i.example"),
        (
            Endpoints("https://epic.lamna.example.evil.example/", "", "", ""),
            [],
            "epic.lamna.example.evil.example",
        ),
    ],
)
def test_a_host_that_nobody_approved_is_named(
    endpoints: Endpoints, hosts: list[str], expected: str
) -> None:
    """The base URL's own host and the approved ones, compared whole."""
    assert first_unapproved(endpoints, BASE, frozenset(hosts)) == expected


@cases(300)
@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.sampled_from([GOOD.token, "x/oauth-uris"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["rest", "url", "extension", "valueUri", "security", "token_endpoint"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_document_is_read_or_unreadable(document: object) -> None:
    """No shape of JSON raises."""
    body = json.dumps(document).encode()
    for found in (READER.smart_configuration(body), READER.metadata(body)):
        assert found is None or found.token == GOOD.token
    assert openid_keys_url(body) == ""
