"""
What the flows need from the world, as protocols. Adapters implement them; nothing here runs.

Every adapter translates its SDK's exceptions: `NotStored` when the service does not answer,
`Conflict` when a row exists or its ETag differs. No other exception of an SDK gets through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the door starts without the values that it never makes
    from shared_code.domain.agenda import AgendaRow
    from shared_code.domain.appointment import Appointment, AppointmentRef
    from shared_code.domain.connection import Connection
    from shared_code.domain.link import Link
    from shared_code.domain.metrics import Numbers, Shard
    from shared_code.domain.text_message import Saying, TextRecord, TextRef
    from shared_code.errors import ErrorCode

Clock = Callable[[], datetime]
"""The time now, aware and in UTC."""

HL7_INBOUND = "hl7-inbound"
SMS_OUTBOUND = "sms-outbound"
SMS_URGENT = "sms-urgent"
SMS_EVENTS = "sms-events"
QUEUES = (HL7_INBOUND, SMS_URGENT, SMS_OUTBOUND, SMS_EVENTS)


@dataclass(frozen=True, slots=True)
class Stored[T]:
    """A value with the ETag under which it was read."""

    value: T
    etag: str


class Connections(Protocol):
    """The configuration that the portal keeps."""

    def find(self, connection_id: str) -> Connection | None:
        """The connection of that id."""

    def all(self) -> Sequence[Connection]:
        """Every connection."""


class Appointments(Protocol):
    """Rows of appointments, changed only under their ETag."""

    def load(self, ref: AppointmentRef) -> Stored[Appointment] | None:
        """The appointment, or None."""

    def insert(self, appointment: Appointment) -> None:
        """Raises Conflict when the row exists."""

    def replace(self, appointment: Appointment, etag: str) -> None:
        """Raises Conflict when the ETag differs or the row is gone."""

    def of(self, connection: str) -> Iterable[AppointmentRef]:
        """Every appointment of a connection; for what an operator asks, never for a timer."""

    def remove(self, ref: AppointmentRef, etag: str) -> None:
        """Erases the row. Raises Conflict when the ETag differs; a missing row is well."""


class Agenda(Protocol):
    """Duties by the minute."""

    def add(self, rows: Iterable[AgendaRow]) -> None:
        """Writes the rows; writing one again changes nothing."""

    def due(self, until: datetime) -> Iterable[AgendaRow]:
        """All rows whose minute is not after `until`, the earliest first."""

    def remove(self, row: AgendaRow) -> None:
        """A missing row is well."""


class Texts(Protocol):
    """Claims on texts and their outcomes."""

    def load(self, ref: TextRef) -> Stored[TextRecord] | None:
        """The record, or None."""

    def insert(self, record: TextRecord) -> str:
        """Returns the ETag. Raises Conflict when somebody was first."""

    def replace(self, record: TextRecord, etag: str) -> str:
        """Returns the new ETag. Raises Conflict when the ETag differs."""

    def of(self, subject: AppointmentRef, day: date) -> Sequence[TextRecord]:
        """The records of an appointment whose version started on that UTC date."""

    def remove(self, ref: TextRef) -> None:
        """Erases the record; a missing one is well."""


class Links(Protocol):
    """Where patients' tokens lead, found by the digest of the token."""

    def put(self, link: Link) -> None:
        """Writing a link again changes nothing."""

    def find(self, digest: str) -> Link | None:
        """The link, or None."""

    def remove(self, digest: str) -> None:
        """Erases the link; a missing one is well."""


class Queues(Protocol):
    """Work for later. Messages never expire; they may arrive twice and out of order."""

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        """Puts `{"v": 1, "work": …}` on the queue."""

    def can_send(self, queue: str) -> bool:
        """Whether the queue answers now."""

    def drain_poison(self, queue: str, bury: Callable[[str], None]) -> int:
        """
        Hands each text of the queue's poison queue, decodable or not, to `bury`, then deletes it.

        Returns how many there were.
        """


class Payloads(Protocol):
    """Sealed messages too large for a queue."""

    def put(self, name: str, sealed: bytes) -> None:
        """Keeps the sealed bytes under the name."""

    def get(self, name: str) -> bytes | None:
        """The sealed bytes, or None when they are gone."""

    def remove(self, name: str) -> None:
        """A missing one is well."""


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Something a person should look at. `subject` says on what, without saying whose.

    `id` is `{tenant, or _unassigned}~{yyyymmdd}~{hash}`: it says where the problem is kept.
    """

    id: str
    tenant: str
    code: ErrorCode
    connection: str
    subject: str
    at: datetime


class Problems(Protocol):
    """What the portal will show to administrators."""

    def record(self, problem: Problem) -> None:
        """Recording the same problem again changes nothing."""

    def list(self) -> Sequence[Problem]:
        """All problems, the newest first; for what an operator asks."""

    def remove(self, problem_id: str) -> None:
        """Erases the problem; a missing one is well."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """
    A message that could not be worked on, whole, for replay. `content` is readable here.

    `id` is `{tenant, or _unassigned}~{yyyymmdd}~{hash}`: it says where the letter is kept.
    """

    id: str
    tenant: str
    connection: str
    queue: str
    code: ErrorCode
    at: datetime
    content: str


class DeadLetters(Protocol):
    """Kept encrypted, at most seven days."""

    def bury(self, letter: DeadLetter) -> None:
        """Burying the same letter again changes nothing."""

    def find(self, letter_id: str) -> DeadLetter | None:
        """The letter with its content, or None."""

    def list(self) -> Sequence[DeadLetter]:
        """All letters, the newest first, without their content."""

    def remove(self, letter_id: str) -> None:
        """A missing letter is well."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that somebody, or the app itself, has set: a pause, the storm brake."""

    name: str
    by: str
    since: datetime


