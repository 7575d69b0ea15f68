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
from shared_code.wiring.azure import AzurePorts, once

if TYPE_CHECKING:
    from shared_code.agenda.domain import Duty
    from shared_code.agenda.flows import Handler, RunAgenda
    from shared_code.intake.flows.apply import ApplySchedule
    from shared_code.intake.flows.dead_messages import DeadMessages
    from shared_code.intake.flows.receive import ReceiveHl7
    from shared_code.intake.flows.sealed_message import SealedMessages
    from shared_code.links.flows import PatientLinks
    from shared_code.operating.flows.health import DoorHealth, WorkHealth
    from shared_code.oversight.flows.dead_letters import DeadLetters, PoisonQueues
    from shared_code.oversight.flows.problems import Problems
    from shared_code.texting.flows.counting import Counting
    from shared_code.texting.flows.results import TextResults
    from shared_code.texting.flows.send import SendText
    from shared_code.texting.flows.storm_brake import StormBrake
    from shared_code.texting.flows.submit import SubmitText
    from shared_code.wiring.operating import OperatingStories
    from shared_code.wiring.ports import Ports


@cache
def services() -> Services:
    """The services of this worker."""
    settings = Settings.from_environment()
    return Services(settings, AzurePorts(settings))


class Services:
    """Every story, over the given ports. `worker` names who claims a text."""

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
    def sealed_messages(self) -> SealedMessages:
        """HL7 messages on their way through the queue."""
        from shared_code.intake.flows.sealed_message import SealedMessages

        return SealedMessages(self.ports.queues, self.ports.payloads, self.ports.rings)

    @once
    def receive_hl7(self) -> ReceiveHl7:
        """For the HL7 door."""
        from shared_code.intake.flows.receive import ReceiveHl7

        return ReceiveHl7(
            connections=self.ports.connections,
            messages=self.sealed_messages,
            clock=self.ports.clock,
            certificates_from_platform=self.settings.certificates_from_platform,
        )

    @once
    def problems(self) -> Problems:
        """What a person should look at."""
        from shared_code.oversight.flows.problems import Problems

        return Problems(self.ports.problem_store, self.ports.agenda)

    @once
    def dead_letters(self) -> DeadLetters:
        """Work that could not be done."""
        from shared_code.oversight.flows.dead_letters import DeadLetters

        return DeadLetters(
            store=self.ports.dead_letter_store,
            problems=self.problems,
            agenda=self.ports.agenda,
            payloads=self.ports.payloads,
            queues=self.ports.queues,
            audit=self.ports.audit,
            clock=self.ports.clock,
        )

    @once
    def dead_messages(self) -> DeadMessages:
        """HL7 messages that could not be applied."""
        from shared_code.intake.flows.dead_messages import DeadMessages

        return DeadMessages(
            connections=self.ports.connections,
            messages=self.sealed_messages,
            dead_letters=self.dead_letters,
            agenda=self.ports.agenda,
            grace=self.settings.grace,
            clock=self.ports.clock,
        )

    @once
    def poison_queues(self) -> PoisonQueues:
        """What failed five times."""
        from shared_code.oversight.flows.dead_letters import PoisonQueues

        keepers = {HL7_INBOUND: self.dead_messages.keep_poison}
        return PoisonQueues(self.ports.queues, self.dead_letters, keepers)

    @once
    def operating(self) -> OperatingStories:
        """For what operators ask for."""
        from shared_code.wiring.operating import OperatingStories

        return OperatingStories(self)

    @once
    def storm_brake(self) -> StormBrake:
        """Holds what is far more than usual."""
        from shared_code.texting.flows.storm_brake import StormBrake

        return StormBrake(
            connections=self.ports.connections,
            rate=self.ports.rate,
            switches=self.ports.switches,
            problems=self.problems,
            clock=self.ports.clock,
        )

    @once
    def apply_schedule(self) -> ApplySchedule:
        """For messages that become appointments."""
        from shared_code.intake.flows.apply import ApplySchedule

        return ApplySchedule(
            connections=self.ports.connections,
            appointments=self.ports.appointments,
            messages=self.sealed_messages,
            dead_messages=self.dead_messages,
            problems=self.problems,
            agenda=self.ports.agenda,
            queues=self.ports.queues,
            rings=self.ports.rings,
            grace=self.settings.grace,
            confirmation_delay=self.settings.confirmation_delay,
            clock=self.ports.clock,
        )

    @once
    def send_text(self) -> SendText:
        """For texts."""
        from shared_code.texting.flows.send import SendText

        return SendText(
            connections=self.ports.connections,
            appointments=self.ports.appointments,
            opt_outs=self.ports.opt_outs,
            opt_out_source=self.ports.opt_out_source,
            switches=self.ports.switches,
            queues=self.ports.queues,
            rings=self.ports.rings,
            circuit=self.ports.circuit,
            rate=self.ports.rate,
            submit=self.submit_text,
            clock=self.ports.clock,
            worker=self.worker,
        )

    @once
    def submit_text(self) -> SubmitText:
        """For the request to the SMS service."""
        from shared_code.texting.flows.submit import SubmitText

        return SubmitText(
            appointments=self.ports.appointments,
            texts=self.ports.texts,
            agenda=self.ports.agenda,
            problems=self.problems,
            sender=self.ports.text_sender,
            wording=self.ports.wording,
            links=self.patient_links,
            counting=self.counting,
            confirmation_delay=self.settings.confirmation_delay,
            clock=self.ports.clock,
        )

    @once
    def text_results(self) -> TextResults:
        """For what the SMS service reports later."""
        from shared_code.texting.adapters.acs.events import works_in
        from shared_code.texting.flows.results import TextResults

        return TextResults(
            connections=self.ports.connections,
            texts=self.ports.texts,
            opt_outs=self.ports.opt_outs,
            queues=self.ports.queues,
            rings=self.ports.rings,
            counting=self.counting,
            clock=self.ports.clock,
            read_events=works_in,
        )

    @once
    def agenda_run(self) -> RunAgenda:
        """For the agenda."""
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
        from shared_code.appointments.flows import RetireAppointments
        from shared_code.intake.flows.sealed_message import RETIRE_PAYLOAD
        from shared_code.links.flows import RETIRE_LINK
        from shared_code.oversight.flows.dead_letters import RETIRE_LETTER
        from shared_code.oversight.flows.problems import RETIRE_PROBLEM
        from shared_code.texting.flows.duties import TextDuties

        texts = TextDuties(
            connections=self.ports.connections,
            appointments=self.ports.appointments,
            texts=self.ports.texts,
            queues=self.ports.queues,
            counts=self.ports.counts,
            clock=self.ports.clock,
        )
        appointments = RetireAppointments(
            self.ports.appointments, self.ports.agenda, self.ports.clock
        )
        return joined(
            texts.handlers(),
            appointments.handlers(),
            {RETIRE_PAYLOAD: erasing(self.ports.payloads.remove)},
            {RETIRE_LINK: erasing(self.ports.links.remove)},
            {RETIRE_LETTER: erasing(self.ports.dead_letter_store.remove)},
            {RETIRE_PROBLEM: erasing(self.ports.problem_store.remove)},
        )

    @once
    def patient_links(self) -> PatientLinks:
        """Patients' links."""
        from shared_code.links.flows import PatientLinks

        return PatientLinks(
            links=self.ports.links,
            appointments=self.ports.appointments,
            connections=self.ports.connections,
            opt_outs=self.ports.opt_outs,
            agenda=self.ports.agenda,
            rings=self.ports.rings,
            public_url=self.settings.public_url,
            clock=self.ports.clock,
        )

    @once
    def counting(self) -> Counting:
        """What becomes of texts, by day."""
        from shared_code.texting.flows.counting import Counting

        return Counting(self.ports.counts, self.ports.agenda, self.ports.clock)
