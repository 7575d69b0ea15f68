"""Tokens of other issuers: which are good, and why each other one is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.security.tokens import (
    TOKEN_REFUSED,
    Expected,
    KeySet,
    TokenRefused,
    Why,
    verify,
)
from tests.support.tokens import (
    CLIENT,
    ISSUER,
    NOW,
    Signed,
    claims,
    ec_key,
    jwk_of,
    key_set,
    part,
    rsa_key,
)

EXPECTED = Expected(ISSUER, CLIENT, "our nonce")
T = int(NOW.timestamp())
RSA = jwk_of(rsa_key(), kid="1")
KEYS = KeySet.read(key_set(RSA, jwk_of(ec_key(), kid="ec", alg="ES384")))
ONE_KEY = KeySet.read(key_set(jwk_of(rsa_key())))


def _why(token: object, keys: KeySet = KEYS, expected: Expected = EXPECTED) -> str:
    """Return why a token is refused, or `good`."""
    try:
        verify(str(token), keys, expected, NOW)
    except TokenRefused as refused:
        return refused.why if refused.info == TOKEN_REFUSED else refused.code
    return "good"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": [CLIENT]},
        {"aud": ["another", CLIENT]},
        {"aud": ["another", CLIENT], "azp": CLIENT},
        {"azp": "another"},
        {"iat": T + 1},
        {"iat": T + 240},
        {"iat": T + 299, "nbf": T + 299},
        {"iat": T - 86_400},
        {"nbf": T + 240},
        {"exp": T - 299},
        {"exp": T + 0.5},
        {"exp": T + 300.75, "iat": T - 0.25},
        {"exp": 10**18},
        {"nonce": "our nonce"},
        {"nonce": None},
        {"extra": {"deep": [1, None, "x"]}, "sub": "e" * 500},
    ],
    ids=str,
)
def test_a_good_token_is_read(changes: dict[str, Any]) -> None:
    """Five minutes of leeway both ways, several audiences, decimals, no nonce."""
    found = verify(str(Signed(claims(**changes))), KEYS, EXPECTED, NOW)

    assert claims(**changes) == found


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_rsa_signs_with_three_digests(algorithm: str) -> None:
    """Unless the key set names one for the key."""
    named = KeySet.read(key_set({**RSA, "alg": algorithm}))
    other = KeySet.read(key_set({**RSA, "alg": "RS512" if algorithm == "RS256" else "RS256"}))

    assert _why(Signed(algorithm=algorithm)) == _why(Signed(algorithm=algorithm), named) == "good"
    assert _why(Signed(algorithm=algorithm), other) == Why.ALGORITHM


@pytest.mark.parametrize(("curve", "algorithm"), [("P-256", "ES256"), ("P-384", "ES384")])
def test_a_curve_signs_with_its_own_digest(curve: str, algorithm: str) -> None:
    """If the key set has such a key."""
    keys = KeySet.read(key_set(jwk_of(ec_key(curve), kid="1")))

    assert _why(Signed(key=ec_key(curve), algorithm=algorithm), keys) == "good"
    assert _why(Signed(key=ec_key(curve), algorithm=algorithm), ONE_KEY) == Why.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": "another"}, Why.AUDIENCE),
        ({"aud": ["another"]}, Why.AUDIENCE),
        ({"aud": []}, Why.CLAIM_MISSING),
        ({"aud": f"{CLIENT} "}, Why.AUDIENCE),
        ({"aud": CLIENT.upper()}, Why.AUDIENCE),
        ({"aud": ["another", CLIENT], "azp": "another"}, Why.AUDIENCE),
        ({"aud": {CLIENT: 1}}, Why.AUDIENCE),
        ({"aud": None}, Why.CLAIM_MISSING),
        ({"exp": None}, Why.CLAIM_MISSING),
        ({"iat": None}, Why.CLAIM_MISSING),
        ({"iss": None}, Why.CLAIM_MISSING),
        ({"sub": None}, Why.CLAIM_MISSING),
        ({"sub": ""}, Why.CLAIM_MISSING),
        ({"sub": 5}, Why.CLAIM_MISSING),
        ({"iss": f"{ISSUER}/"}, Why.ISSUER),
        ({"iss": "https://epic.evil.test/interconnect-prd-oauth/oauth2"}, Why.ISSUER),
        ({"iss": ISSUER.upper()}, Why.ISSUER),
        ({"iss": [ISSUER]}, Why.ISSUER),
        ({"iat": T + 301}, Why.NOT_YET_VALID),
        ({"iat": T + 360}, Why.NOT_YET_VALID),
        ({"iat": T + 300.5}, Why.NOT_YET_VALID),
        ({"nbf": T + 360}, Why.NOT_YET_VALID),
        ({"exp": T - 300}, Why.EXPIRED),
        ({"exp": T - 300.5}, Why.EXPIRED),
        ({"exp": 0}, Why.EXPIRED),
        ({"exp": -(10**30)}, Why.EXPIRED),
        ({"exp": str(T + 300)}, Why.MALFORMED),
        ({"exp": True}, Why.MALFORMED),
        ({"exp": float("inf")}, Why.MALFORMED),
        ({"exp": float("nan")}, Why.MALFORMED),
        ({"exp": {}}, Why.MALFORMED),
        ({"iat": "now"}, Why.MALFORMED),
        ({"nbf": [T]}, Why.MALFORMED),
        ({"nonce": "another nonce"}, Why.NONCE),
        ({"nonce": ""}, Why.NONCE),
        ({"nonce": ["our nonce"]}, Why.NONCE),
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(changes: dict[str, Any], why: Why) -> None:
    """Every claim that counts, by name."""
    assert why == _why(Signed(claims(**changes)))


def test_a_nonce_that_nobody_sent_is_not_compared() -> None:
    """Some tokens are not ours to have asked for."""
    token = Signed(claims(nonce="somebody's"))

    assert _why(token, expected=Expected(ISSUER, CLIENT)) == "good"


def test_the_clock_is_the_callers() -> None:
    """Not the machine's."""
    token = str(Signed())

    assert verify(token, KEYS, EXPECTED, NOW)
    for moved, why in ((timedelta(days=1), Why.EXPIRED), (timedelta(-1), Why.NOT_YET_VALID)):
        with pytest.raises(TokenRefused) as refused:
            verify(token, KEYS, EXPECTED, NOW + moved)
        assert why == refused.value.why


