"""Epic's own signing keys: an RSA and an EC key that survive a restart, and can be replaced."""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from local.certificates import write_whole

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi"})
_MAKERS: Mapping[str, Callable[[], dict[str, Any]]] = MappingProxyType(
    {
        "RSA": lambda: dict(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048), True)),
        "EC": lambda: dict(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()), True)),
    }
)


class SigningKeys:
    """The pair of keys in use, kept in one private file as JWKs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._number = 1
        self._keys: dict[str, dict[str, Any]] = {}
        if file.exists():
            document = json.loads(file.read_bytes())
            self._number, self._keys = document["number"], document["keys"]
        else:
            self._make()

    def published(self) -> list[dict[str, Any]]:
        """Return the public keys as a key set lists them."""
        with self._lock:
            return [
                {name: value for name, value in key.items() if name not in _PRIVATE}
                for key in self._keys.values()
            ]

    def kid(self, kind: str) -> str:
        with self._lock:
            return str(self._keys[kind]["kid"])

    def private(self, kind: str) -> Any:
        """Return the private key of kind `RSA` or `EC`, for a signature."""
        with self._lock:
            return jwt.PyJWK(self._keys[kind], "RS256" if kind == "RSA" else "ES384").key

    def replace(self, *, new_kid: bool) -> None:
        """Make new keys; with the old names if `new_kid` is false, as some systems do."""
        with self._lock:
            self._number += new_kid
            self._make()

    def _make(self) -> None:
        for kind, make in _MAKERS.items():
            self._keys[kind] = {**make(), "kid": f"epic-{kind.lower()}-{self._number}"}
            self._keys[kind] |= {"use": "sig"}
        document = {"number": self._number, "keys": self._keys}
        write_whole(self._file, json.dumps(document).encode(), 0o600)
