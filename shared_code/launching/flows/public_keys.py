"""
The public keys of a connection, for Epic (RFC 7517 §5): of the key that signs and of the next one.

They are published as soon as the connection names them, before it is approved: Epic reads them up
to 29 hours late.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from shared_code import logs
from shared_code.connections.errors import CONNECTION_UNKNOWN
from shared_code.connections.ports import Connections
from shared_code.errors import ConnectorError, NotStored, Refused
from shared_code.security.signing_keys import SigningKey
from shared_code.vault.ports import Secrets

MAX_AGE = 600
"""Seconds. Epic keeps a key set so long, and reads it again when a key does not verify."""


@dataclass(frozen=True, slots=True)
class KeySetAnswer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """Key sets by connection."""

    connections: Connections
    secrets: Secrets

    def answer(self, connection_id: str, if_none_match: str) -> KeySetAnswer:
        """
        Return the key set, 304 to who has it, or the error's code: 404 or 503, never a redirect.
        """
        try:
            body, etag = self.key_set(connection_id)
        except ConnectorError as problem:
            headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
            error = json.dumps({"error": problem.code}).encode("ascii")
            return KeySetAnswer(problem.info.status, headers, error)
        kept = {"Cache-Control": f"public, max-age={MAX_AGE}", "ETag": etag}
        if _names(if_none_match, etag):
            return KeySetAnswer(304, kept, b"")
        return KeySetAnswer(200, {**kept, "Content-Type": "application/json"}, body)

    def key_set(self, connection_id: str) -> tuple[bytes, str]:
        """
        Return the key set as JSON, and its ETag.

        A key that the vault lacks or that is no key is left out, so that the other one stays
        published. Raises Refused(CONNECTION_UNKNOWN), and NotStored if the vault does not answer or
        no key is left.
        """
        connection = self.connections.find(connection_id)
        if connection is None or connection.epic is None:
            raise Refused(CONNECTION_UNKNOWN)
        names = connection.epic.signing_keys
        keys = [key for name in names if (key := self._public(name, connection_id))]
        if not keys:
            raise NotStored
        body = json.dumps({"keys": keys}, separators=(",", ":")).encode("ascii")
        return body, f'"{sha256(body).hexdigest()[:32]}"'

    def _public(self, name: str, connection_id: str) -> dict[str, str] | None:
        try:
            return _public_jwk(self.secrets.get(name) or "")
        except ValueError:
            logs.warn("launching.key_unusable", connection=connection_id)
            return None


@lru_cache(maxsize=256)
def _public_jwk(pem: str) -> dict[str, str]:
    """Loading a key takes 30 ms, and anybody may ask for it."""
    return SigningKey.load(pem).public_jwk()


def _names(if_none_match: str, etag: str) -> bool:
    """Return whether the header names the ETag: RFC 9110 §13.1.2, weak comparison."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return not tags.isdisjoint({etag, "*"})
