"""The agenda's run, and the handlers that capabilities bring for their duties."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from shared_code.agenda.domain import Duty
    from shared_code.agenda.flows import Handler, RunAgenda


class AgendaStories(Stories):
    """The run of `agenda` and its registry of duties."""

    @once
    def agenda_run(self) -> RunAgenda:
        """For the agenda."""
        from shared_code.agenda.flows import HEARTBEAT, RunAgenda, map_in_threads

        return RunAgenda(
            agenda=self._ports.agenda,
            handlers=self.duties,
            on_ran=partial(self._ports.switches.beat, HEARTBEAT),
            clock=self._ports.clock,
            map_rows=map_in_threads,
        )

    @once
    def duties(self) -> Mapping[Duty, Handler]:
        """Every duty's handler, as the capabilities bring them."""
        from shared_code.agenda.flows import erasing, joined
        from shared_code.appointments.flows import RetireAppointments
        from shared_code.intake.flows.sealed_message import RETIRE_PAYLOAD
        from shared_code.links.flows import RETIRE_LINK
        from shared_code.oversight.flows.dead_letters import RETIRE_LETTER
        from shared_code.oversight.flows.problems import RETIRE_PROBLEM
        from shared_code.texting.flows.duties import TextDuties

        texts = TextDuties(
            connections=self._ports.connections,
            appointments=self._ports.appointments,
            texts=self._ports.texts,
            queues=self._ports.queues,
            counts=self._ports.counts,
            clock=self._ports.clock,
        )
        appointments = RetireAppointments(
            self._ports.appointments, self._ports.agenda, self._ports.clock
        )
        return joined(
            texts.handlers(),
            appointments.handlers(),
            {RETIRE_PAYLOAD: erasing(self._ports.payloads.remove)},
            {RETIRE_LINK: erasing(self._ports.links.remove)},
            {RETIRE_LETTER: erasing(self._ports.dead_letter_store.remove)},
            {RETIRE_PROBLEM: erasing(self._ports.problem_store.remove)},
        )
