"""
What the connector knows of one scheduled appointment: one row, changed only under its ETag.

Nothing here decides; intake/domain/decide.py does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self

from shared_code.agenda.domain import Duty
from shared_code.connections.domain import FieldPaths
from shared_code.errors import Code, Reason
from shared_code.rows import Stored

START_MISSING = Reason(Code("start_missing"), "The message carries no start time.")
"""Why an appointment is not texted; who needs a start all the same refuses with it as an error."""

CSN_MISMATCH = Reason(
    Code("csn_mismatch"),
    "Epic's launches and the feed do not name the visit alike: look at the paths key and csn.",
)
"""
A problem; its subject is FieldPaths.key_and_csn(). Two appointments have one CSN, or a launch's CSN
belongs to none although the feed is alive.
"""

ERASED = Reason(
    Code("erased"), "The patient's data is being erased: nobody is texted, and the row goes last."
)
"""Why an appointment is not texted from when its erasing begins until its row is gone."""

USUAL_MINUTES = 60
"""How long a visit lasts whose messages do not say it."""
REMEMBERED_EVENTS = 20
REMEMBERED_IDS = 8
"""How many identifiers of a patient are remembered."""
RETIRE_PHONE, RETIRE_ROW = Duty("retire_phone"), Duty("retire_row")
"""Duties of the agenda: both name an appointment and its version."""


def feed_name(connection_id: str) -> str:
    """
    Return the name in Switches of a connection's feed: its `last_beat` is when a message was last
    applied, the switch is set since the first one.
    """
    return f"feed-{connection_id}"


def to_the_minute(start: datetime) -> datetime:
    """Return a start as patients are told it (UTC): starts of one minute are the same to them."""
    return start.astimezone(UTC).replace(second=0, microsecond=0)


def plain_occurrence(said: str) -> str:
    """Return which visit of a series it is as it is stored: 01 is 1."""
    number = said.isascii() and said.isdigit()
    return (said.lstrip("0") or "0") if number else said


class Status(StrEnum):
    """`closed` is a no-show or a visit that ended without a cancellation."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AppointmentRef:
    """Identifies an appointment: connection id and keyed hash of its key."""

    connection: str
    row: str

    def __str__(self) -> str:
        return f"{self.connection}~{self.row}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The opposite of str(). Raises ValueError."""
        connection, row = text.split("~")
        return cls(connection, row)


@dataclass(frozen=True, slots=True)
class Version:
    """A counter and eight hex digits of the keyed hash of the event that made the version."""

    counter: int
    tag: str

    def __str__(self) -> str:
        return f"{self.counter}-{self.tag}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The opposite of str(). Raises ValueError."""
        counter, tag = text.split("-")
        return cls(int(counter), tag)


@dataclass(frozen=True, slots=True)
class EventOrder:
    """
    Where an event stands among its siblings.

    `moment` is the earlier of MSH-7 and arrival + 10 minutes, `control` MSH-10 when it is an
    integer. All times UTC. Without a readable MSH-7 it is not `timed`: its moment is its arrival,
    and that alone is compared.
    """

    moment: datetime
    control: int | None
    arrival: datetime
    timed: bool = True

    def is_after(self, other: EventOrder, *, ties: bool) -> bool:
        """Whether this event is newer; `ties` answers when nothing tells them apart."""
        both_timed = self.timed and other.timed
        if both_timed and self.moment != other.moment:
            return self.moment > other.moment
        if not both_timed and self.arrival != other.arrival:
            return self.arrival > other.arrival
        if self.control is not None and other.control is not None and self.control != other.control:
            return self.control > other.control
        return ties if self.arrival == other.arrival else self.arrival > other.arrival