def test_only_a_key_of_the_set_signs() -> None:
    """An unknown key id, a replaced key, and a token without a key id where there are two keys."""
    two = KeySet.read(key_set(RSA, jwk_of(rsa_key("2"), kid="2")))

    assert _why(Signed(kid="3")) == Why.UNKNOWN_KEY
    assert _why(Signed(kid="")) == Why.UNKNOWN_KEY
    assert _why(Signed(key=rsa_key("2"))) == Why.SIGNATURE
    assert _why(Signed(kid=None), two) == Why.UNKNOWN_KEY
    assert _why(Signed(kid=None, key=rsa_key("2")), ONE_KEY) == Why.SIGNATURE


def test_without_a_key_id_the_only_key_of_its_kind_counts() -> None:
    """One RSA key beside one of a curve is still the only RSA key."""
    assert _why(Signed(kid=None), ONE_KEY) == _why(Signed(kid=None), KEYS) == "good"


def test_two_keys_may_have_one_id() -> None:
    """Then either may have signed."""
    keys = KeySet.read(key_set(jwk_of(rsa_key("2"), kid="1"), RSA))

    assert _why(Signed(), keys) == _why(Signed(key=rsa_key("2")), keys) == "good"
    assert _why(Signed(key=rsa_key("3")), keys) == Why.SIGNATURE


def test_the_header_chooses_no_key() -> None:
    """An address or a key in it is not looked at."""
    forged = rsa_key("2")
    for headers in (
        {"jku": "https://evil.test/keys"},
        {"x5u": "https://evil.test/cert"},
        {"jwk": jwk_of(forged)},
        {"x5c": ["MIIB"]},
    ):
        assert _why(Signed(key=forged, headers=headers)) == Why.SIGNATURE
        assert _why(Signed(headers=headers)) == "good"


def _with_hmac(secret: bytes, algorithm: str = "HS256") -> str:
    signed = f"{part({'alg': algorithm, 'kid': '1', 'typ': 'JWT'})}.{part(claims())}"
    return f"{signed}.{part(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def test_a_public_key_is_no_shared_secret() -> None:
    """HS256 with the public key as PEM, DER or JWK is another algorithm."""
    public = rsa_key().public_key()
    secrets = [
        public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        for encoding in (Encoding.PEM, Encoding.DER)
    ]
    for secret in (*secrets, json.dumps(RSA).encode(), b""):
        assert _why(_with_hmac(secret)) == Why.ALGORITHM
        assert _why(_with_hmac(secret, "RS384")) == Why.SIGNATURE


