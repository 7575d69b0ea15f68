"""What is there once for an installation: time, connections, queues, large messages, secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the door starts without the values that it never makes
    from shared_code.domain.connection import Connection


Clock = Callable[[], datetime]
"""The time now, aware and in UTC."""

HL7_INBOUND = "hl7-inbound"
SMS_OUTBOUND = "sms-outbound"
SMS_URGENT = "sms-urgent"
SMS_EVENTS = "sms-events"
QUEUES = (HL7_INBOUND, SMS_URGENT, SMS_OUTBOUND, SMS_EVENTS)


@dataclass(frozen=True, slots=True)
class Stored[T]:
    """A value with the ETag under which it was read."""

    value: T
    etag: str


class Connections(Protocol):
    """The configuration that the portal keeps."""

    def find(self, connection_id: str) -> Connection | None:
        """The connection of that id."""

    def all(self) -> Sequence[Connection]:
        """Every connection."""


class Queues(Protocol):
    """Work for later. Messages never expire; they may arrive twice and out of order."""

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        """Puts `{"v": 1, "work": …}` on the queue."""

    def can_send(self, queue: str) -> bool:
        """Whether the queue answers now."""

    def drain_poison(self, queue: str, keep: Callable[[str], None]) -> int:
        """
        Hands each text of the queue's poison queue, decodable or not, to `keep`, then deletes it.

        Returns how many there were.
        """


class Payloads(Protocol):
    """Sealed messages too large for a queue."""

    def put(self, name: str, sealed: bytes) -> None:
        """Keeps the sealed bytes under the name."""

    def get(self, name: str) -> bytes | None:
        """The sealed bytes, or None when they are gone."""

    def remove(self, name: str) -> None:
        """A missing one is well."""


class Secrets(Protocol):
    """The key vault."""

    def get(self, name: str) -> str | None:
        """The current value of the secret, or None. Raises NotStored when it does not answer."""