class Fact(StrEnum):
    """What messages may leave out: each stays until a newer message says something else."""

    START = "start"
    DEPARTMENT = "department"
    LANGUAGE = "language"
    VIRTUAL = "virtual"
    PHONE = "phone"
    MINOR = "minor"
    DECEASED = "deceased"
    CONSENT = "consent"
    STATUS = "status"
    CSN = "csn"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Texting:
    """
    What an appointment keeps for its texts alone.

    `deceased` says that the patient is dead, `consent` whether the patient agrees to texts, each as
    the last message that said so told; None where none did. `status_disagrees`: the last message
    with a status called the visit cancelled without cancelling it, and nobody has released it; see
    Appointment.is_held().

    `phone` is E.164 and encrypted at rest; `guardians_phone` says whether it is a guardian's and
    not the patient's own, None without one and on rows of earlier releases. `minor` says whether
    the patient is under age, as the last message with a birth date told; the birth date itself is
    not kept. `blocked` is the reason why the patient is not texted, `settled` the last version
    whose texts all have an outcome.
    `notified_dates` are the UTC dates of earlier versions' starts: under them stand their texts.
    `moved`: the version has another start than the one before it.
    """

    phone: str | None = None
    guardians_phone: bool | None = None
    minor: bool | None = None
    blocked: Reason | None = None
    settled: Version | None = None
    notified_dates: tuple[date, ...] = ()
    moved: bool = False
    deceased: bool = False
    consent: bool | None = None
    status_disagrees: bool = False

    def text_days(self, start: datetime | None) -> tuple[date, ...]:
        """The UTC dates under which texts are kept, the earliest first; `start` is the visit's."""
        starts = (start.date(),) if start else ()
        return tuple(sorted({*self.notified_dates, *starts}))


@dataclass(frozen=True, slots=True)
class Appointment:
    """
    One appointment. Times are UTC.

    `patients` are the fingerprints of the patient's identifiers, see remember_patient().
    `patient_conflict` says that the newest event that named somebody named another patient:
    `other_patients`. What `texting` and `language` hold is then about that one.

    `occurrence` is which visit of a series it is, where several go by one key.

    `booked` and `ended` are the newest booking (S12, S13) and the newest cancellation or no-show
    (`ended_as`): the newer of the two decides the status, in whatever order they arrive.

    `csn` is what Epic's launches name the visit by, `minutes` how long it lasts; None if no message
    said so.

    `processing_id` is MSH-11 of the newest message.

    `said` tells of each fact which message had the last word on it: only a newer one changes it,
    and an older one that arrives late says what is missing there. `unkept_number` is the keyed hash
    of the newest number where it is not kept because nobody has said yet whether it may be.
    """

    ref: AppointmentRef
    key: str
    status: Status
    version: Version
    order: EventOrder
    start: datetime | None = None
    department: str | None = None
    language: str | None = None
    virtual: bool | None = None
    patients: tuple[str, ...] = ()
    other_patients: tuple[str, ...] = ()
    patient_conflict: bool = False
    booked: EventOrder | None = None
    ended: EventOrder | None = None
    ended_as: Status | None = None
    recent_events: tuple[str, ...] = ()
    texting: Texting = Texting()
    csn: str | None = None
    minutes: int | None = None
    occurrence: str | None = None
    processing_id: str = "P"
    unkept_number: str | None = None
    said: Mapping[Fact, EventOrder] = field(default_factory=dict)

    @property
    def last_arrival(self) -> datetime:
        """When the last message arrived that the row is made of; it need not be the newest."""
        orders = (self.order, self.booked, self.ended, *self.said.values())
        return max(order.arrival for order in orders if order is not None)

    @property
    def end(self) -> datetime | None:
        """When the visit ends; None without a start."""
        if self.start is None:
            return None
        return self.start + timedelta(minutes=self.minutes or USUAL_MINUTES)

    def with_phone(self, phone: str | None) -> Self:
        """The same appointment with this phone, or with none."""
        return replace(self, texting=replace(self.texting, phone=phone))

    def erased(self) -> Self:
        """The same appointment while its traces are erased: of it nothing new is made."""
        texting = replace(self.texting, blocked=ERASED)
        return replace(self, status=Status.CLOSED, texting=texting)

    def is_held(self) -> bool:
        """
        Whether its texts wait for a message or a person to say that it takes place. What the status
        said before a visit that had ended was booked anew, it said of the end.
        """
        word, booked = self.said.get(Fact.STATUS), self.booked
        anew = self.ended is not None and booked is not None and word is not None
        if anew and booked is not None and word is not None and booked.is_after(word, ties=False):
            return False
        return self.texting.status_disagrees and self.status is Status.ACTIVE

    def remembering(self, event_hash: str) -> Self:
        """The same appointment with the event among its last."""
        return replace(self, recent_events=(*self.recent_events, event_hash)[-REMEMBERED_EVENTS:])

    def is_over(self, now: datetime, grace: timedelta) -> bool:
        """Cancelled, closed, or past its start and grace: no phone is read or kept for it."""
        if self.status is not Status.ACTIVE:
            return True
        return self.start is not None and self.start + grace <= now


