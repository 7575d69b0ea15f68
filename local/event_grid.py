"""
Event Grid on one machine: moves the SMS service's events to the queue `sms-events`.

Like an Event Grid subscription with a storage queue as its destination: one message for each event,
the event's JSON in base64, delivered at least once.
"""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.request
from pathlib import Path
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from local.certificates import write_whole

QUEUE = "sms-events"
_EVERY_SECONDS = 0.5


class EventGrid:
    """Delivers events until stopped; retries those it cannot deliver."""

    def __init__(self, desk_url: str, connection_string: str, position: Path) -> None:
        """`position` is a file that remembers how many events were delivered before."""
        self._url = f"{desk_url}/control/events"
        self._queue = QueueClient.from_connection_string(
            connection_string, QUEUE, message_encode_policy=TextBase64EncodePolicy()
        )
        self._position = position
        self._delivered = int(position.read_text()) if position.exists() else 0
        self._stop = threading.Event()
        self._held = threading.Event()
        self._delivering = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="event-grid", daemon=True)
        self._thread.start()

    def hold(self) -> None:
        """Pause delivery. An event being delivered arrives before this returns."""
        self._held.set()
        with self._delivering:
            return

    def release(self) -> None:
        """Resume delivery, including events that were raised meanwhile."""
        self._held.clear()

    def stop(self) -> None:
        """Stop after the event being delivered."""
        self._stop.set()
        self._thread.join()
        self._queue.close()

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            with self._delivering, contextlib.suppress(OSError):  # the simulators may be restarting
                if not self._held.is_set():
                    self._deliver()

    def _deliver(self) -> None:
        with urllib.request.urlopen(f"{self._url}?after={self._delivered}", timeout=5) as response:
            events: list[dict[str, Any]] = json.load(response)
        for event in events:
            self._send(json.dumps(event))
            self._delivered += 1
            write_whole(self._position, str(self._delivered).encode(), 0o600)

    def _send(self, text: str) -> None:
        with contextlib.suppress(ResourceExistsError):
            self._queue.create_queue()
        self._queue.send_message(text)
