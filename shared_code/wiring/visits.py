"""Visits and their meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from shared_code.settings import Settings
    from shared_code.visits.flows.duties import VisitDuties
    from shared_code.visits.flows.organizers import Organizers
    from shared_code.visits.flows.prepare import PrepareVisit
    from shared_code.visits.flows.steps import VisitSteps
    from shared_code.wiring.oversight import OversightStories
    from shared_code.wiring.ports import Ports


class VisitsStories(Stories):
    """The stories of `visits`."""

    def __init__(
        self, settings: Settings, ports: Ports, worker: str, oversight: OversightStories
    ) -> None:
        super().__init__(settings, ports)
        self._worker = worker
        self._oversight = oversight

    @once
    def prepare_visit(self) -> PrepareVisit:
        """Makes the meeting of a visit ready to be joined."""
        from shared_code.visits.flows.prepare import PrepareVisit

        return PrepareVisit(
            visits=self._ports.visits,
            steps=self.visit_steps,
            agenda=self._ports.agenda,
            appointments=self._ports.appointments,
            connections=self._ports.connections,
            queues=self._ports.queues,
            rings=self._ports.rings,
            clock=self._ports.clock,
            worker=self._worker,
        )

    @once
    def visit_steps(self) -> VisitSteps:
        """Asks Graph for what a visit needs next."""
        from shared_code.visits.domain.join_links import JoinHosts
        from shared_code.visits.flows.graph_calls import GraphCalls
        from shared_code.visits.flows.steps import VisitSteps

        hosts = JoinHosts(self._settings.meeting_hosts, http=self._settings.outbound_loopback)
        return VisitSteps(
            meetings=self._ports.meetings,
            calls=GraphCalls(self._ports.meeting_circuits, self._ports.clock),
            organizers=self.organizers,
            problems=self._oversight.problems,
            hosts=hosts,
            clock=self._ports.clock,
        )

    @once
    def organizers(self) -> Organizers:
        """The accounts in whose names meetings are made."""
        from shared_code.visits.flows.organizers import Organizers

        return Organizers(
            days=self._ports.organizer_days,
            agenda=self._ports.agenda,
            problems=self._oversight.problems,
            clock=self._ports.clock,
        )

    @once
    def duties(self) -> VisitDuties:
        """What the agenda does for visits."""
        from shared_code.visits.flows.duties import VisitDuties

        return VisitDuties(
            visits=self._ports.visits,
            organizer_days=self._ports.organizer_days,
            appointments=self._ports.appointments,
            connections=self._ports.connections,
            queues=self._ports.queues,
            rings=self._ports.rings,
            clock=self._ports.clock,
        )
