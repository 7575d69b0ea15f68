"""Problems, dead letters, and what drains the poison queues into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from shared_code.oversight.flows.dead_letters import DeadLetters
    from shared_code.oversight.flows.problems import Problems


class OversightStories(Stories):
    """The stories of `oversight`."""

    @once
    def problems(self) -> Problems:
        """What a person should look at."""
        from shared_code.oversight.flows.problems import Problems

        return Problems(self._ports.problem_store, self._ports.agenda)

    @once
    def dead_letters(self) -> DeadLetters:
        """Work that could not be done."""
        from shared_code.oversight.flows.dead_letters import DeadLetters

        return DeadLetters(
            store=self._ports.dead_letter_store,
            problems=self.problems,
            agenda=self._ports.agenda,
            payloads=self._ports.payloads,
            queues=self._ports.queues,
            audit=self._ports.audit,
            clock=self._ports.clock,
        )
