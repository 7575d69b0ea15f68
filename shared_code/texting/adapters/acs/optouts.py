"""
Asks Azure Communication Services whether a recipient said STOP to one of our numbers.

The SDK has no such call in its stable release: its own client signs and carries this one. It is
only a question, so whatever goes wrong is the answer *unknown*; nothing of what the SDK raises
travels on, is kept or is logged.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from shared_code.settings import Settings
from shared_code.texting.adapters.acs.client import AcsClient
from shared_code.vault.ports import Secrets

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
        self._client = AcsClient(
            settings,
            secrets,
            connection_timeout=connection_timeout,
            read_timeout=read_timeout,
        )

    def opted_out(self, sender: str, recipient: str) -> bool | None:
        """Whether the recipient (E.164) blocks this sender; None when it cannot be told."""
        try:
            return _answer(self._ask(sender, recipient), recipient)
        except Exception:  # noqa: BLE001 - whatever a foreign library raises may repeat input
            return None

    def close(self) -> None:
        """Ends the connections; the next question opens new ones."""
        self._client.close()

    def _ask(self, sender: str, recipient: str) -> Any:
        from azure.core.pipeline.transport import HttpRequest

        service: Any = self._client.connected()._sms_service_client
        request = HttpRequest("POST", f"{self._client.endpoint}/sms/optouts:check")
        request.format_parameters({"api-version": API_VERSION})
        request.headers["Accept"] = "application/json"
        request.set_json_body({"from": sender, "recipients": [{"to": recipient}]})
        response = service._send_request(request, stream=False)
        return json.loads(response.body()) if response.status_code == HTTPStatus.OK else None


def _answer(document: Any, recipient: str) -> bool | None:
    """What the answer says of its only recipient; a shape that it should not have says nothing."""
    (found,) = document["value"]
    opted_out = found["isOptedOut"]
    known = found["to"] == recipient and found["httpStatusCode"] == HTTPStatus.OK
    return opted_out if known and isinstance(opted_out, bool) else None
