"""Our signing keys: what is published of them verifies what they sign, and no more."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from shared_code.security.signing_keys import SigningKey
from shared_code.security.tokens import Expected, KeySet, verify
from tests.support.tokens import CLIENT, ISSUER, NOW, claims, ec_key, key_set, rsa_key

PLAIN = NoEncryption()


def _pem(key: Any, encryption: KeySerializationEncryption = PLAIN) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), "ascii")


def test_what_it_signs_is_verified_by_what_is_published() -> None:
    """RS384, with the key's thumbprint as its id."""
    key = SigningKey.load(_pem(rsa_key()))
    token = key.sign(claims(jti="once"))

    published = KeySet.read(key_set(key.public_jwk()))
    assert claims(jti="once") == verify(token, published, Expected(ISSUER, CLIENT), NOW)
    assert {"alg": "RS384", "kid": key.kid, "typ": "JWT"} == jwt.get_unverified_header(token)


def test_nothing_private_is_published() -> None:
    """Exactly the public members, and nothing of the key in its repr."""
    key = SigningKey.load(_pem(rsa_key()))

    assert {"kty", "n", "e", "kid", "use", "alg"} == key.public_jwk().keys()
    assert tuple(key.public_jwk()[name] for name in ("kty", "e", "use", "alg")) == (
        "RSA",
        "AQAB",
        "sig",
        "RS384",
    )
    assert repr(key) == "SigningKey()"


def test_the_key_id_is_the_thumbprint() -> None:
    """RFC 7638 §3.1: the example of the standard."""
    members = {
        "kty": "RSA",
        "e": "AQAB",
        "n": (
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWK"
            "RXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic"
            "AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3"
            "XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        ),
    }
    key = SigningKey(jwt.algorithms.RSAAlgorithm.from_jwk(members))  # type: ignore[arg-type]
    vars(key)["_numbers"] = (members["n"], members["e"])

    assert key.kid == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_keys_have_different_ids() -> None:
    """And each the same one every time."""
    first, again, other = (SigningKey.load(_pem(rsa_key(name))) for name in ("1", "1", "2"))

    assert first.kid == again.kid != other.kid


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "not a key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\né\n-----END PRIVATE KEY-----",
        _pem(rsa_key(bits=1024)),
        _pem(ec_key()),
        _pem(rsa_key(), BestAvailableEncryption(b"x")),
        rsa_key()
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii"),
    ],
    ids=lambda pem: ascii(pem[:30]),
)
def test_what_is_no_strong_private_key_is_refused(pem: str) -> None:
    """And not repeated in the error."""
    with pytest.raises(ValueError, match="key") as refused:
        SigningKey.load(pem)

    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert len(pem) < 10 or pem[30:60] not in str(refused.value)
