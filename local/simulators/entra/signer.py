"""The keys that sign Entra's tokens. They outlive a restart, and can be rotated."""

import json
import threading
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options

from local.simulators.kept import Kept

ALGORITHM = "RS256"
SIGNATURE_ONLY: Options = {
    "verify_aud": False,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}
"""PyJWT reads the computer's clock; times are compared with the simulators' clock instead."""


class Signer:
    """Signs with the newest key and publishes the keys that were not withdrawn."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._lock = threading.Lock()

    def sign(self, claims: dict[str, Any]) -> str:
        with self._lock:
            key = self._keys()[-1]
        return _signed(claims, key)

    def published(self) -> dict[str, Any]:
        """Return the JWK Set. As with the real one, no key names its algorithm."""
        with self._lock:
            return {"keys": [_public(key) for key in self._keys()]}

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that one of the keys signed. Raises jwt.PyJWTError."""
        with self._lock:
            keys = {_name(key): key.public_key() for key in self._keys()}
        key = keys.get(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            raise jwt.InvalidKeyError("unknown key")
        return jwt.decode(token, key, [ALGORITHM], options=SIGNATURE_ONLY)

    def rotate(self, *, withdraw: bool) -> None:
        """Sign with a new key from now on; `withdraw`: the earlier ones are published no more."""
        with self._lock:
            self._keys()
            newest = int(self._kept.items()[-1][0])
            if withdraw:
                self._kept.clear()
            self._kept.put(str(newest + 1), _written(_new_key()))

    def _keys(self) -> list[RSAPrivateKey]:
        """Return the keys, the newest last. The first is made when it is needed: that is slow."""
        if not self._kept.items():
            self._kept.put("0", _written(_new_key()))
        return [_read(pem) for _, pem in self._kept.items()]


def signed_by_a_stranger(claims: dict[str, Any]) -> str:
    """Sign with a key that is published nowhere."""
    return _signed(claims, _new_key())


def _signed(claims: dict[str, Any], key: RSAPrivateKey) -> str:
    return jwt.encode(claims, key, ALGORITHM, headers={"kid": _name(key)})


def _public(key: RSAPrivateKey) -> dict[str, Any]:
    document = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    numbers = {name: document[name] for name in ("kty", "n", "e")}
    return {**numbers, "use": "sig", "kid": _name(key)}


def _name(key: RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public)
    return digest.finalize().hex()[:27]


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _written(key: RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@lru_cache(maxsize=16)
def _read(pem: str) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the keys are RSA keys")
    return key
