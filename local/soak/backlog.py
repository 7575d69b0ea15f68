"""How much work waits on the machine's queues: asked of the storage emulator itself."""

from __future__ import annotations

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueServiceClient

from local.stack import Stack

INBOUND = "hl7-inbound"
_TEXTS = ("sms-urgent", "sms-outbound")
_SEEN = 32
"""The most that a queue shows at once."""
_ASLEEP = 500
"""Hints; ten killed workers hide half as many for ten minutes."""


class Backlog:
    """Must be closed."""

    def __init__(self, running: Stack) -> None:
        self._queues = QueueServiceClient.from_connection_string(running.storage.connection_string)

    def close(self) -> None:
        """Ends the connection."""
        self._queues.close()

    def is_short(self) -> bool:
        """Whether workers will soon have nothing to do, and few texts wait for their turn."""
        soon_idle = all(self._visible(name) < _SEEN // 2 for name in (INBOUND, *_TEXTS))
        return soon_idle and sum(self.of(name) for name in _TEXTS) < _ASLEEP

    def is_empty(self) -> bool:
        """Whether nothing is there to be worked on now; what sleeps or is hidden is not seen."""
        return not any(self._visible(name) for name in (INBOUND, *_TEXTS, "sms-events"))

    def of(self, name: str) -> int:
        """All messages of a queue, hidden ones counted."""
        try:
            properties = self._queues.get_queue_client(name).get_queue_properties()
        except ResourceNotFoundError:
            return 0
        return int(properties.approximate_message_count or 0)

    def _visible(self, name: str) -> int:
        try:
            return len(self._queues.get_queue_client(name).peek_messages(_SEEN))
        except ResourceNotFoundError:
            return 0
