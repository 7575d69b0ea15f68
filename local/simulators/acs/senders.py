"""
The sending numbers, and how fast each may send (per 60 seconds, by kind).

Counted on the simulators' clock in a sliding window, one unit for each segment and recipient: the
documentation counts requests and message units, and the stricter reading is used.
"""

import math
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

WINDOW = timedelta(seconds=60)


@dataclass(frozen=True)
class Kind:
    """A kind of number with its documented rate and its carrier's replies."""

    name: str
    units_per_window: int
    stopped: str
    resumed: str


TOLL_FREE = Kind(
    "toll-free",
    200,
    'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.',
    'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this '
    "number.",
)
SHORT_CODE = Kind(
    "short code",
    6000,
    "You have successfully been unsubscribed to messages from this number. "
    "Reply START to resubscribe",
    "You have successfully been re-subscribed to messages from this number. "
    "Reply STOP to unsubscribe.",
)

OWNED = MappingProxyType(
    {"+18005550100": TOLL_FREE, "+18005550101": TOLL_FREE, "55501": SHORT_CODE}
)


class Rates:
    """The units that each number sent in the last window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: dict[str, deque[tuple[datetime, int]]] = {}

    def take(self, sender: str, units: int, now: datetime) -> int | None:
        """Return None if the units may be sent, else the seconds to wait (nothing is counted)."""
        limit = OWNED[sender].units_per_window
        with self._lock:
            sent = self._sent.setdefault(sender, deque())
            while sent and sent[0][0] <= now - WINDOW:
                sent.popleft()
            excess = sum(count for _, count in sent) + units - limit
            if excess <= 0 or not sent:
                sent.append((now, units))
                return None
            return self._wait(sent, excess, now)

    def reset(self) -> None:
        with self._lock:
            self._sent.clear()

    @staticmethod
    def _wait(sent: deque[tuple[datetime, int]], excess: int, now: datetime) -> int:
        until = sent[-1][0]
        for at, count in sent:
            excess -= count
            if excess <= 0:
                until = at
                break
        return max(1, math.ceil((until + WINDOW - now).total_seconds()))
