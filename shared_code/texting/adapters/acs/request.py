"""
What we add to the SDK's request, and the moment at which it leaves.

The SDK makes repeatability values of its own at random; here ours take their place before the
request is signed. They come from the text that the calling thread is sending.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from typing import Any

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from shared_code.texting.ports import OutgoingText


@dataclass(slots=True)
class CurrentText:
    """A text being sent. `departed`: signed and handed to the transport."""

    text: OutgoingText
    departed: bool = False


current: ContextVar[CurrentText] = ContextVar("current")


class Repeatability(SansIOHTTPPolicy[Any, Any]):
    """Makes two requests for the same claim one and the same to the service."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Runs before the signature. Without a current text nothing leaves (LookupError)."""
        text = current.get().text
        body = json.loads(request.http_request.body)
        (recipient,) = body["smsRecipients"]
        recipient["repeatabilityRequestId"] = text.request_id
        first_sent = text.first_sent.astimezone(UTC)
        recipient["repeatabilityFirstSent"] = format_datetime(first_sent, usegmt=True)
        request.http_request.set_json_body(body)


class Departure(SansIOHTTPPolicy[Any, Any]):
    """Runs after the signature: whatever failed earlier (vault, identity, key) sent nothing."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Notes that the request is on its way."""
        current.get().departed = True
