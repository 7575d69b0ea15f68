"""
Queues: their names, and the protocols of queues and of the large messages beside them.

A message is a hint, `{"v": 1, "work": {…}}`: it may arrive twice and out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

HL7_INBOUND = "hl7-inbound"
SMS_OUTBOUND = "sms-outbound"
SMS_URGENT = "sms-urgent"
SMS_EVENTS = "sms-events"
QUEUES = (HL7_INBOUND, SMS_URGENT, SMS_OUTBOUND, SMS_EVENTS)


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
