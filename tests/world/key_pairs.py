"""Key pairs, made once in a run: ours, and those with which Epic signs id_tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared_code.security.signing_keys import SigningKey

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def private(name: str) -> Private:
    """Return the key of that name: on a curve if the name begins with `ec`."""
    if name.startswith("ec"):
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(65_537, 2_048)


@cache
def pem(name: str) -> str:
    """Return the key as the vault holds it."""
    return (
        private(name)
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode("ascii")
    )


def ours(name: str = "ours") -> SigningKey:
    """Return a signing key of ours."""
    return SigningKey.load(pem(name))


def key_set(*names: str, kid: bool = True) -> bytes:
    """Return Epic's key set with these keys."""
    keys = []
    for name in names:
        key = private(name)
        written = (
            RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            if isinstance(key, rsa.RSAPrivateKey)
            else ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        )
        keys.append({**written, "use": "sig"} | ({"kid": name} if kid else {}))
    return json.dumps({"keys": keys}).encode()


def signed(claims: Mapping[str, Any], name: str = "epic", alg: str = "RS256", **header: Any) -> str:
    """Return an id_token of these claims."""
    return jwt.encode(dict(claims), private(name), alg, headers={"kid": name, **header})


def without_kid(claims: Mapping[str, Any]) -> str:
    """Return an id_token that does not name its key."""
    return jwt.encode(dict(claims), private("epic"), "RS256")
