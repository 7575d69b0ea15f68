"""Signed tokens for tests: key pairs, key sets, and tokens as issuers make and forge them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = datetime(2026, 6, 10, 18, 30, tzinfo=UTC)
ISSUER = "https://epic.lamna.example/interconnect-prd-oauth/oauth2"
CLIENT = "5d1f1b7c-0000-4000-8000-000000000001"


def rsa_key(name: str = "1", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the key of that name, made once."""
    return _rsa_key(name, bits)


@cache
def _rsa_key(name: str, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(curve: str = "P-384") -> ec.EllipticCurvePrivateKey:
    """Return the key of that curve, made once."""
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    return ec.generate_private_key(curves[curve])


def jwk_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, **members: Any) -> dict[str, Any]:
    """Return the public key as a JWK."""
    if isinstance(key, rsa.RSAPrivateKey):
        found = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        found = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    found.pop("key_ops", None)
    return {**found, **members}


def key_set(*jwks: Mapping[str, Any]) -> bytes:
    """Return a JWK set."""
    return json.dumps({"keys": jwks}).encode("utf-8")


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good id_token, with changes; None leaves a claim out."""
    now = int(NOW.timestamp())
    good = {"iss": ISSUER, "aud": CLIENT, "sub": "eDana9", "iat": now, "exp": now + 300}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


@dataclass(frozen=True)
class Signed:
    """A token and how it is signed; `kid` None leaves the header out."""

    claims: Mapping[str, Any] = field(default_factory=claims)
    key: Any = field(default_factory=rsa_key)
    algorithm: str = "RS384"
    kid: str | None = "1"
    headers: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        kid = {} if self.kid is None else {"kid": self.kid}
        payload = json.dumps(dict(self.claims)).encode("utf-8")  # any claims, also wrong ones
        headers = {"typ": "JWT", **kid, **self.headers}
        return jwt.PyJWS().encode(payload, self.key, self.algorithm, headers=headers)


def part(value: object) -> str:
    """Return one part of a token made by hand."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode("utf-8")
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
