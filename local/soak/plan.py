"""How much of everything a soak sends, kills and breaks. Data only."""

from __future__ import annotations

from dataclasses import dataclass

QUICK = 5
"""Seconds of invisibility with which a killed worker's messages come back soon."""
REAL = 600
"""Seconds for which the real host hides what it has fetched."""
SPEED = 12.0
_REAL_SHARE = 10
"""One tenth of the kills, and one twentieth of the messages, meet the real invisibility."""


@dataclass(frozen=True, slots=True)
class Phase:
    """
    A part of the messages. `kills` are spread over it; `invisibility` is for how many seconds the
    hosts hide what they fetch, so for how long a killed one's messages stay away.
    """

    name: str
    messages: int
    kills: int
    invisibility: int


@dataclass(frozen=True, slots=True)
class Plan:
    """
    `faults` is a probability, for storage and SMS service alike; the same `seed` makes the same
    messages in the same order. `speed`: how many times faster than real time the machine's clock
    runs. By design one unanswered text stops all others for 15 seconds, so that faults by chance
    would make a day's work of an hour's.
    """

    phases: tuple[Phase, ...]
    faults: float
    seed: int
    speed: float = SPEED

    @property
    def messages(self) -> int:
        """Of all phases."""
        return sum(phase.messages for phase in self.phases)

    @property
    def kills(self) -> int:
        """Of all phases."""
        return sum(phase.kills for phase in self.phases)


def phases(messages: int, kills: int, *, real_invisibility: bool) -> tuple[Phase, ...]:
    """The real invisibility comes first, so that its ten minutes pass while others send."""
    if not real_invisibility:
        return (Phase("quick", messages, kills, QUICK),)
    hidden = Phase("hidden", messages // (2 * _REAL_SHARE), kills // _REAL_SHARE, REAL)
    rest = Phase("quick", messages - hidden.messages, kills - hidden.kills, QUICK)
    return hidden, rest
