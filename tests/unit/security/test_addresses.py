"""Addresses: when two are the same, and what they may look like."""

from __future__ import annotations

import pytest

from shared_code.security.addresses import address_key, is_base_url, is_host, is_link, is_origin

BASE = "https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4/"


@pytest.mark.parametrize(
    "spelt",
    [
        BASE,
        "https://EPIC.Lamna.example/interconnect-prd-oauth/api/FHIR/R4/",
        "https://epic.lamna.example:443/interconnect-prd-oauth/api/FHIR/R4/",
        "https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4",
        "https://epic.lamna.example/interconnect-prd-oauth/api/fhir/r4/",
        "HTTPS://epic.lamna.example:443/interconnect-prd-oauth/api/FHIR/R4",
    ],
)
def test_one_base_url_has_one_key_in_every_spelling(spelt: str) -> None:
    assert address_key(spelt) == "https://epic.lamna.example/interconnect-prd-oauth/api/fhir/r4"


@pytest.mark.parametrize(
    "other",
    [
        "https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/DSTU2/",
        "http://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4/",
        "https://epic.lamna.example@evil.example/interconnect-prd-oauth/api/FHIR/R4/",
        "https://evil@epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4/",
        f"{BASE}?x=1",
        f"{BASE}?",
        f"{BASE}#",
        f"{BASE}/",
        f" {BASE}",
        f"{BASE}\n",
        BASE.replace(".example/", ".example./"),
        BASE.replace(".example/", ".example:444/"),
        BASE.replace(".example/", ".example:80/"),
        BASE.replace("/api/", "/x/../api/"),
        BASE.replace("/api/", "/%61pi/"),
        BASE.replace("/api/", "\\api/"),
        BASE.replace("interconnect", "interc\N{CYRILLIC SMALL LETTER O}nnect"),
        BASE.replace("interconnect", "inter\N{KELVIN SIGN}onnect"),
        "",
    ],
)
def test_a_look_alike_has_another_key(other: str) -> None:
    assert address_key(other) != address_key(BASE)


def test_a_letter_that_becomes_latin_in_small_letters_does_not_match() -> None:
    """str.lower() makes a k of the Kelvin sign."""
    assert address_key("https://\N{KELVIN SIGN}.example/") != address_key("https://k.example/")


@pytest.mark.parametrize("good", [BASE, "https://localhost:8443/api/FHIR/R4/", "https://a"])
def test_a_plain_https_address_is_a_base_url(good: str) -> None:
    assert is_base_url(good)


@pytest.mark.parametrize(
    "bad", ["https://", "https://-a/", "https://a:0/", "https://a..b/", "//a/", f"{BASE}a" * 9]
)
def test_anything_else_is_no_base_url(bad: str) -> None:
    assert not is_base_url(bad)


def test_hosts_origins_and_links_have_their_own_grammar() -> None:
    assert is_host("epic.lamna.example:8443")
    assert not is_host("https://epic.lamna.example")
    assert is_origin("https://*.lamna.example:8443")
    assert not is_origin("https://lamna.example/")
    assert is_origin("http://127.0.0.1:7080")
    assert is_origin("http://localhost:7080")
    assert not is_origin("http://lamna.example")
    assert not is_origin("http://localhost.lamna.example")
    assert not is_origin("http://*.localhost")
    assert not is_origin("http://127.0.0.1.lamna.example")
    assert is_link("https://lamna.example/privacy?a=1#b")
    assert not is_link("https://lamna.example/ privacy")
