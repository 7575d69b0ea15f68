"""
Asks Azure Communication Services whether a recipient said STOP to one of our numbers.

The SDK has no such call in its stable release: its own client signs and carries this one. It is
only a question, so whatever goes wrong is the answer *unknown*; nothing of what the SDK raises
travels on, is kept or is logged.
"""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from shared_code.errors import NotStored
from shared_code.ports import Secrets
from shared_code.settings import Settings

if TYPE_CHECKING:
    from azure.communication.sms import SmsClient
    from azure.core.credentials import AzureKeyCredential
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import ManagedIdentityCredential

API_VERSION = "2024-12-10-preview"
CONNECT_SECONDS = 1
READ_SECONDS = 2
"""The text waits for this answer, and goes without it."""


class ServiceOptOuts:
    """One client, made for the first question and shared by all threads."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        *,
        connection_timeout: float = CONNECT_SECONDS,
        read_timeout: float = READ_SECONDS,
    ) -> None:
        self._endpoint = settings.acs_endpoint
        self._key_secret = settings.acs_key_secret
        self._verify: str | bool = settings.trusted_ca_file or True
        self._timeouts: dict[str, Any] = {
            "connection_timeout": connection_timeout,
            "read_timeout": read_timeout,
        }
        self._secrets = secrets
        self._lock = threading.Lock()
        self._client: SmsClient | None = None
        self._transport: RequestsTransport | None = None
        self._key: AzureKeyCredential | None = None
        self._identity: ManagedIdentityCredential | None = None

    def opted_out(self, sender: str, recipient: str) -> bool | None:
        """Whether the recipient (E.164) blocks this sender; None when it cannot be told."""
        try:
            return _answer(self._ask(sender, recipient), recipient)
        except Exception:  # noqa: BLE001 - whatever a foreign library raises may repeat input
            return None

    def close(self) -> None:
        """Ends the connections; the next question opens new ones."""
        with self._lock:
            for each in (self._transport, self._identity):
                if each is not None:
                    each.close()
            self._client = self._transport = self._key = self._identity = None

    def _ask(self, sender: str, recipient: str) -> Any:
        from azure.core.pipeline.transport import HttpRequest

        service: Any = self._connected()._sms_service_client
        request = HttpRequest("POST", f"{self._endpoint}/sms/optouts:check")
        request.format_parameters({"api-version": API_VERSION})
        request.headers["Accept"] = "application/json"
        request.set_json_body({"from": sender, "recipients": [{"to": recipient}]})
        response = service._send_request(request, stream=False)
        return json.loads(response.body()) if response.status_code == HTTPStatus.OK else None

    def _connected(self) -> SmsClient:
        key = self._secrets.get(self._key_secret) if self._key_secret else None
        if self._key_secret and not key:
            raise NotStored
        with self._lock:
            if self._client is None:
                self._client = self._new_client(key)
            elif self._key is not None and key:
                self._key.update(key)  # it may have been rotated in the vault
            return self._client

    def _new_client(self, key: str | None) -> SmsClient:
        from azure.communication.sms import SmsClient
        from azure.core.pipeline.transport import RequestsTransport

        # opened here, as acs.py explains
        self._transport = RequestsTransport(connection_verify=self._verify, **self._timeouts)
        self._transport.open()
        return SmsClient(
            self._endpoint,
            self._credential(key),
            transport=self._transport,
            retry_total=0,
            permit_redirects=False,
        )

    def _credential(self, key: str | None) -> AzureKeyCredential | ManagedIdentityCredential:
        if key:
            from azure.core.credentials import AzureKeyCredential

            self._key = AzureKeyCredential(key)
            return self._key
        from azure.identity import ManagedIdentityCredential

        self._identity = ManagedIdentityCredential(retry_total=0, **self._timeouts)
        return self._identity


def _answer(document: Any, recipient: str) -> bool | None:
    """What the answer says of its only recipient; a shape that it should not have says nothing."""
    (found,) = document["value"]
    opted_out = found["isOptedOut"]
    known = found["to"] == recipient and found["httpStatusCode"] == HTTPStatus.OK
    return opted_out if known and isinstance(opted_out, bool) else None