def is_gone(appointment: Appointment | None) -> bool:
    """Return whether the appointment was erased, or is being erased."""
    return appointment is None or appointment.texting.blocked == ERASED


def takes_place(stored: Stored[Appointment] | None) -> bool:
    """Return whether there is an appointment that is neither cancelled nor closed."""
    return stored is not None and stored.value.status is Status.ACTIVE


def same_patient(known: Iterable[str], named: Iterable[str]) -> bool:
    """Return whether two lists of fingerprints have an identifier in common."""
    named = tuple(named)
    return any(_same_id(one, other) for one in known for other in named)


def remember_patient(known: tuple[str, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    """
    Return the fingerprints after a message that named the same patient: new identifiers are added,
    the oldest fall out, and those that both have in common are the last to.

    A fingerprint is the keyed hash of a number; where it is known who assigned the number, `~` and
    the keyed hash of both follow. One without is not kept beside one with the same number.
    """
    fresh = sorted(set(named))  # in whatever order the message names them
    common = [one for one in known if same_patient([one], fresh)]
    common += [one for one in fresh if same_patient([one], known)]
    older = [one for one in known if one not in common]
    added = [one for one in fresh if one not in common]
    assigned = {_number(one) for one in (*known, *fresh) if one != _number(one)}
    merged = dict.fromkeys((*older, *added, *common))
    kept = [one for one in merged if one != _number(one) or one not in assigned]
    return tuple(kept[-REMEMBERED_IDS:])


def _same_id(one: str, other: str) -> bool:
    """Compare the numbers, and who assigned them where both sides say it."""
    qualified = one != _number(one) and other != _number(other)
    return one == other if qualified else _number(one) == _number(other)


def _number(fingerprint: str) -> str:
    return fingerprint.partition("~")[0]


def csn_of(appointment: Appointment, fields: FieldPaths) -> str | None:
    """
    Return what launches name the visit by, also of rows that were stored before CSNs were; None if
    no message said so.
    """
    return appointment.csn or (appointment.key if fields.key_is_csn() else None)


@dataclass(frozen=True, slots=True)
class JoinWindow:
    """From when until before when a visit can be joined (UTC)."""

    opens: datetime
    closes: datetime

    def is_early(self, now: datetime) -> bool:
        """Return whether it has not opened yet."""
        return now < self.opens

    def is_closed(self, now: datetime) -> bool:
        """Return whether it has closed."""
        return self.closes <= now


def join_window(
    appointment: Appointment, opens_before: int, closes_after: int
) -> JoinWindow | None:
    """
    Return the window of a visit, by minutes before its start and after its end; None without a
    start.

    Start and end are UTC, so a change of the clocks between them moves nothing.
    """
    start, end = appointment.start, appointment.end
    if start is None or end is None:
        return None
    before, after = timedelta(minutes=opens_before), timedelta(minutes=closes_after)
    return JoinWindow(start - before, end + after)
