"""The protocols of texting: records of texts, counts, the SMS service and its rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.connections.domain import Connection
from shared_code.errors import Reason
from shared_code.language.template_names import TemplateName
from shared_code.rows import Stored
from shared_code.texting.domain.metrics import Shard
from shared_code.texting.domain.number_day import NumberDay, NumberKey
from shared_code.texting.domain.rate import Reservation
from shared_code.texting.domain.tally import Addition, Tally
from shared_code.texting.domain.text import TextRecord, TextRef


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

    def to(self, connection: str, recipient: str) -> Iterator[TextRecord]:
        """
        The records of a connection's texts to the number with that keyed hash. Reads all of the
        connection's records; for what an operator asks, never for a timer.
        """

    def remove(self, ref: TextRef) -> None:
        """Erases the record. Does nothing if it does not exist."""


class Counts(Protocol):
    """How many texts of a connection were due, sent, held … on a day (UTC), and by what."""

    def add(self, shard: Shard, addition: Addition, before_first: Callable[[], None]) -> None:
        """
        Adds to the shard, or to another of the day where others are always first; calls
        `before_first` before it writes what was not there. Raises Conflict.
        """

    def of(self, connection: str, first: date, last: date) -> Mapping[date, Tally]:
        """The numbers by day, from `first` to `last`; a day without any may be left out."""

    def remove(self, connection: str, day: date) -> None:
        """Erases what was counted on that day; does nothing if there is none."""


class NumberDays(Protocol):
    """The texts of one day to one number."""

    def load(self, key: NumberKey) -> Stored[NumberDay] | None:
        """The day, or None."""

    def insert(self, key: NumberKey, day: NumberDay) -> None:
        """Raises Conflict when there is one."""

    def replace(self, key: NumberKey, day: NumberDay, etag: str) -> None:
        """Raises Conflict when the ETag differs or the row is gone."""

    def forget(self, key: NumberKey) -> None:
        """Erases the day of one number; does nothing if there is none."""

    def remove(self, connection: str, day: date) -> None:
        """Erases all numbers of the day; does nothing if there are none."""


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
    `opened`: the service was reached and said so; else no connection ever opened. `reason`: why,
    where a person must do something about it.
    """

    retry_after: int | None = None
    opened: bool = True
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class RefusedText:
    """It was not sent and never will be."""

    reason: Reason


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

    def language(self, connection: Connection, appointment: Appointment) -> str:
        """The tag of the language in which the appointment's texts are written."""

    def text(
        self,
        template: TemplateName,
        connection: Connection,
        appointment: Appointment,
        link: str,
        *,
        first: bool,
    ) -> str:
        """
        The words, ready to send. `first`: nothing was sent to this patient for this appointment
        before, so the text also says how to stop and whom to call. `link` is empty where a text
        has none (`cancelled`, `no_longer_virtual`).
        """


class OptOutSource(Protocol):
    """The SMS service's own list of who said STOP to one of our numbers."""

    def opted_out(self, sender: str, recipient: str) -> bool | None:
        """Whether `recipient` (E.164) said STOP to `sender`; None when it cannot be told."""


class RateWindow(Protocol):
    """The rate of a sending number, shared by all workers: segments per ten seconds."""

    def reserve(self, number: str, wanted: Reservation, now: datetime) -> datetime:
        """
        Reserves the next free place and returns when it begins: `now` or earlier means that the
        text may go. Texts that are not urgent use at most three quarters of ten seconds. Where
        another connection waits, none takes more than half of what its kind may use; the quarter
        kept for urgent texts is not halved. Raises Conflict and NotStored.
        """

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """The segments that were granted in that time, by connection."""
