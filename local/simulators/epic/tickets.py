"""Launch tokens, authorization codes and access tokens: valid once or for a time."""

import threading
from datetime import datetime, timedelta


class NotUsable(Exception):
    """A ticket is `unknown`, `used` or `expired`; the text says which."""


class Tickets[Value]:
    """Issued tickets by their text. Times are on the clock that a demo may move."""

    def __init__(self, lifetime: timedelta) -> None:
        self._lifetime = lifetime
        self._lock = threading.Lock()
        self._issued: dict[str, tuple[Value, datetime]] = {}
        self._used: set[str] = set()

    def issue(self, ticket: str, value: Value, now: datetime) -> None:
        with self._lock:
            self._issued[ticket] = (value, now + self._lifetime)

    def read(self, ticket: str, now: datetime) -> Value:
        """Return what the ticket stands for. Raises NotUsable."""
        with self._lock:
            return self._find(ticket, now)

    def use(self, ticket: str, now: datetime) -> Value:
        """Return what the ticket stands for; it is used up. Raises NotUsable."""
        with self._lock:
            value = self._find(ticket, now)
            self._used.add(ticket)
            return value

    def clear(self) -> None:
        with self._lock:
            self._issued.clear()
            self._used.clear()

    def _find(self, ticket: str, now: datetime) -> Value:
        if ticket not in self._issued:
            raise NotUsable("unknown")
        if ticket in self._used:
            raise NotUsable("used")
        value, until = self._issued[ticket]
        if now >= until:
            raise NotUsable("expired")
        return value
