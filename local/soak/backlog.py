"""How much work is waiting on the machine's queues, read from the storage emulator."""

from __future__ import annotations

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueServiceClient

from local.stack import Stack

INBOUND = "hl7-inbound"
_TEXTS = ("sms-urgent", "sms-outbound")
_MOST_PEEKED = 32
"""The most messages that one peek at a queue returns."""
_MOST_DELAYED = 500
"""Delayed hints; ten killed workers hide half as many for ten minutes."""


class Backlog:
    """The queues' lengths. Must be closed."""

    def __init__(self, running: Stack) -> None:
        self._queues = QueueServiceClient.from_connection_string(running.storage.connection_string)

    def close(self) -> None:
        """Close the connection."""
        self._queues.close()

    def is_short(self) -> bool:
        """Return whether the workers will soon be idle and few texts are delayed."""
        soon_idle = all(self._visible(name) < _MOST_PEEKED // 2 for name in (INBOUND, *_TEXTS))
        return soon_idle and sum(self.of(name) for name in _TEXTS) < _MOST_DELAYED

    def is_empty(self) -> bool:
        """Return whether no message is visible now; delayed and hidden messages are not counted."""
        return not any(self._visible(name) for name in (INBOUND, *_TEXTS, "sms-events"))

    def of(self, name: str) -> int:
        """Return the number of messages in a queue, including hidden ones."""
        try:
            properties = self._queues.get_queue_client(name).get_queue_properties()
        except ResourceNotFoundError:
            return 0
        return int(properties.approximate_message_count or 0)

    def _visible(self, name: str) -> int:
        try:
            return len(self._queues.get_queue_client(name).peek_messages(_MOST_PEEKED))
        except ResourceNotFoundError:
            return 0
