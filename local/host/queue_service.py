"""
Queues of the storage service: the five calls the host makes, and a fetched message.

Encoding of texts, attempts and poison are in queue_listener.py.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from local.host.errors import StorageFailed
from local.host.functions import QueueAddress
from local.host.storage import Service


@dataclass(slots=True)
class FetchedMessage:
    """A message that is invisible to others; its pop receipt changes with every renewal."""

    id: str
    pop_receipt: str
    text: str
    dequeue_count: int
    inserted: datetime
    expires: datetime
    next_visible: datetime


class Queues:
    """All queues of this host; one connection pool for each account."""

    def __init__(self) -> None:
        """Connections are opened when first needed."""
        self._services: dict[str, Service] = {}
        self._watchers: dict[QueueAddress, list[asyncio.Event]] = {}

    def watch(self, queue: QueueAddress) -> asyncio.Event:
        """Return an event that is set whenever this host puts a message on the queue."""
        event = asyncio.Event()
        self._watchers.setdefault(queue, []).append(event)
        return event

    async def put(self, queue: QueueAddress, text: str) -> None:
        """Append a message for the default seven days, creating the queue if needed."""
        await self._append(queue, text)
        for event in self._watchers.get(queue, ()):
            event.set()

    async def _append(self, queue: QueueAddress, text: str) -> None:
        document = f"<QueueMessage><MessageText>{escape(text)}</MessageText></QueueMessage>"
        service = self._service(queue)
        try:
            await service.call("POST", f"/{queue.name}/messages", body=document.encode())
        except StorageFailed as error:
            if error.status != 404:
                raise
            await service.call("PUT", f"/{queue.name}")
            await service.call("POST", f"/{queue.name}/messages", body=document.encode())

    async def fetch(
        self, queue: QueueAddress, count: int, invisible_seconds: float
    ) -> list[FetchedMessage]:
        """
        Return up to `count` messages, hidden from others meanwhile; none if the queue is missing.
        """
        query = {"numofmessages": str(count), "visibilitytimeout": _seconds(invisible_seconds)}
        try:
            reply = await self._service(queue).call("GET", f"/{queue.name}/messages", query)
        except StorageFailed as error:
            if error.status == 404:
                return []
            raise
        # The XML is trusted: it comes from the emulator on this machine.
        return [_message(each) for each in ElementTree.fromstring(reply.body)]  # noqa: S314

    async def delete(self, queue: QueueAddress, message: FetchedMessage) -> None:
        """Delete a message that this host holds."""
        path = f"/{queue.name}/messages/{message.id}"
        await self._service(queue).call("DELETE", path, {"popreceipt": message.pop_receipt})

    async def hide(self, queue: QueueAddress, message: FetchedMessage, seconds: float) -> None:
        """Set for how long from now a message that this host holds stays invisible."""
        query = {"popreceipt": message.pop_receipt, "visibilitytimeout": _seconds(seconds)}
        path = f"/{queue.name}/messages/{message.id}"
        reply = await self._service(queue).call("PUT", path, query)
        message.pop_receipt = reply.headers["x-ms-popreceipt"]

    def _service(self, queue: QueueAddress) -> Service:
        found = self._services.get(queue.connection)
        if found is None:
            found = self._services[queue.connection] = Service.of(queue.connection, "Queue")
        return found


def _seconds(value: float) -> str:
    return str(round(value))


def _message(element: ElementTree.Element) -> FetchedMessage:
    def text(name: str) -> str:
        return element.findtext(name) or ""

    return FetchedMessage(
        id=text("MessageId"),
        pop_receipt=text("PopReceipt"),
        text=text("MessageText"),
        dequeue_count=int(text("DequeueCount")),
        inserted=parsedate_to_datetime(text("InsertionTime")),
        expires=parsedate_to_datetime(text("ExpirationTime")),
        next_visible=parsedate_to_datetime(text("TimeNextVisible")),
    )
