"""A whole installation in memory, with the steps that queue and timer would make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code.domain.appointment import Appointment, AppointmentRef
from shared_code.domain.connection import Connection
from shared_code.domain.text_message import Saying, TextRecord
from shared_code.flows.apply_schedule import Scheduling, apply_work
from shared_code.flows.bury import Graveyard
from shared_code.flows.operate import Operator
from shared_code.flows.patient_links import LinkMaker
from shared_code.flows.post_text import Poster
from shared_code.flows.receive_hl7 import Door, Hl7Answer, Hl7Request, receive
from shared_code.flows.run_agenda import Duties
from shared_code.flows.send_text import Dispatch, send_work
from shared_code.flows.text_gates import Gates
from shared_code.ports import (
    HL7_INBOUND,
    SMS_OUTBOUND,
    SMS_URGENT,
    Accepted,
    NotSent,
    Outages,
    OutgoingText,
    RefusedText,
    SendResult,
    Slots,
)
from tests.memory.optouts import MemoryOptOuts
from tests.memory.ports import (
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
from tests.unit.builders import CONNECTION, GRACE, FixedClock, siu
from tests.unit.flows.line import Line
from tests.unit.security import issuing

PRESENTED = issuing.presented(issuing.der("p256"))


class SmsService:
    """
    The SMS service: `posts` is what came, `executed` what patients read.

    It knows a repeated request by id and first_sent, unless it is told to forget. `answers` are
    given in turn, then it accepts. Of the answers only Accepted and OutcomeUnknown execute.
    """

    def __init__(self, answers: list[SendResult] | None = None) -> None:
        self.answers = answers or []
        self.usual: SendResult | None = None
        self.posts: list[OutgoingText] = []
        self.executed: list[OutgoingText] = []
        self.forgets = False

    def send(self, text: OutgoingText) -> SendResult:
        """One POST."""
        self.posts.append(text)
        answer = self.answers.pop(0) if self.answers else self.usual or Accepted("sent")
        known = any(
            (text.request_id, text.first_sent) == (done.request_id, done.first_sent)
            for done in self.executed
        )
        if not isinstance(answer, NotSent | RefusedText) and (self.forgets or not known):
            self.executed.append(text)
        return answer


class PlainWords:
    """The port Wording: short, and different whenever what a patient reads differs."""

    def text(
        self,
        saying: Saying,
        connection: Connection,
        appointment: Appointment,
        link: str,
        *,
        first: bool,
    ) -> str:
        """What is said, language, start and link, and whether it is the first."""
        language = appointment.language or connection.language
        return f"{saying} {language} {appointment.start} {link}{' first' if first else ''}"


class FreeSlots:
    """The port Slots of a number that nobody else uses."""

    def book(
        self,
        number: str,
        limit: int,
        connection: str,
        segments: int,
        now: datetime,
        *,
        urgent: bool,
    ) -> datetime:
        """Now."""
        return now

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Nobody counts."""
        return {}


class NoOutage:
    """The port Outages when all is well."""

    def ask(self, now: datetime) -> datetime | None:
        """Go."""
        return None

    def tell(self, answered: bool | None, now: datetime) -> None:
        """Good to know."""


@dataclass
class World:
    """One installation."""

    connection: Connection = CONNECTION
    clock: FixedClock = field(default_factory=FixedClock)
    service: SmsService = field(default_factory=SmsService)
    line: Line = field(default_factory=Line)
    rings: MemoryRings = field(default_factory=MemoryRings)
    delay: timedelta = timedelta(seconds=30)

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

    def operator(self) -> Operator:
        """For operate."""
        return Operator(
            self.yard(), self.appointments, self.texts, self.switches, self.rings, GRACE
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
            self.clock,
        )

    def scheduling(self) -> Scheduling:
        """For apply_schedule."""
        return Scheduling(self.appointments, self.yard(), self.rings, GRACE, self.delay)

    def dispatch(self, maker: str = "worker-1") -> Dispatch:
        """For send_text."""
        poster = Poster(
            self.agenda,
            self.texts,
            self.problems,
            self.sender,
            PlainWords(),
            LinkMaker(self.links, self.agenda, "https://visits.example.org"),
            self.rings,
            self.clock,
            maker,
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

    def duties(self) -> Duties:
        """For run_agenda."""
        return Duties(
            self.connections,
            self.appointments,
            self.agenda,
            self.texts,
            self.links,
            self.queues,
            self.problems,
            self.letters,
            self.payloads,
            self.switches,
            self.clock,
        )

    def configure(self, connection: Connection) -> None:
        """The administrator changes the connection."""
        self.connection = connection
        self.connections.connections[connection.id] = connection

    def post(self, body: bytes, **headers: str) -> Hl7Answer:
        """The sender's POST with a good certificate; header names with `_` for `-`."""
        usual = {"x-arr-clientcert": PRESENTED, "content-type": "application/hl7-v2"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return receive(Hl7Request("lamna", usual | named, body, "c0ffee"), self.door())

    def take(self, queue: str) -> list[tuple[dict[str, str], int]]:
        """
        All work that waits on the queue, with its delay; it waits no longer. The two queues of
        texts count as one: which of them a hint takes is told by tests of its own.
        """
        sent = self.queues.sent
        names = {queue, SMS_URGENT} if queue == SMS_OUTBOUND else {queue}
        taken = [(work, delay) for name, work, delay in sent if name in names]
        sent[:] = [item for item in sent if item[0] not in names]
        return taken

    def apply(self, body: bytes | None = None) -> None:
        """A message comes in and is applied; its hints stay on the queue."""
        assert self.post(siu() if body is None else body).status == 200
        for work, _ in self.take(HL7_INBOUND):
            apply_work(work, self.scheduling())

    def hint(self) -> dict[str, str]:
        """The hint that waits, alone, for the sending of a text."""
        ((work, _),) = self.take(SMS_OUTBOUND)
        return work

    def send(self, work: dict[str, str], maker: str = "worker-1") -> None:
        """A worker takes the hint."""
        send_work(work, SMS_OUTBOUND, self.dispatch(maker))

    def row(self) -> Appointment:
        """The only appointment."""
        (found,) = self.appointments.rows.values()
        return found

    def record(self) -> TextRecord:
        """The only text."""
        (found,) = self.texts.rows.values()
        return found

    def ref(self) -> AppointmentRef:
        """The only appointment's name."""
        return self.row().ref