class Switches(Protocol):
    """Small facts about the installation that every worker shares."""

    def set(self, switch: Switch) -> None:
        """Setting a switch that is set changes nothing."""

    def clear(self, name: str) -> None:
        """Clearing a switch that is not set is well."""

    def get(self, name: str) -> Switch | None:
        """The switch, or None when it is not set."""

    def beat(self, name: str, at: datetime) -> None:
        """Notes that something happened at a time."""

    def last_beat(self, name: str) -> datetime | None:
        """When it happened last."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what. Never whose appointment."""

    tenant: str
    action: str
    subject: str
    at: datetime


class Audit(Protocol):
    """Kept for years."""

    def record(self, entry: AuditEntry) -> None:
        """Adds the entry."""


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One POST to the SMS service. The same id and first_sent make it a repeat."""

    from_number: str
    to: str
    body: str
    tag: str
    request_id: str
    first_sent: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service took the text. That is not yet a delivery."""

    message_id: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """
    It provably was not sent; it may be tried again after `retry_after` seconds, if known.
    `opened`: the service was reached and said so; else no connection ever opened.
    """

    retry_after: int | None = None
    opened: bool = True


@dataclass(frozen=True, slots=True)
class RefusedText:
    """It was not sent and never will be."""

    reason: ErrorCode


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """It may have been sent: the answer was lost, late or broken."""


SendResult = Accepted | NotSent | RefusedText | OutcomeUnknown


class TextSender(Protocol):
    """The SMS service."""

    def send(self, text: OutgoingText) -> SendResult:
        """One request, never repeated here. Raises nothing of the service's."""


class Wording(Protocol):
    """What texts say, in the patient's language."""

    def text(
        self,
        saying: Saying,
        connection: Connection,
        appointment: Appointment,
        link: str,
        *,
        first: bool,
    ) -> str:
        """
        The words, ready to send. `first`: nothing was sent to this patient for this appointment
        before, so the text also says how to stop and whom to call. `link` is empty where a text
        has none (cancelled, farewell).
        """


class OptOuts(Protocol):
    """
    Who said STOP, for a whole tenant. `recipient` is a keyed hash of the number, `sender` the
    number it was said to, or `link` for *no more texts* on the patient's page.
    """

    def add(self, tenant: str, recipient: str, sender: str) -> None:
        """Adding again changes nothing."""

    def remove(self, tenant: str, recipient: str, sender: str | None = None) -> None:
        """Takes back one STOP, or with None all of them (START, *allow texts again*)."""

    def has(self, tenant: str, recipient: str) -> bool:
        """Whether this recipient must not be texted by the tenant."""


class OptOutSource(Protocol):
    """The SMS service's own list of who said STOP to one of our numbers."""

    def opted_out(self, sender: str, recipient: str) -> bool | None:
        """Whether `recipient` (E.164) said STOP to `sender`; None when it cannot be told."""


class Outages(Protocol):
    """Whether the SMS service answers at all, as all workers together have seen it."""

    def ask(self, now: datetime) -> datetime | None:
        """None: a new request may be made, and its end must be told. Else: when to ask again."""

    def tell(self, answered: bool | None, now: datetime) -> None:
        """
        What became of the request: it was answered, also by a no; it was not (5xx, time-out, a
        broken or refused connection); None: it was not made. Who did not ask may tell as well.
        """


class Slots(Protocol):
    """The rate of a sending number, shared by all workers: segments per ten seconds."""

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
        """
        Books the next free slot and returns when it begins; `now` or earlier means: go. `limit`
        is the number's segments per ten seconds. Not-urgent texts use at most three quarters of
        a slot, and while another connection waits none takes more than half.
        """

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """The segments that were granted in that time, by connection."""


class Counts(Protocol):
    """How many texts of a connection were due, sent, held … on a day (UTC)."""

    def add(self, shard: Shard, numbers: Numbers, before_first: Callable[[], None]) -> None:
        """Adds; calls `before_first` before it writes what was not there. Raises Conflict."""

    def of(self, connection: str, first: date, last: date) -> Mapping[date, Numbers]:
        """The sums by day, from `first` to `last`; a day without any may be left out."""

    def remove(self, connection: str, day: date) -> None:
        """Erases what was counted on that day; nothing there is well."""


class Secrets(Protocol):
    """The key vault."""

    def get(self, name: str) -> str | None:
        """The current value of the secret, or None. Raises NotStored when it does not answer."""
