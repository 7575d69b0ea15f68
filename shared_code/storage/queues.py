"""
The adapter of queues: hints for later work. The tables are the source of truth.

Only `hl7-inbound` carries content, and that is sealed; every other queue carries keys. The envelope
is `{"v": 1, "work": {…}}`, because top-level names of a JSON body would overwrite the host's
metadata of the message.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from shared_code.errors import NotStored
from shared_code.queues import POISON
from shared_code.storage.connect import StorageAccount
from shared_code.storage.translate import Missing, made_on_demand, translated

if TYPE_CHECKING:
    from azure.storage.queue import QueueClient, QueueMessage

_NEVER_EXPIRES = -1
_PAGE = 32
_POISON_HIDDEN_SECONDS = 60


class StorageQueues:
    """The port Queues."""

    def __init__(self, account: StorageAccount) -> None:
        self._account = account

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        """Put the work on the queue, creating it if needed."""
        text = json.dumps({"v": 1, "work": dict(work)}, separators=(",", ":"))
        made_on_demand(
            lambda: self._account.queue(queue).send_message(
                text, visibility_timeout=delay_seconds, time_to_live=_NEVER_EXPIRES
            ),
            lambda: self._account.queue(queue).create_queue(),
        )

    def can_send(self, queue: str) -> bool:
        """Return whether the queue answers now."""
        try:
            made_on_demand(
                lambda: self._account.queue(queue).get_queue_properties(),
                lambda: self._account.queue(queue).create_queue(),
            )
        except NotStored:
            return False
        return True

    def depth(self, queue: str) -> int:
        """Return about how many messages are on the queue, hidden ones too; 0 if there is none."""
        try:
            with translated():
                found = self._account.queue(queue).get_queue_properties()
        except Missing:
            return 0
        return found.approximate_message_count or 0

    def drain_poison(self, queue: str, keep: Callable[[str], None]) -> int:
        """
        Pass each text to `keep`, then delete it. A message for which `keep` fails returns in a
        minute.
        """
        with translated():
            client = self._account.queue(f"{queue}{POISON}")
        count = 0
        for message in _waiting(client):
            keep(_readable(message.content or ""))
            _delete(client, message)
            count += 1
        return count


def _waiting(client: QueueClient) -> Iterator[QueueMessage]:
    try:
        with translated():
            yield from client.receive_messages(
                messages_per_page=_PAGE, visibility_timeout=_POISON_HIDDEN_SECONDS
            )
    except Missing:
        return


def _delete(client: QueueClient, message: QueueMessage) -> None:
    try:
        with translated():
            client.delete_message(message)
    except Missing:
        return


def _readable(text: str) -> str:
    """Return the text decoded from base64, or unchanged if it is not base64."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return text
