"""
Key rings: keyed hashes, sealed payloads and link signatures.

A ring is one vault secret, `{"current": "1", "keys": {"1": "<base64>", …}}`. The current key is
used for everything new; older values begin with the id of their key. Nothing here fetches a ring.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from dataclasses import dataclass, field
from typing import Protocol, Self

from shared_code.errors import Code, ErrorInfo, Refused

PAYLOAD_UNREADABLE = ErrorInfo(
    Code("payload_unreadable"), "The stored message cannot be decrypted or decoded.", 409
)
"""Also stored as the code of a dead letter. An operator who replays that letter gets a 409."""

HASH_KEY = "hash-key"
PAYLOAD_KEY = "payload-key"
LINK_KEY = "link-key"
COOKIE_KEY = "cookie-key"
RINGS = (HASH_KEY, PAYLOAD_KEY, LINK_KEY, COOKIE_KEY)

_KEY_BYTES = 32
_KEY_ID = re.compile(r"[0-9A-Za-z]{1,16}", re.ASCII)
"""The id precedes hashes and sealed texts, also in row keys."""
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id. Not shown by repr."""

    current: str
    keys: dict[str, bytes] = field(repr=False)

    @classmethod
    def read(cls, secret: str) -> Self:
        """Read a ring from the value of the vault secret. Raises ValueError."""
        try:
            ring = json.loads(secret)
            keys = {
                name: base64.b64decode(key, validate=True) for name, key in ring["keys"].items()
            }
            current = ring["current"]
            whole = current in keys and all(len(key) == _KEY_BYTES for key in keys.values())
        except (KeyError, TypeError, AttributeError, RecursionError):
            whole, current, keys = False, "", {}
        if not whole or not all(_KEY_ID.fullmatch(name) for name in keys):
            raise ValueError("not a key ring")
        return cls(current, keys)

    @classmethod
    def new(cls) -> Self:
        """Return a ring with one new key of 256 bits."""
        return cls("1", {"1": os.urandom(_KEY_BYTES)})

    def write(self) -> str:
        """Return the value for the vault secret: the inverse of read()."""
        keys = {i: base64.b64encode(key).decode("ascii") for i, key in self.keys.items()}
        return json.dumps({"current": self.current, "keys": keys})


class Rings(Protocol):
    """The four rings, fetched when first needed. Reading one raises NotStored."""

    @property
    def hash(self) -> KeyRing:
        """The ring for keyed hashes: row keys, fingerprints, allow-lists."""

    @property
    def payload(self) -> KeyRing:
        """The ring for phones, queued messages and dead letters."""

    @property
    def link(self) -> KeyRing:
        """The ring for patients' links."""

    @property
    def cookie(self) -> KeyRing:
        """The ring for cookies."""


def keyed_hash(ring: KeyRing, purpose: str, *parts: str) -> str:
    """
    Return a HMAC-SHA-256 of 128 bits after its key id: `1-…` in hex, valid as a row key.

    `purpose` separates uses: one number hashed for two purposes gives two hashes.
    """
    words = "\x1f".join((purpose, *parts)).encode("utf-8")
    digest = hmac.new(ring.keys[ring.current], words, hashlib.sha256).hexdigest()
    return f"{ring.current}-{digest[:32]}"


def sign(ring: KeyRing, words: str) -> bytes:
    """Return the HMAC-SHA-256 with the current key."""
    return hmac.new(ring.keys[ring.current], words.encode("utf-8"), hashlib.sha256).digest()


def seal(ring: KeyRing, content: bytes, context: str) -> bytes:
    """
    Encrypt with AES-256-GCM. `context` is authenticated: what is sealed for one row opens in no
    other.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    cipher = AESGCM(ring.keys[ring.current])
    prefix = f"{ring.current}:".encode("ascii")
    return prefix + nonce + cipher.encrypt(nonce, content, context.encode("utf-8"))


def unseal(ring: KeyRing, sealed: bytes, context: str) -> bytes:
    """Decrypt what seal() returned. Raises Refused(PAYLOAD_UNREADABLE) for anything else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key_id, mark, rest = sealed.partition(b":")
    key = ring.keys.get(key_id.decode("latin-1"))
    if not mark or key is None or len(rest) < _NONCE_BYTES + 16:
        raise Refused(PAYLOAD_UNREADABLE)
    try:
        return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], context.encode())
    except InvalidTag:
        raise Refused(PAYLOAD_UNREADABLE) from None


def seal_text(ring: KeyRing, text: str, context: str) -> str:
    """Apply seal() to a text value of a table or queue."""
    return base64.b64encode(seal(ring, text.encode("utf-8"), context)).decode("ascii")


def unseal_text(ring: KeyRing, sealed: str, context: str) -> str:
    """Decrypt what seal_text() returned. Raises Refused(PAYLOAD_UNREADABLE)."""
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(PAYLOAD_UNREADABLE) from None
    try:
        return unseal(ring, raw, context).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(PAYLOAD_UNREADABLE) from None
