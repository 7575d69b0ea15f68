"""
Signed tokens of other issuers: verified with a key set that the caller brings.

PyJWT checks the signature, issuer and audience; the times are compared with our clock. What a
token says of itself (`jku`, `x5u`, `jwk`, its algorithm) never chooses a key. Nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Any, Self

from shared_code.errors import Code, ErrorInfo, Refused
from shared_code.security.certificates import MIN_RSA_BITS

if TYPE_CHECKING:
    from jwt import PyJWK

TOKEN_REFUSED = ErrorInfo(Code("token_refused"), "The token is not valid.", 403)

Claims = Mapping[str, Any]

LEEWAY = timedelta(minutes=5)
"""How far the issuer's clock may differ from ours, either way."""
MAX_TOKEN_LENGTH = 65_536
_REQUIRED = ("exp", "iat", "iss", "aud", "sub")
_RSA = frozenset({"RS256", "RS384", "RS512"})
_CURVES: Mapping[str, str] = {"P-256": "ES256", "P-384": "ES384"}
_ALL = _RSA | frozenset(_CURVES.values())
_PUBLIC_MEMBERS = frozenset({"kty", "n", "e", "crv", "x", "y"})


class Why(StrEnum):
    """Why a token is refused."""

    SIGNATURE = "signature"
    UNKNOWN_KEY = "unknown_key"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    NONCE = "nonce"
    ALGORITHM = "algorithm"
    MALFORMED = "malformed"
    CLAIM_MISSING = "claim_missing"


class TokenRefused(Refused):
    """The token is not acceptable."""

    def __init__(self, why: Why) -> None:
        super().__init__(TOKEN_REFUSED)
        self.why = why


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say. The nonce is compared only if the token has one."""

    issuer: str
    audience: str
    nonce: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Key:
    kid: str
    algorithms: frozenset[str]
    key: PyJWK


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable public keys of a JWK set (RFC 7517 §5)."""

    keys: tuple[_Key, ...] = field(repr=False)

    @classmethod
    def read(cls, document: bytes) -> Self:
        """
        Read a JWK set. Keys that cannot sign what we accept are left out.

        Raises ValueError if it is no key set, or holds no usable public key.
        """
        try:
            entries = json.loads(document)["keys"]
            keys = tuple(key for entry in entries if (key := _usable(entry)))
        except (KeyError, TypeError, RecursionError, UnicodeDecodeError):
            keys = ()
        if not keys:
            raise ValueError("not a key set")
        return cls(keys)

    def candidates(self, kid: str | None, algorithm: str) -> Iterator[PyJWK]:
        """
        Yield the keys that may have signed. Without a key id, that is the only one of its kind.

        Raises TokenRefused if there is none.
        """
        named = [key for key in self.keys if kid is None or key.kid == kid]
        fitting = [key.key for key in named if algorithm in key.algorithms]
        if not named or (kid is None and len(fitting) > 1):
            raise TokenRefused(Why.UNKNOWN_KEY)
        if not fitting:
            raise TokenRefused(Why.ALGORITHM)
        yield from fitting


def verify(token: str, keys: KeySet, expected: Expected, now: datetime) -> Claims:
    """Return the claims of a token that a key of the set signed. Raises TokenRefused."""
    claims = _signed_claims(token, keys, expected)
    _check_times(claims, now.timestamp())
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise TokenRefused(Why.CLAIM_MISSING)
    party = claims.get("azp", expected.audience)  # OpenID Connect Core §3.1.3.7, 5
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and party != expected.audience:
        raise TokenRefused(Why.AUDIENCE)
    nonce = claims.get("nonce")
    if expected.nonce and nonce is not None and nonce != expected.nonce:
        raise TokenRefused(Why.NONCE)
    return claims


def _signed_claims(token: str, keys: KeySet, expected: Expected) -> Claims:
    algorithm, kid = _header(token)
    refused = TokenRefused(Why.SIGNATURE)
    for key in keys.candidates(kid, algorithm):
        try:
            return _decoded(token, key, algorithm, expected)
        except TokenRefused as problem:
            refused = problem
            if problem.why is not Why.SIGNATURE:
                break
    raise refused


def _header(token: str) -> tuple[str, str | None]:
    import jwt

    if len(token) > MAX_TOKEN_LENGTH:
        raise TokenRefused(Why.MALFORMED)
    try:
        header = jwt.get_unverified_header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
    except Exception:  # noqa: BLE001 - a foreign parser on hostile text: any failure is one
        raise TokenRefused(Why.MALFORMED) from None
    if not isinstance(algorithm, str) or algorithm not in _ALL:
        raise TokenRefused(Why.ALGORITHM)
    return algorithm, kid


def _decoded(token: str, key: PyJWK, algorithm: str, expected: Expected) -> Claims:
    import jwt

    whys: Mapping[type[Exception], Why] = {
        jwt.InvalidSignatureError: Why.SIGNATURE,
        jwt.InvalidIssuerError: Why.ISSUER,
        jwt.InvalidAudienceError: Why.AUDIENCE,
        jwt.MissingRequiredClaimError: Why.CLAIM_MISSING,
        jwt.InvalidAlgorithmError: Why.ALGORITHM,
    }
    try:
        return jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=expected.audience,
            issuer=expected.issuer,
            # the times are ours: PyJWT reads the real clock
            options={
                "require": list(_REQUIRED),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_sub": False,
            },
        )
    except Exception as problem:  # noqa: BLE001 - a foreign parser on hostile text
        raise TokenRefused(whys.get(type(problem), Why.MALFORMED)) from None


def _check_times(claims: Claims, now: float) -> None:
    leeway = LEEWAY.total_seconds()
    if now - leeway >= _number(claims["exp"]):
        raise TokenRefused(Why.EXPIRED)
    for name in ("iat", "nbf"):
        if claims.get(name) is not None and _number(claims[name]) > now + leeway:
            raise TokenRefused(Why.NOT_YET_VALID)


def _number(value: object) -> int | float:
    """A NumericDate (RFC 7519 §2), which may have decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(Why.MALFORMED)
    if isinstance(value, float) and not isfinite(value):
        raise TokenRefused(Why.MALFORMED)
    return value


def _usable(entry: object) -> _Key | None:
    """Return the key if it is public, strong and meant for signatures of a kind we accept."""
    from jwt import PyJWK

    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    kid, algorithm = entry.get("kid", ""), entry.get("alg")
    algorithms = _algorithms(entry) & ({algorithm} if isinstance(algorithm, str) else _ALL)
    if not isinstance(kid, str) or not algorithms:
        return None
    public = {name: value for name, value in entry.items() if name in _PUBLIC_MEMBERS}
    try:
        key = PyJWK(public, min(algorithms))
        strong = entry["kty"] == "EC" or key.key.key_size >= MIN_RSA_BITS
    except Exception:  # noqa: BLE001 - a foreign parser on hostile values: any failure is one
        return None
    return _Key(kid, algorithms, key) if strong else None


def _algorithms(entry: Mapping[str, object]) -> frozenset[str]:
    if entry.get("kty") == "RSA":
        return _RSA
    curve = entry.get("crv") if entry.get("kty") == "EC" else None
    return frozenset({_CURVES[curve]} if isinstance(curve, str) and curve in _CURVES else ())
