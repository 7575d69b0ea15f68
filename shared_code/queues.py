"""
The names of queues, and the ports of queues and of large sealed messages.

A message is a hint, `{"v": 1, "work": {…}}`: it may arrive twice and out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

HL7_INBOUND = "hl7-inbound"
SMS_OUTBOUND = "sms-outbound"
SMS_URGENT = "sms-urgent"
SMS_EVENTS = "sms-events"
VISIT_PREPARATION = "visit-preparation"
POISON = "-poison"
"""Ends the name of the queue with the messages that failed five times."""
QUEUES = (HL7_INBOUND, SMS_URGENT, SMS_OUTBOUND, SMS_EVENTS, VISIT_PREPARATION)


class Queues(Protocol):
    """The queues. Messages never expire; they may arrive twice and out of order."""

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        """Put `{"v": 1, "work": …}` on the queue."""

    def can_send(self, queue: str) -> bool:
        """Return whether the queue answers now."""

    def depth(self, queue: str) -> int:
        """Return about how many messages are on the queue, hidden ones too; 0 if there is none."""

    def drain_poison(self, queue: str, keep: Callable[[str], None]) -> int:
        """
        Pass each text of the queue's poison queue, decodable or not, to `keep`, then delete it.

        Returns the number of messages.
        """


class Payloads(Protocol):
    """Sealed messages that are too large for a queue."""

    def put(self, name: str, sealed: bytes) -> None:
        """Write the sealed bytes under the name."""

    def get(self, name: str) -> bytes | None:
        """Return the sealed bytes, or None if they are gone."""

    def remove(self, name: str) -> None:
        """Erase the bytes. Does nothing if they do not exist."""
