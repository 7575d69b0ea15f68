"""A whole installation in memory, with the steps that queue and timer would make."""

from __future__ import annotations

from dataclasses import dataclass, field

from local.memory.world import Installation
from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.connections.domain import Connection
from shared_code.intake.flows.receive import Hl7Answer, Hl7Request
from shared_code.language.template_names import TemplateName
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND, SMS_URGENT
from shared_code.texting.domain.text import TextRecord
from shared_code.texting.ports import (
    Accepted,
    NotSent,
    OutgoingText,
    RefusedText,
    SendResult,
    Wording,
)
from tests.world import certificates
from tests.world.clock import FixedClock
from tests.world.connection import CONNECTION
from tests.world.messages import siu

PRESENTED = certificates.presented(certificates.der("p256"))


class SmsService:
    """
    The SMS service: `posts` is what it received, `executed` what patients were sent.

    It recognizes a repeated request by id and first_sent, unless it is set to forget. `answers` are
    given in order, then it accepts. Only Accepted and OutcomeUnknown execute.
    """

    def __init__(self, answers: list[SendResult] | None = None) -> None:
        self.answers = answers or []
        self.usual: SendResult | None = None
        self.posts: list[OutgoingText] = []
        self.executed: list[OutgoingText] = []
        self.forgets = False

    def send(self, text: OutgoingText) -> SendResult:
        """Handle one POST."""
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
    """The port Wording: short texts that differ whenever what a patient reads differs."""

    def language(self, connection: Connection, appointment: Appointment) -> str:
        """Return the patient's language as it stands there, or the connection's."""
        return appointment.language or connection.language

    def text(
        self,
        template: TemplateName,
        connection: Connection,
        appointment: Appointment,
        link: str,
        *,
        first: bool,
    ) -> str:
        """Return template, language, start and link, and whether it is the first text."""
        language = appointment.language or connection.language
        return f"{template} {language} {appointment.start} {link}{' first' if first else ''}"


@dataclass
class World(Installation):
    """One hospital's installation, its SMS service, and steps by hand."""

    connection: Connection = CONNECTION
    clock: FixedClock = field(default_factory=FixedClock)
    service: SmsService = field(default_factory=SmsService)
    wording: Wording = field(default_factory=PlainWords)

    def configure(self, connection: Connection) -> None:
        """Change the connection, like an administrator."""
        self.connection = connection
        self.connections.connections[connection.id] = connection

    def post(self, body: bytes, **headers: str) -> Hl7Answer:
        """Post with a valid certificate; header names have `_` in place of `-`."""
        usual = {"x-arr-clientcert": PRESENTED, "content-type": "application/hl7-v2"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Hl7Request(CONNECTION.id, usual | named, body, "c0ffee")
        return self.services.intake.receive_hl7.receive(request)

    def take(self, queue: str) -> list[tuple[dict[str, str], int]]:
        """
        Remove and return all work on the queue, with its delay.

        The two queues of texts count as one; which of them a hint takes has its own tests.
        """
        sent = self.queues.sent
        names = {queue, SMS_URGENT} if queue == SMS_OUTBOUND else {queue}
        taken = [(work, delay) for name, work, delay in sent if name in names]
        sent[:] = [item for item in sent if item[0] not in names]
        return taken

    def apply(self, body: bytes | None = None) -> None:
        """Receive and apply a message; its hints stay on the queue."""
        assert self.post(siu() if body is None else body).status == 200
        for work, _ in self.take(HL7_INBOUND):
            self.services.intake.apply_schedule.on_message(work)

    def hint(self) -> dict[str, str]:
        """Return the only waiting hint."""
        ((work, _),) = self.take(SMS_OUTBOUND)
        return work

    def send(self, work: dict[str, str], worker: str = "worker-1") -> None:
        """Let a worker handle the hint."""
        self.services_of(worker).texting.send_text.on_hint(work, SMS_OUTBOUND)

    def row(self) -> Appointment:
        """Return the only appointment."""
        (found,) = self.appointments.rows.values()
        return found

    def record(self) -> TextRecord:
        """Return the only text."""
        (found,) = self.texts.rows.values()
        return found

    def ref(self) -> AppointmentRef:
        """Return the reference of the only appointment."""
        return self.row().ref
