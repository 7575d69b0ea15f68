"""
A queue message on its way to a function: decoding, and its metadata.

Observed on the real host 4.1037: if the body is a JSON object, its top-level properties (except
arrays and null) replace the message's own metadata, whatever the case of their names; a time given
that way cannot be converted and the function never runs.
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from local.host.functions import HostedFunction
from local.host.queue_service import FetchedMessage
from local.host.runtime import Datum, Runtime

_TIMES = ("InsertionTime", "ExpirationTime", "NextVisibleTime")
_NAMES = {
    name.lower(): name for name in ("Id", "PopReceipt", "DequeueCount", "QueueTrigger", *_TIMES)
}


def body_of(text: str, *, encoded_base64: bool) -> bytes:
    """Return the message's bytes. Raises ValueError if the text is not base64."""
    if not encoded_base64:
        return text.encode()
    return base64.b64decode("".join(text.split()), validate=True)


def for_function(
    runtime: Runtime, function: HostedFunction, body: bytes, message: FetchedMessage | None
) -> tuple[Datum, dict[str, Datum]]:
    """
    Return value and metadata of an invocation.

    A run by hand has no message, so no metadata. Raises UnicodeDecodeError if the function expects
    text and the bytes are not UTF-8.
    """
    if str(function.trigger.get("dataType", "")).upper() == "BINARY":
        value = runtime.datum(body, "bytes")
    else:
        value = runtime.text(body.decode())
    metadata = {"QueueTrigger": value}
    if message is not None:
        metadata |= _own_metadata(runtime, message)
    for name, text in _overriding(body).items():
        metadata[name] = runtime.text(text)
    return value, metadata


def _own_metadata(runtime: Runtime, message: FetchedMessage) -> dict[str, Datum]:
    return {
        "Id": runtime.text(message.id),
        "PopReceipt": runtime.text(message.pop_receipt),
        "DequeueCount": runtime.datum(str(message.dequeue_count), "json"),
        "InsertionTime": runtime.datum(_iso(message.inserted), "json"),
        "ExpirationTime": runtime.datum(_iso(message.expires), "json"),
        "NextVisibleTime": runtime.datum(_iso(message.next_visible), "json"),
    }


def _iso(moment: datetime) -> str:
    return json.dumps(moment.astimezone(UTC).isoformat())


def _overriding(body: bytes) -> dict[str, str]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    found: dict[str, str] = {}
    for key, value in content.items():
        name = _NAMES.get(key.lower())
        if name is not None and value is not None and not isinstance(value, list):
            text = _plain(value)
            # With the quotes, the worker library refuses the time as it does on the real host.
            found[name] = json.dumps(text) if name in _TIMES else text
    return found


def _plain(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)
