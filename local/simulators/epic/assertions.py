"""The check of a client assertion: every rule that Epic documents for private_key_jwt."""

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeGuard

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.types import Options

from local.simulators.epic.clients import Client, Clients

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST_LIFE = 300
_LONGEST_JTI = 151
_SMALLEST_RSA = 2048
_RSA = frozenset({"RS256", "RS384", "RS512"})
_EC = frozenset({"ES256", "ES384"})
_ONLY_SIGNATURE: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class AssertionRefused(Exception):
    """An assertion breaks a rule; the text names it in one word."""


class Assertions:
    """Checks assertions, and remembers each `jti` until its assertion has expired."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], float] = {}

    def check(self, assertion: str, environment: str, endpoint: str, now: datetime) -> Client:
        """Return the client that signed. Raises AssertionRefused."""
        try:
            unverified = jwt.decode_complete(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            raise AssertionRefused("malformed") from None
        header, claims = unverified["header"], unverified["payload"]
        client = self._clients.find(environment, str(claims.get("iss")))
        if client is None:
            raise AssertionRefused("client")
        self._check_signature(assertion, header, client)
        _check_claims(claims, client, endpoint, now.timestamp())
        self._use(client, claims, now.timestamp())
        return client

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()

    def _check_signature(self, assertion: str, header: Mapping[str, Any], client: Client) -> None:
        algorithm = header.get("alg")
        allowed = _RSA | (_EC if client.jwks_url else frozenset())
        if algorithm not in allowed:
            raise AssertionRefused("algorithm")
        if header.get("typ", "JWT") != "JWT":
            raise AssertionRefused("type")
        if not header.get("kid"):
            raise AssertionRefused("kid_missing")
        why = ""
        for again in (False, True):
            why = self._why_not_signed(assertion, header, client, again=again)
            if not why:
                return
        raise AssertionRefused(why)

    def _why_not_signed(
        self, assertion: str, header: Mapping[str, Any], client: Client, *, again: bool
    ) -> str:
        keys = self._clients.keys(client, again=again)
        found = [key for key in keys if key["kid"] == header["kid"]]
        if not found:
            return "kid"
        try:
            key = jwt.PyJWK(dict(found[0]), str(header["alg"])).key
            if isinstance(key, rsa.RSAPublicKey) and key.key_size < _SMALLEST_RSA:
                return "key_size"
            jwt.decode(assertion, key, algorithms=[str(header["alg"])], options=_ONLY_SIGNATURE)
        except (jwt.PyJWTError, TypeError, ValueError):
            return "signature"
        return ""

    def _use(self, client: Client, claims: Mapping[str, Any], now: float) -> None:
        used = (client.client_id, str(claims["jti"]))
        with self._lock:
            self._seen = {one: until for one, until in self._seen.items() if until > now}
            if used in self._seen:
                raise AssertionRefused("jti_reused")
            self._seen[used] = claims["exp"]


def _check_claims(claims: Mapping[str, Any], client: Client, endpoint: str, now: float) -> None:
    expires, jti = claims.get("exp"), claims.get("jti")
    if not _is_number(expires):
        raise AssertionRefused("exp_missing")
    begins = [claims[name] for name in ("nbf", "iat") if name in claims]
    rules = {
        "sub": claims.get("sub") == client.client_id,
        "aud": claims.get("aud") == endpoint,
        "jti": isinstance(jti, str) and 0 < len(jti) <= _LONGEST_JTI,
        "expired": expires > now,
        "exp_far": expires - now <= _LONGEST_LIFE,
        "begins": all(_is_number(one) for one in begins),
    }
    _refuse_first(rules)
    _refuse_first(
        {
            "future": all(one <= now for one in begins),
            "long": all(expires - one <= _LONGEST_LIFE for one in begins),
        }
    )


def _refuse_first(rules: Mapping[str, bool]) -> None:
    for name, holds in rules.items():
        if not holds:
            raise AssertionRefused(name)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
