"""List dead letters and put one back to work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared_code.operating.domain import Actor
from shared_code.oversight.flows.dead_letters import DeadLetters
from shared_code.oversight.ports import DeadLetter


@dataclass(frozen=True, slots=True)
class DeadLetterCommands:
    """What can be done about work that could not be processed. May raise NotStored."""

    dead_letters: DeadLetters

    def list(self) -> Sequence[DeadLetter]:
        """All letters, the newest first, without their content."""
        return self.dead_letters.store.list()

    def replay(self, letter_id: str, actor: Actor) -> None:
        """Puts the letter back on its queue, audited. Raises Refused if it cannot be."""
        self.dead_letters.replay(letter_id, actor)
