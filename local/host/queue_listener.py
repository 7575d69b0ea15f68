"""
A queue trigger: polling, attempts, renewal and poison.

Observed on the real host 4.1037: a message is fetched for ten minutes (here a setting) and renewed
at half-time while its function runs, so a killed host leaves it invisible for the rest; after the
fifth failed attempt it is copied to `<queue>-poison` and deleted; host.json's visibilityTimeout is
only the delay before the next attempt. What the function receives is in queue_message.py.
"""

import asyncio
import contextlib
import logging
import random

from local.host.errors import HostError
from local.host.functions import HostedFunction, QueueAddress
from local.host.host_json import QueueOptions
from local.host.invocations import Invoker
from local.host.queue_message import body_of, for_function
from local.host.queue_service import FetchedMessage, Queues
from local.host.runtime import Runtime

FIRST_DELAY = 0.1  # seconds between polls of a busy queue
LONGEST_QUEUE_NAME = 63
_log = logging.getLogger("Host.Queues")


class QueueListener:
    """Feeds one function from one queue."""

    def __init__(
        self,
        function: HostedFunction,
        queue: QueueAddress,
        queues: Queues,
        options: QueueOptions,
        invisible_seconds: float,
        runtime: Runtime,
        invoker: Invoker,
    ) -> None:
        """`invisible_seconds` is how long a fetched message stays hidden from others."""
        self._function = function
        self._queue = queue
        self._queues = queues
        self._options = options
        self._invisible = invisible_seconds
        self._runtime = runtime
        self._invoker = invoker
        self._written = queues.watch(queue)
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._poison = _poison_of(queue)

    async def run(self) -> None:
        """Poll until stopped."""
        delay = FIRST_DELAY
        while not self._stopping:
            messages = await self._fetch()
            if not messages:
                delay = await self._pause(min(delay, self._options.max_polling))
                continue
            delay = FIRST_DELAY
            for message in messages:
                task = asyncio.create_task(self._handle(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            while len(self._running) > self._options.new_batch_threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    def stop(self) -> None:
        """Stop fetching; running functions continue."""
        self._stopping = True
        self._written.set()

    @property
    def running(self) -> set[asyncio.Task[None]]:
        """Return the messages being worked on."""
        return set(self._running)

    async def _fetch(self) -> list[FetchedMessage]:
        try:
            return await self._queues.fetch(self._queue, self._options.batch_size, self._invisible)
        except (HostError, OSError) as error:
            _log.warning("queue %s cannot be read: %s", self._queue.name, type(error).__name__)
            return []

    async def _pause(self, delay: float) -> float:
        """Wait for `delay` seconds or this host's next message. Returns the next delay."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._written.wait()
        if self._written.is_set():
            self._written.clear()
            return FIRST_DELAY
        return delay * 2 * random.uniform(0.8, 1.2)  # noqa: S311 - spreads polls, guards nothing

    async def _handle(self, message: FetchedMessage) -> None:
        try:
            await self._process(message)
        except (HostError, OSError) as error:
            _log.warning(
                "message %s stays as it is: storage failed (%s)", message.id, type(error).__name__
            )

    async def _process(self, message: FetchedMessage) -> None:
        most = self._options.max_dequeue_count
        try:
            body = body_of(message.text, encoded_base64=self._options.base64)
        except ValueError:
            _log.error("message %s is no base64: it goes to poison unseen", message.id)
            await self._move_to_poison(message)
            return
        if message.dequeue_count > most:
            await self._move_to_poison(message)
        elif await self._attempt(message, body):
            await self._queues.delete(self._queue, message)
        elif message.dequeue_count >= most:
            await self._move_to_poison(message)
        elif self._poison is not None:
            await self._queues.hide(self._queue, message, self._options.retry_delay)

    async def _attempt(self, message: FetchedMessage, body: bytes) -> bool:
        try:
            value, metadata = for_function(self._runtime, self._function, body, message)
        except UnicodeDecodeError:
            _log.error("message %s is no UTF-8: the function does not run", message.id)
            return False
        finished = asyncio.Event()
        renewal = asyncio.create_task(self._renew(message, finished))
        try:
            reason = f"new message, MessageId={message.id}, DequeueCount={message.dequeue_count}"
            outcome = await self._invoker.run(self._function, value, metadata, reason=reason)
        finally:
            finished.set()
            await renewal  # a running renewal changes the pop receipt that the caller needs
        return outcome.ok

    async def _renew(self, message: FetchedMessage, finished: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._invisible / 2):
                    await finished.wait()
            if finished.is_set():
                return
            with contextlib.suppress(HostError, OSError):
                await self._queues.hide(self._queue, message, self._invisible)

    async def _move_to_poison(self, message: FetchedMessage) -> None:
        """
        Copy the message to the poison queue, then delete it.

        Without a poison queue it stays hidden and then returns.
        """
        if self._poison is None:
            return
        # The text is copied unchanged, even if it could not be decoded.
        await self._queues.put(self._poison, message.text)
        await self._queues.delete(self._queue, message)
        _log.error("message %s was moved to %s", message.id, self._poison.name)


def _poison_of(queue: QueueAddress) -> QueueAddress | None:
    name = f"{queue.name}-poison"
    if queue.name.endswith("-poison") or len(name) > LONGEST_QUEUE_NAME:
        return None
    return QueueAddress(queue.connection, name)
