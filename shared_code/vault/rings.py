"""The four key rings, read from the vault when they are needed. Uses no SDK."""

from __future__ import annotations

from shared_code.errors import NotStored
from shared_code.security.keys import COOKIE_KEY, HASH_KEY, LINK_KEY, PAYLOAD_KEY, KeyRing
from shared_code.vault.ports import Secrets


class VaultRings:
    """
    The protocol Rings.

    Raises NotStored if a ring is missing or malformed: nothing can be stored or read without it,
    and the sender will try again.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    @property
    def hash(self) -> KeyRing:
        """The ring for keyed hashes."""
        return self._read(HASH_KEY)

    @property
    def payload(self) -> KeyRing:
        """The ring for phones, queued messages and dead letters."""
        return self._read(PAYLOAD_KEY)

    @property
    def link(self) -> KeyRing:
        """The ring for patients' links."""
        return self._read(LINK_KEY)

    @property
    def cookie(self) -> KeyRing:
        """The ring for cookies."""
        return self._read(COOKIE_KEY)

    def _read(self, name: str) -> KeyRing:
        secret = self._secrets.get(name)
        if secret is None:
            raise NotStored
        try:
            return KeyRing.read(secret)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotStored from None
