"""The port OptOuts as a dictionary under a lock; tests/contract holds it to the real one."""

from __future__ import annotations

import threading


class MemoryOptOuts:
    """`senders` holds the numbers that reported STOP, by tenant and recipient."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.senders: dict[tuple[str, str], frozenset[str]] = {}

    def add(self, tenant: str, recipient: str, sender: str) -> None:
        """Adding again changes nothing."""
        with self._lock:
            before = self.senders.get((tenant, recipient), frozenset())
            self.senders[tenant, recipient] = before | {sender}

    def remove(self, tenant: str, recipient: str, sender: str | None = None) -> None:
        """Takes back one STOP, or with None all of them."""
        with self._lock:
            before = self.senders.pop((tenant, recipient), frozenset())
            after = before - {sender} if sender is not None else frozenset()
            if after:
                self.senders[tenant, recipient] = after

    def stops(self, tenant: str, recipient: str) -> frozenset[str]:
        """The senders to whom the number said STOP; with any, the tenant must not text."""
        with self._lock:
            return self.senders.get((tenant, recipient), frozenset())
