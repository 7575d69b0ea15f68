"""
How many messages a soak sends, how many workers it kills and how many faults it plays. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass

QUICK = 5
"""Seconds of invisibility after which a killed worker's messages return soon."""
REAL = 600
"""Seconds for which the real host hides what it has fetched."""
SPEED = 12.0
_REAL_SHARE = 10
"""One tenth of the kills, and one twentieth of the messages, meet the real invisibility."""


@dataclass(frozen=True, slots=True)
class Phase:
    """
    A part of the messages, with `kills` distributed over it.

    `invisibility` is for how many seconds the hosts hide fetched messages, so how long a killed
    worker's messages are away.
    """

    name: str
    messages: int
    kills: int
    invisibility: int


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The plan of a soak.

    `faults` is a probability, for storage and SMS service alike; one `seed` always makes the same
    messages in the same order. `speed` is how many times faster than real time the machine's clock
    runs. By design one unanswered text stops all others for 15 seconds, so without it random faults
    would make an hour's work last a day.
    """

    phases: tuple[Phase, ...]
    faults: float
    seed: int
    speed: float = SPEED

    @property
    def messages(self) -> int:
        """Return the number of messages of all phases."""
        return sum(phase.messages for phase in self.phases)

    @property
    def kills(self) -> int:
        """Return the number of kills of all phases."""
        return sum(phase.kills for phase in self.phases)


def phases(messages: int, kills: int, *, real_invisibility: bool) -> tuple[Phase, ...]:
    """
    Return the phases. The real invisibility comes first, so that its ten minutes pass meanwhile.
    """
    if not real_invisibility:
        return (Phase("quick", messages, kills, QUICK),)
    hidden = Phase("hidden", messages // (2 * _REAL_SHARE), kills // _REAL_SHARE, REAL)
    rest = Phase("quick", messages - hidden.messages, kills - hidden.kills, QUICK)
    return hidden, rest
