"""
Our own signing keys: RSA keys with which we sign client assertions, and what is published of them.

A key is a PKCS#8 PEM in the vault. Its object is loaded once: PyJWT takes 30 ms for a PEM text.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from shared_code.security.certificates import MIN_RSA_BITS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ALGORITHM = "RS384"


@dataclass(frozen=True)
class SigningKey:
    """A private RSA key. Not shown by repr."""

    _key: RSAPrivateKey = field(repr=False)

    @classmethod
    def load(cls, pem: str) -> Self:
        """Load a PKCS#8 PEM. Raises ValueError for anything but an RSA key from 2048 bits."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(pem.encode("ascii"), None)
        except Exception:  # noqa: BLE001 - a foreign parser: its words may repeat the key
            raise ValueError("not a private key") from None
        if not isinstance(key, RSAPrivateKey) or key.key_size < MIN_RSA_BITS:
            raise ValueError("not an RSA key from 2048 bits")
        return cls(key)

    @cached_property
    def kid(self) -> str:
        """The thumbprint of the public key (RFC 7638)."""
        n, e = self._numbers
        canonical = json.dumps({"e": e, "kty": "RSA", "n": n}, separators=(",", ":"))
        return _base64url(sha256(canonical.encode("ascii")).digest())

    def public_jwk(self) -> dict[str, str]:
        """Return the public key as a JWK (RFC 7517) for our key set."""
        n, e = self._numbers
        return {"kty": "RSA", "n": n, "e": e, "kid": self.kid, "use": "sig", "alg": ALGORITHM}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a signed JWT of these claims."""
        import jwt

        headers = {"kid": self.kid, "typ": "JWT"}
        return jwt.encode(dict(claims), self._key, ALGORITHM, headers=headers)

    @cached_property
    def _numbers(self) -> tuple[str, str]:
        numbers = self._key.public_key().public_numbers()
        return _base64url(_octets(numbers.n)), _base64url(_octets(numbers.e))


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
