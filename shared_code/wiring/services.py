"""
The composition root: each story, made of its ports when it is first asked for, once per worker.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from shared_code.queues import HL7_INBOUND
from shared_code.settings import Role, Settings
from shared_code.wiring.azure import AzurePorts
from shared_code.wiring.once import once

if TYPE_CHECKING:
    from shared_code.agenda.domain import Duty
    from shared_code.agenda.flows import Handler, RunAgenda
    from shared_code.operating.flows.health import DoorHealth, WorkHealth
    from shared_code.oversight.flows.dead_letters import PoisonQueues
    from shared_code.wiring.intake import IntakeStories
    from shared_code.wiring.launching import LaunchingStories
    from shared_code.wiring.links import LinksStories
    from shared_code.wiring.operating import OperatingStories
    from shared_code.wiring.oversight import OversightStories
    from shared_code.wiring.ports import Ports
    from shared_code.wiring.texting import TextingStories
    from shared_code.wiring.visits import VisitsStories


@cache
def services() -> Services:
    """The services of this worker."""
    settings = Settings.from_environment()
    return Services(settings, AzurePorts(settings))


class Services:
    """Every story, over the given ports. `worker` names who claims texts and visits."""

    def __init__(self, settings: Settings, ports: Ports, worker: str = "") -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.ports = ports
        self.worker = worker or f"{socket.gethostname()}-{os.getpid()}"

    @once
    def health(self) -> DoorHealth | WorkHealth:
        """For GET /health of this app's role."""
        from shared_code.operating.flows.health import DoorHealth, WorkHealth

        if self.settings.role is Role.HL7:
            return DoorHealth(self.ports.queues, self.ports.rings)
        return WorkHealth(self.ports.switches, self.ports.clock)

    @once
    def oversight(self) -> OversightStories:
        """Problems and dead letters."""
        from shared_code.wiring.oversight import OversightStories

        return OversightStories(self.settings, self.ports)

    @once
    def intake(self) -> IntakeStories:
        """HL7 messages in."""
        from shared_code.wiring.intake import IntakeStories

        return IntakeStories(self.settings, self.ports, self.oversight, self.texting)

    @once
    def launching(self) -> LaunchingStories:
        """Launches, sign-ins and the pages of visits."""
        from shared_code.wiring.launching import LaunchingStories

        return LaunchingStories(self.settings, self.ports, self.oversight, self.links, self.visits)

    @once
    def links(self) -> LinksStories:
        """Patients' links."""
        from shared_code.wiring.links import LinksStories

        return LinksStories(self.settings, self.ports)

    @once
    def texting(self) -> TextingStories:
        """Texts."""
        from shared_code.wiring.texting import TextingStories

        return TextingStories(self.settings, self.ports, self.worker, self.oversight, self.links)

    @once
    def visits(self) -> VisitsStories:
        """Visits and their meetings."""
        from shared_code.wiring.visits import VisitsStories

        return VisitsStories(self.settings, self.ports, self.worker, self.oversight)

    @once
    def operating(self) -> OperatingStories:
        """What operators ask for."""
        from shared_code.wiring.operating import OperatingStories

        return OperatingStories(self.settings, self.ports, self.oversight, self.links, self.intake)

    @once
    def poison_queues(self) -> PoisonQueues:
        """What failed five times, with what capabilities bring to keep their own messages."""
        from shared_code.oversight.flows.dead_letters import PoisonQueues

        keepers = {HL7_INBOUND: self.intake.dead_messages.keep_poison}
        return PoisonQueues(self.ports.queues, self.oversight.dead_letters, keepers)

    @once
    def agenda_run(self) -> RunAgenda:
        """What is due at a time."""
        from shared_code.agenda.flows import HEARTBEAT, RunAgenda, map_in_threads

        return RunAgenda(
            agenda=self.ports.agenda,
            handlers=self.duties,
            on_ran=partial(self.ports.switches.beat, HEARTBEAT),
            clock=self.ports.clock,
            map_rows=map_in_threads,
        )

    @once
    def duties(self) -> Mapping[Duty, Handler]:
        """Every duty's handler, as the capabilities bring them."""
        from shared_code.agenda.flows import erasing, joined
        from shared_code.appointments.flows import RetireAppointments, begins
        from shared_code.intake.flows.sealed_message import RETIRE_PAYLOAD
        from shared_code.oversight.flows.dead_letters import RETIRE_LETTER
        from shared_code.oversight.flows.problems import RETIRE_PROBLEM
        from shared_code.oversight.flows.retire_problems import RetireProblems
        from shared_code.texting.domain.attention import OF_FEED
        from shared_code.texting.flows.duties import TextDuties

        texts = TextDuties(
            connections=self.ports.connections,
            appointments=self.ports.appointments,
            texts=self.ports.texts,
            queues=self.ports.queues,
            counts=self.ports.counts,
            number_days=self.ports.number_days,
            clock=self.ports.clock,
        )
        appointments = RetireAppointments(
            self.ports.appointments, self.ports.agenda, self.ports.clock
        )
        starts = partial(begins, self.ports.appointments)
        problems = RetireProblems(self.ports.problem_store, starts, OF_FEED, self.ports.clock)
        return joined(
            texts.handlers(),
            appointments.handlers(),
            self.visits.duties.handlers(),
            self.launching.handlers(),
            {RETIRE_PAYLOAD: erasing(self.ports.payloads.remove)},
            self.links.retire_links.handlers(),
            {RETIRE_LETTER: erasing(self.ports.dead_letter_store.remove)},
            {RETIRE_PROBLEM: problems.retire},
        )
