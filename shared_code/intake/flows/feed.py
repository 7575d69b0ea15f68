"""Whether a connection's feed is alive: since when, and when a message was last applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code.appointments.domain import feed_name
from shared_code.clock import Clock
from shared_code.oversight.ports import Switch, Switches

EVERY = timedelta(minutes=5)
"""How often a worker writes it down at most; in between a message costs nothing."""
_BY = "feed"


@dataclass(frozen=True, slots=True)
class FeedAlive:
    """Notes that messages are applied. `noted` is when this worker last wrote it, by name."""

    switches: Switches
    clock: Clock
    noted: dict[str, datetime] = field(default_factory=dict)

    def note(self, connection_id: str) -> None:
        """A message of this connection was applied. Raises NotStored."""
        name, now = feed_name(connection_id), self.clock()
        before = self.noted.get(name)
        if before is not None and before <= now < before + EVERY:
            return
        if before is None:
            self.switches.set(Switch(name, _BY, now))
        self.switches.beat(name, now)
        self.noted[name] = now
