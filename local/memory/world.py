"""
One installation in memory: every port once, and for each flow what it takes.

Who needs a hospital, patients or steps adds them; here nothing happens by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from local.memory.counts import MemoryCounts
from local.memory.line import Line
from local.memory.optouts import MemoryOptOuts
from local.memory.ports import (
    MemoryAgenda,
    MemoryAppointments,
    MemoryAudit,
    MemoryConnections,
    MemoryDeadLetters,
    MemoryLinks,
    MemoryPayloads,
    MemoryProblems,
    MemoryQueues,
    MemoryRings,
    MemorySwitches,
    MemoryTexts,
)
from local.memory.sending import FreeSlots, NoOutage
from shared_code.domain.agenda import Duty
from shared_code.domain.connection import Connection
from shared_code.flows.apply_schedule import Scheduling
from shared_code.flows.bury import RETIRE_LETTER, Graveyard
from shared_code.flows.metrics import Counting
from shared_code.flows.operator_request import Operator
from shared_code.flows.patient_links import RETIRE_LINK, LinkMaker, Visitors
from shared_code.flows.post_text import Poster
from shared_code.flows.problems import RETIRE_PROBLEM
from shared_code.flows.receive_hl7 import Door
from shared_code.flows.retire_appointments import RetireAppointments
from shared_code.flows.run_agenda import HEARTBEAT, Handler, MapRows, RunAgenda, erasing, joined
from shared_code.flows.sealed_message import RETIRE_PAYLOAD
from shared_code.flows.send_text import Dispatch
from shared_code.flows.text_duties import TextDuties
from shared_code.flows.text_gates import Gates
from shared_code.ports import Clock, Outages, Slots, TextSender, Wording

GRACE = timedelta(minutes=60)
PUBLIC_URL = "https://visits.example.org"


@dataclass(kw_only=True)
class Installation:
    """The ports, all behind one line, and the flows' wiring."""

    connection: Connection
    clock: Clock
    service: TextSender
    wording: Wording
    line: Line = field(default_factory=Line)
    rings: MemoryRings = field(default_factory=MemoryRings)
    delay: timedelta = timedelta(seconds=30)
    """Before a confirmation's hint is worked on."""

    def __post_init__(self) -> None:
        """Makes the ports."""
        through = self.line.through
        self.connections = through(
            "connections", MemoryConnections({self.connection.id: self.connection})
        )
        self.appointments = through("appointments", MemoryAppointments())
        self.agenda = through("agenda", MemoryAgenda())
        self.texts = through("texts", MemoryTexts())
        self.links = through("links", MemoryLinks())
        self.queues = through("queues", MemoryQueues())
        self.payloads = through("payloads", MemoryPayloads())
        self.problems = through("problems", MemoryProblems())
        self.letters = through("letters", MemoryDeadLetters())
        self.switches = through("switches", MemorySwitches())
        self.audit = through("audit", MemoryAudit())
        self.sender = through("sender", self.service)
        self.opt_outs = through("optouts", MemoryOptOuts())
        self.counts = through("counts", MemoryCounts())
        self.slots: Slots = FreeSlots()
        self.outages: Outages = NoOutage()

    def door(self, *, certificates_from_platform: bool = True) -> Door:
        """For receive_hl7."""
        return Door(
            self.connections,
            self.queues,
            self.payloads,
            self.rings,
            self.clock,
            certificates_from_platform,
        )

    def yard(self) -> Graveyard:
        """For bury and operate."""
        return Graveyard(
            self.connections,
            self.agenda,
            self.letters,
            self.problems,
            self.payloads,
            self.queues,
            self.audit,
            self.rings,
            GRACE,
            self.clock,
        )

    def operator(self) -> Operator:
        """For operate."""
        return Operator(
            self.yard(),
            self.appointments,
            self.texts,
            self.switches,
            self.counts,
            self.rings,
            GRACE,
        )

    def counting(self) -> Counting:
        """For metrics."""
        return Counting(self.counts, self.agenda, self.clock)

    def scheduling(self) -> Scheduling:
        """For apply_schedule."""
        return Scheduling(self.appointments, self.yard(), self.rings, GRACE, self.delay)

    def link_maker(self) -> LinkMaker:
        """For patients' links."""
        return LinkMaker(self.links, self.agenda, PUBLIC_URL)

    def visitors(self) -> Visitors:
        """For show_link and change_texts."""
        return Visitors(
            self.link_maker(),
            self.appointments,
            self.connections,
            self.opt_outs,
            self.rings,
            self.clock,
        )

    def dispatch(self, worker: str = "worker-1") -> Dispatch:
        """For send_text."""
        poster = Poster(
            agenda=self.agenda,
            texts=self.texts,
            problems=self.problems,
            sender=self.sender,
            wording=self.wording,
            links=self.link_maker(),
            rings=self.rings,
            counting=self.counting(),
            confirmation_delay=self.delay,
            clock=self.clock,
            worker=worker,
        )
        return Dispatch(
            connections=self.connections,
            appointments=self.appointments,
            queues=self.queues,
            outages=self.outages,
            slots=self.slots,
            gates=Gates(self.switches, self.opt_outs, None, self.rings),
            poster=poster,
        )

    def duties(self) -> Mapping[Duty, Handler]:
        """The handlers of every duty."""
        texts = TextDuties(
            connections=self.connections,
            appointments=self.appointments,
            texts=self.texts,
            queues=self.queues,
            counting=self.counting(),
            clock=self.clock,
        )
        return joined(
            texts.handlers(),
            RetireAppointments(self.appointments, self.agenda, self.clock).handlers(),
            {RETIRE_PAYLOAD: erasing(self.payloads.remove)},
            {RETIRE_LINK: erasing(self.links.remove)},
            {RETIRE_LETTER: erasing(self.letters.remove)},
            {RETIRE_PROBLEM: erasing(self.problems.remove)},
        )

    def run_agenda(self, map_rows: MapRows = map) -> int:
        """The agenda's run, one row after the other unless `map_rows` does otherwise."""
        beat = partial(self.switches.beat, HEARTBEAT)
        return RunAgenda(self.agenda, self.duties(), beat, self.clock, map_rows).run()
