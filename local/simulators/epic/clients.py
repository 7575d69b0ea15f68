"""
The apps that the hospital has registered: for which environment, with which keys and redirects.

Their public keys come from their JWKS address, read as Epic does: kept, and read once more if a
signature does not verify.
"""

import json
import ssl
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECONDS = 5.0
_LARGEST = 100_000


@dataclass(frozen=True)
class Client:
    """
    One registration. `keys` were handed over by the app's developer instead of an address.

    `background` is whether a background user of Epic is mapped to it (for client_credentials).
    """

    client_id: str
    environment: str
    redirect_uris: tuple[str, ...] = ()
    jwks_url: str = ""
    keys: tuple[Mapping[str, Any], ...] = ()
    background: bool = False


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Clients:
    """Registrations by environment and client id, and the key sets read so far."""

    def __init__(self, ca_file: Path) -> None:
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Client] = {}
        self._key_sets: dict[str, list[Mapping[str, Any]]] = {}

    def register(self, client: Client) -> None:
        with self._lock:
            self._clients[client.environment, client.client_id] = client

    def find(self, environment: str, client_id: str) -> Client | None:
        with self._lock:
            return self._clients.get((environment, client_id))

    def all(self) -> list[Client]:
        with self._lock:
            return list(self._clients.values())

    def keys(self, client: Client, *, again: bool = False) -> Sequence[Mapping[str, Any]]:
        """Return the app's public keys; `again` reads its address once more."""
        if not client.jwks_url:
            return client.keys
        with self._lock:
            kept = self._key_sets.get(client.jwks_url)
        if kept is not None and not again:
            return kept
        try:
            read = self._read(client.jwks_url)
        except (OSError, ValueError, KeyError, TypeError):
            return kept or ()
        with self._lock:
            self._key_sets[client.jwks_url] = read
        return read

    def _read(self, url: str) -> list[Mapping[str, Any]]:
        context = ssl.create_default_context(cafile=self._ca_file)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=context),
            _NoRedirects,
        )
        with opener.open(url, timeout=_SECONDS) as answer:
            return [key for key in json.loads(answer.read(_LARGEST))["keys"] if "kid" in key]
