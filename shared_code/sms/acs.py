"""
Texts through Azure Communication Services, by its official SDK: one request, never repeated here.

What an answer or a failure proves is told in outcomes.py. Nothing of what the SDK raises travels
on, is kept or is logged: its texts repeat the patient's number.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from shared_code.errors import ErrorCode, NotStored
from shared_code.ports import NotSent, OutgoingText, RefusedText, Secrets, SendResult
from shared_code.settings import Settings

if TYPE_CHECKING:
    from azure.communication.sms import SmsClient
    from azure.core.credentials import AzureKeyCredential
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import ManagedIdentityCredential

LONGEST = 2048
"""Bytes of UTF-8 in one text (Azure Communication Services, SMS FAQ)."""
CONNECT_SECONDS = 2
READ_SECONDS = 6
"""Together below the ten seconds that a stopping host leaves."""


_NEVER_LEFT = NotSent(opened=False)


class AcsSender:
    """The port TextSender. One client, made for the first text and shared by all threads."""

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

    def send(self, text: OutgoingText) -> SendResult:
        """One request, never repeated here. Raises nothing of the service's."""
        if len(text.body.encode("utf-8", "surrogatepass")) > LONGEST:
            return RefusedText(ErrorCode.TEXT_TOO_LONG)
        from shared_code.sms import outcomes
        from shared_code.sms.request import Attempt, current

        attempt = Attempt(text)
        token = current.set(attempt)
        try:
            client: Any = self._connected()  # the SDK's own annotations are wrong
            answers = client.send(
                text.from_number, [text.to], text.body, enable_delivery_report=True, tag=text.tag
            )
            result = outcomes.of_answers(answers)
        except Exception as error:  # noqa: BLE001 - whatever a foreign library raises may repeat input
            result = outcomes.of_error(error, text.first_sent) if attempt.departed else _NEVER_LEFT
        finally:
            current.reset(token)
        return result

    def close(self) -> None:
        """Ends the connections; the next text opens new ones."""
        with self._lock:
            for each in (self._transport, self._identity):
                if each is not None:
                    each.close()
            self._client = self._transport = self._key = self._identity = None

    def _connected(self) -> SmsClient:
        key = self._current_key() if self._key_secret else ""
        with self._lock:
            if self._client is None:
                self._client = self._new_client(key)
            elif self._key is not None and self._key.key != key:
                self._key.update(key)  # it was rotated in the vault
            return self._client

    def _current_key(self) -> str:
        key = self._secrets.get(self._key_secret)
        if not key:
            raise NotStored
        return key

    def _new_client(self, key: str) -> SmsClient:
        from azure.communication.sms import SmsClient
        from azure.core.pipeline.transport import RequestsTransport

        from shared_code.sms.request import Departure, Repeatability

        # our own transport, opened here: the SDK would open it at the first request, which is
        # not safe when two threads have one, and gives no way to close it
        self._transport = RequestsTransport(connection_verify=self._verify, **self._timeouts)
        self._transport.open()
        return SmsClient(
            self._endpoint,
            self._credential(key),
            transport=self._transport,
            per_call_policies=[Repeatability()],
            per_retry_policies=[Departure()],
            retry_total=0,
            permit_redirects=False,
        )

    def _credential(self, key: str) -> AzureKeyCredential | ManagedIdentityCredential:
        if key:
            from azure.core.credentials import AzureKeyCredential

            self._key = AzureKeyCredential(key)
            return self._key
        from azure.identity import ManagedIdentityCredential

        self._identity = ManagedIdentityCredential(retry_total=0, **self._timeouts)
        return self._identity
