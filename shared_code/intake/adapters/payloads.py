"""Blob container `hl7-inbound`: sealed messages too large for a queue, erased after applying."""

from __future__ import annotations

from shared_code.intake import PAYLOADS
from shared_code.storage.blobs import Container
from shared_code.storage.connect import StorageAccount


class BlobPayloads:
    """The port Payloads."""

    def __init__(self, account: StorageAccount) -> None:
        self._container = Container(account, PAYLOADS)

    def put(self, name: str, sealed: bytes) -> None:
        """Keeps the sealed bytes under the name."""
        self._container.put(name, sealed)

    def get(self, name: str) -> bytes | None:
        """The sealed bytes, or None when they are gone."""
        return self._container.get(name)

    def remove(self, name: str) -> None:
        """Erase it. Does nothing if it does not exist."""
        self._container.remove(name)
