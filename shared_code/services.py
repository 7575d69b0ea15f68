"""
The composition root: what each flow needs, made of the adapters when it is first asked for, once
per worker.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from shared_code.adapters import Adapters, once
from shared_code.settings import Role, Settings

if TYPE_CHECKING:
    from shared_code.domain.agenda import Duty
    from shared_code.flows.apply_schedule import Scheduling
    from shared_code.flows.bury import Graveyard
    from shared_code.flows.health import Health
    from shared_code.flows.metrics import Counting
    from shared_code.flows.operator_request import Operator
    from shared_code.flows.patient_links import LinkMaker, Visitors
    from shared_code.flows.post_text import Poster
    from shared_code.flows.receive_hl7 import Door
    from shared_code.flows.record_text_result import Results
    from shared_code.flows.run_agenda import Handler, RunAgenda
    from shared_code.flows.send_text import Dispatch
    from shared_code.flows.storm_brake import Watch


@cache
def services() -> Services:
    """The services of this worker."""
    return Services(Settings.from_environment())


class Services(Adapters):
    """Everything the doors hand to the flows."""

    def health(self) -> Health:
        """What GET /health answers for this app's role."""
        from shared_code.flows.health import door_health, work_health

        if self.settings.role is Role.HL7:
            return door_health(self.queues, self.rings)
        return work_health(self.switches, self.clock)

    @once
    def door(self) -> Door:
        """For the HL7 door."""
        from shared_code.flows.receive_hl7 import Door

        return Door(
            connections=self.connections,
            queues=self.queues,
            payloads=self.payloads,
            rings=self.rings,
            clock=self.clock,
            certificates_from_platform=self.settings.certificates_from_platform,
        )

    @once
    def graveyard(self) -> Graveyard:
        """For dead letters and operators."""
        from shared_code.flows.bury import Graveyard
        from shared_code.storage.audit import TableAudit

        return Graveyard(
            connections=self.connections,
            agenda=self.agenda,
            dead_letters=self.dead_letters,
            problems=self.problems,
            payloads=self.payloads,
            queues=self.queues,
            audit=TableAudit(self.account),
            rings=self.rings,
            grace=self.settings.grace,
            clock=self.clock,
        )

    @once
    def operator(self) -> Operator:
        """For what operators do by command."""
        from shared_code.flows.operator_request import Operator

        return Operator(
            yard=self.graveyard,
            appointments=self.appointments,
            texts=self.texts,
            switches=self.switches,
            counts=self.counting.counts,
            rings=self.rings,
            grace=self.settings.grace,
        )

    @once
    def watch(self) -> Watch:
        """For the storm brake."""
        from shared_code.flows.storm_brake import Watch

        return Watch(
            connections=self.connections,
            slots=self.slots,
            switches=self.switches,
            agenda=self.agenda,
            problems=self.problems,
            clock=self.clock,
        )

    @once
    def scheduling(self) -> Scheduling:
        """For messages that become appointments."""
        from shared_code.flows.apply_schedule import Scheduling

        return Scheduling(
            appointments=self.appointments,
            yard=self.graveyard,
            rings=self.rings,
            grace=self.settings.grace,
            confirmation_delay=self.settings.confirmation_delay,
        )

    @once
    def dispatch(self) -> Dispatch:
        """For texts."""
        from shared_code.flows.send_text import Dispatch
        from shared_code.flows.text_gates import Gates

        return Dispatch(
            connections=self.connections,
            appointments=self.appointments,
            queues=self.queues,
            outages=self.outages,
            slots=self.slots,
            gates=Gates(self.switches, self.opt_outs, self.opt_out_source, self.rings),
            poster=self.poster,
        )

    @once
    def poster(self) -> Poster:
        """For the request to the SMS service."""
        from shared_code.flows.post_text import Poster
        from shared_code.sms.words import Words

        return Poster(
            agenda=self.agenda,
            texts=self.texts,
            problems=self.problems,
            sender=self.text_sender,
            wording=Words(),
            links=self.link_maker,
            rings=self.rings,
            counting=self.counting,
            confirmation_delay=self.settings.confirmation_delay,
            clock=self.clock,
            worker=f"{socket.gethostname()}-{os.getpid()}",
        )

    @once
    def results(self) -> Results:
        """For what the SMS service reports later."""
        from shared_code.flows.record_text_result import Results

        return Results(
            connections=self.connections,
            texts=self.texts,
            opt_outs=self.opt_outs,
            queues=self.queues,
            rings=self.rings,
            counting=self.counting,
            clock=self.clock,
        )

    @once
    def agenda_run(self) -> RunAgenda:
        """For the agenda."""
        from shared_code.flows.run_agenda import HEARTBEAT, RunAgenda, map_in_threads

        return RunAgenda(
            agenda=self.agenda,
            handlers=self.duties,
            on_ran=partial(self.switches.beat, HEARTBEAT),
            clock=self.clock,
            map_rows=map_in_threads,
        )

    @once
    def duties(self) -> Mapping[Duty, Handler]:
        """Every duty's handler, as the capabilities bring them."""
        from shared_code.flows.bury import RETIRE_LETTER
        from shared_code.flows.patient_links import RETIRE_LINK
        from shared_code.flows.problems import RETIRE_PROBLEM
        from shared_code.flows.retire_appointments import RetireAppointments
        from shared_code.flows.run_agenda import erasing, joined
        from shared_code.flows.sealed_message import RETIRE_PAYLOAD
        from shared_code.flows.text_duties import TextDuties

        texts = TextDuties(
            connections=self.connections,
            appointments=self.appointments,
            texts=self.texts,
            queues=self.queues,
            counting=self.counting,
            clock=self.clock,
        )
        return joined(
            texts.handlers(),
            RetireAppointments(self.appointments, self.agenda, self.clock).handlers(),
            {RETIRE_PAYLOAD: erasing(self.payloads.remove)},
            {RETIRE_LINK: erasing(self.links.remove)},
            {RETIRE_LETTER: erasing(self.dead_letters.remove)},
            {RETIRE_PROBLEM: erasing(self.problems.remove)},
        )

    @once
    def visitors(self) -> Visitors:
        """For patients who open their link."""
        from shared_code.flows.patient_links import Visitors

        return Visitors(
            self.link_maker,
            self.appointments,
            self.connections,
            self.opt_outs,
            self.rings,
            self.clock,
        )

    @once
    def link_maker(self) -> LinkMaker:
        """Patients' links."""
        from shared_code.flows.patient_links import LinkMaker

        return LinkMaker(self.links, self.agenda, self.settings.public_url)

    @once
    def counting(self) -> Counting:
        """What becomes of texts, by day."""
        from shared_code.flows.metrics import Counting
        from shared_code.storage.counts import TableCounts

        return Counting(TableCounts(self.account), self.agenda, self.clock)
