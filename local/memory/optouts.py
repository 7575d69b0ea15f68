"""The port OptOuts as a dictionary under a lock; tests/contract tests it like the real one."""

from __future__ import annotations

import threading


class MemoryOptOuts:
    """
    The port OptOuts. `senders` holds the numbers to which STOP was sent, by tenant and recipient.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.senders: dict[tuple[str, str], frozenset[str]] = {}

    def add(self, tenant: str, recipient: str, sender: str) -> None:
        """Record an opt-out. Recording it again changes nothing."""
        with self._lock:
            before = self.senders.get((tenant, recipient), frozenset())
            self.senders[tenant, recipient] = before | {sender}

    def remove(self, tenant: str, recipient: str, sender: str | None = None) -> None:
        """Withdraw the opt-out for one sender, or all of them if `sender` is None."""
        with self._lock:
            before = self.senders.pop((tenant, recipient), frozenset())
            after = before - {sender} if sender is not None else frozenset()
            if after:
                self.senders[tenant, recipient] = after

    def stops(self, tenant: str, recipient: str) -> frozenset[str]:
        """
        Return the senders to whom the number said STOP. If there are any, the tenant must not text.
        """
        with self._lock:
            return self.senders.get((tenant, recipient), frozenset())
