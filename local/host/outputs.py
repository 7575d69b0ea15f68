"""
Queue outputs: written as messages after a function has returned successfully.

Observed on the real host 4.1037: text that is JSON is re-indented, a JSON array becomes one message
for each item, bytes are written unchanged.
"""

import base64
import json
from collections.abc import Iterable

from local.host.answers import indented
from local.host.functions import HostedFunction
from local.host.queue_service import Queues
from local.host.runtime import Datum


class Outputs:
    """Writes the queue outputs of finished functions."""

    def __init__(self, queues: Queues, *, encode_base64: bool) -> None:
        """`encode_base64` is host.json's messageEncoding."""
        self._queues = queues
        self._base64 = encode_base64

    async def write(self, function: HostedFunction, outputs: Iterable[tuple[str, Datum]]) -> None:
        """Write all messages. A storage failure fails the invocation."""
        for name, datum in outputs:
            queue = function.outputs.get(name)
            if queue is not None and datum.type is not None:
                for body in messages(datum):
                    await self._queues.put(queue, self._text(body))

    def _text(self, body: bytes) -> str:
        return base64.b64encode(body).decode() if self._base64 else body.decode()


def messages(datum: Datum) -> list[bytes]:
    """Return the bodies of the messages that one output becomes."""
    if datum.type == "bytes":
        return [bytes(datum.value)]
    text = str(datum.value)
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, list):
        return [(each if isinstance(each, str) else indented(each)).encode() for each in value]
    return [(indented(value) if isinstance(value, dict) else text).encode()]