@pytest.mark.parametrize(
    "algorithm",
    [
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        None,
        5,
        ["RS384"],
        {},
        "PS256",
        "rs384",
        "EdDSA",
        "ES512",
    ],
)
def test_an_algorithm_that_is_not_listed_is_refused(algorithm: object) -> None:
    """Also no algorithm at all, with or without a signature."""
    for signature in ("", "AAAA"):
        token = f"{part({'alg': algorithm, 'kid': '1'})}.{part(claims())}.{signature}"
        assert _why(token) in (Why.ALGORITHM, Why.MALFORMED)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "opaque.Zk3",
        "a.b.c",
        "a.b.c.d.e",
        "é.é.é",
        "\x00",
        f"{part(b'[]')}.{part(claims())}.AAAA",
        f"{part(b'null')}.{part(claims())}.AAAA",
        f"{part(b'{')}.{part(claims())}.AAAA",
        f"{part(b'[' * 40_000)}.{part(claims())}.AAAA",
        f"{part(b'{}')}.{'A' * 70_000}.AAAA",
        f"{part({'alg': 'RS384', 'kid': 5})}.{part(claims())}.AAAA",
        f"{part({'alg': 'RS384', 'kid': ['1']})}.{part(claims())}.AAAA",
    ],
    ids=lambda token: ascii(token[:20]),
)
def test_what_is_no_token_is_refused(token: str) -> None:
    """Whatever it is instead; an opaque access token is none."""
    assert _why(token) in (Why.MALFORMED, Why.ALGORITHM)


def test_a_changed_token_is_refused() -> None:
    """Any of its three parts."""
    head, body, signature = str(Signed()).split(".")
    other = part(claims(sub="eOther1"))

    assert _why(f"{head}.{other}.{signature}") == Why.SIGNATURE
    assert _why(f"{part({'alg': 'RS384', 'kid': '1', 'x': 1})}.{body}.{signature}") == Why.SIGNATURE
    assert _why(f"{head}.{body}.{signature[:-8]}AAAAAAAA") == Why.SIGNATURE
    assert _why(f"{head}.{body}.") == Why.SIGNATURE


@pytest.mark.parametrize("crit", [["exp"], ["b64"], ["unknown"], [], "x", 5])
def test_what_a_header_calls_critical_must_be_understood(crit: object) -> None:
    """RFC 7515 §4.1.11: nothing that this connector understands."""
    assert _why(Signed(headers={"crit": crit})) in (Why.MALFORMED, Why.ALGORITHM)


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(token=st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: f"{part(raw)}.e30.AA"))
def test_no_text_breaks_the_reader(token: str) -> None:
    """It is refused, never an error of another kind."""
    assert _why(token) in set(Why)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        b"{}",
        b"[]",
        b"null",
        b'"keys"',
        b'{"keys":[]}',
        b'{"keys":{}}',
        b'{"keys":null}',
        b'{"keys":[null,1,"x",[],{}]}',
        b"\xff\xfe",
        b"[" * 100_000,
        key_set({"kty": "oct", "k": "AAAA", "kid": "1"}),
        key_set({**RSA, "use": "enc"}),
        key_set({**RSA, "kid": 5}),
        key_set({**RSA, "n": "AQAB"}),
        key_set({**RSA, "n": "!"}),
        key_set({**RSA, "e": "AQ"}),
        key_set({**RSA, "e": None}),
        key_set({**RSA, "alg": "HS256"}),
        key_set({**RSA, "alg": "PS384"}),
        key_set({**RSA, "kty": "EC"}),
        key_set({**RSA, "kty": ["RSA"]}),
        key_set(jwk_of(rsa_key(bits=1024), kid="1")),
        key_set(jwk_of(ec_key("P-521"), kid="1")),
        key_set({**jwk_of(ec_key(), kid="1"), "x": "AAAA"}),
        key_set({**jwk_of(ec_key(), kid="1"), "crv": ["P-384"]}),
        key_set({"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "1"}),
    ],
    ids=lambda document: ascii(document[:30]),
)
def test_what_holds_no_usable_key_is_no_key_set(document: bytes) -> None:
    """A weak key, one for encryption, a shared secret, or something else altogether."""
    with pytest.raises(ValueError, match=r"\S"):
        KeySet.read(document)


def test_a_bad_key_does_not_hide_a_good_one() -> None:
    """Sets hold keys of many kinds; a private member is not even read."""
    keys = KeySet.read(
        key_set(
            jwk_of(rsa_key(bits=1024), kid="weak"),
            {"kty": "oct", "k": "AAAA", "kid": "1"},
            {**RSA, "d": "AAAA", "p": "x", "key_ops": ["sign"], "x5c": ["junk"]},
        )
    )

    assert _why(Signed(), keys) == "good"
    assert _why(Signed(kid="weak"), keys) == Why.UNKNOWN_KEY
    assert "n" not in repr(keys).replace("KeySet()", "")


def test_a_byte_order_mark_is_forgiven() -> None:
    """Some servers send one."""
    assert _why(Signed(), KeySet.read(b"\xef\xbb\xbf" + key_set(RSA))) == "good"
