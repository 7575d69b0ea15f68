"""
Secrets from Azure Key Vault, read with the app's managed identity and cached for up to an hour.

The same code runs locally, where the simulators serve the identity endpoint of App Service. Values
are never logged. The SDK's exceptions contain URLs and are dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shared_code.clock import Clock
from shared_code.errors import NotStored
from shared_code.identity.credential import managed_identity
from shared_code.settings import Settings

if TYPE_CHECKING:
    from azure.identity import ManagedIdentityCredential
    from azure.keyvault.secrets import SecretClient

KEPT = timedelta(hours=1)
_CLIENT_POLICY: Mapping[str, Any] = MappingProxyType(
    {
        "connection_timeout": 2,
        "read_timeout": 6,
        "retry_total": 1,
        "retry_status": 0,  # the SDK would sleep as long as a Retry-After header demands
        "retry_backoff_factor": 0.2,
        "retry_backoff_max": 1,
    }
)


class VaultSecrets:
    """The port Secrets. A missing secret is not cached."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._url = settings.vault_url
        self._ca_file = settings.trusted_ca_file
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[str, datetime]] = {}
        self._client: SecretClient | None = None
        self._credential: ManagedIdentityCredential | None = None

    def get(self, name: str) -> str | None:
        """
        Return the current value of the secret, or None.

        Raises NotStored if the vault does not answer.
        """
        now = self._clock()
        with self._lock:
            value, fetched = self._kept.get(name, ("", now - KEPT))
        if timedelta(0) <= now - fetched < KEPT:
            return value
        found = self._fetch(name)
        if found is not None:
            with self._lock:
                self._kept[name] = (found, now)
        return found

    def close(self) -> None:
        """Close the connections to the vault and to the identity endpoint."""
        with self._lock:
            if self._client is not None and self._credential is not None:
                self._client.close()
                self._credential.close()
            self._client = self._credential = None

    def _fetch(self, name: str) -> str | None:
        from azure.core.exceptions import ResourceNotFoundError

        try:
            return self._connected().get_secret(name).value
        except ResourceNotFoundError:
            return None
        except Exception:  # noqa: BLE001 - whatever a foreign library raises may repeat input
            raise NotStored from None

    def _connected(self) -> SecretClient:
        from azure.keyvault.secrets import SecretClient

        with self._lock:
            if self._client is None:
                self._credential = managed_identity(self._settings, **_CLIENT_POLICY)
                self._client = SecretClient(
                    self._url,
                    self._credential,
                    connection_verify=self._ca_file or True,
                    **_CLIENT_POLICY,
                )
            return self._client
