"""
The SDK's client of Azure Communication Services, as everything here uses it: our own transport and
time-outs, a key from the vault or the app's identity, no repeats and no redirects.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from shared_code.errors import NotStored
from shared_code.identity.credential import managed_identity
from shared_code.settings import Settings
from shared_code.vault.ports import Secrets

if TYPE_CHECKING:
    from azure.communication.sms import SmsClient
    from azure.core.credentials import AzureKeyCredential
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import ManagedIdentityCredential

type Policies = Mapping[str, list[Any]]
"""What joins the SDK's pipeline, under the names of its arguments."""


class AcsClient:
    """
    One client, made for the first request and shared by all threads. Time-outs are in seconds;
    `policies` is called when the client is made, so that nothing of the SDK is loaded before.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        *,
        connection_timeout: float,
        read_timeout: float,
        policies: Callable[[], Policies] = dict,
    ) -> None:
        self._settings = settings
        self.endpoint = settings.acs_endpoint
        self._key_secret = settings.acs_key_secret
        self._verify: str | bool = settings.trusted_ca_file or True
        self._timeouts: dict[str, Any] = {
            "connection_timeout": connection_timeout,
            "read_timeout": read_timeout,
        }
        self._policies = policies
        self._secrets = secrets
        self._lock = threading.Lock()
        self._client: SmsClient | None = None
        self._transport: RequestsTransport | None = None
        self._key: AzureKeyCredential | None = None
        self._identity: ManagedIdentityCredential | None = None

    def connected(self) -> Any:
        """
        The SDK's client; its own annotations are wrong, hence Any. Raises NotStored when the key
        cannot be had.
        """
        key = self._current_key() if self._key_secret else ""
        with self._lock:
            if self._client is None:
                self._client = self._new_client(key)
            elif self._key is not None and self._key.key != key:
                self._key.update(key)  # it was rotated in the vault
            return self._client

    def close(self) -> None:
        """Ends the connections; the next request opens new ones."""
        with self._lock:
            for each in (self._transport, self._identity):
                if each is not None:
                    each.close()
            self._client = self._transport = self._key = self._identity = None

    def _current_key(self) -> str:
        key = self._secrets.get(self._key_secret)
        if not key:
            raise NotStored
        return key

    def _new_client(self, key: str) -> SmsClient:
        from azure.communication.sms import SmsClient
        from azure.core.pipeline.transport import RequestsTransport

        # our own transport, opened here: the SDK would open it at the first request, which is
        # not safe when two threads have one, and gives no way to close it
        self._transport = RequestsTransport(connection_verify=self._verify, **self._timeouts)
        self._transport.open()
        return SmsClient(
            self.endpoint,
            self._credential(key),
            transport=self._transport,
            retry_total=0,
            permit_redirects=False,
            **self._policies(),
        )

    def _credential(self, key: str) -> AzureKeyCredential | ManagedIdentityCredential:
        if key:
            from azure.core.credentials import AzureKeyCredential

            self._key = AzureKeyCredential(key)
            return self._key
        self._identity = managed_identity(self._settings, retry_total=0, **self._timeouts)
        return self._identity
