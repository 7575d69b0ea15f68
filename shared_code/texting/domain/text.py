"""
One SMS to one patient: its name, its life, its length.

The life of a text has three honest ends: `accepted`, `not_sent` with a reason, `unknown`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.errors import Reason
from shared_code.language.template_names import TemplateName
from shared_code.texting.domain import rate

DELIVERED, FAILED = "delivered", "failed"
"""What the carrier reports of a text."""
SLOT = "slot"
"""Why a text waits for the place in the rate that it reserved."""
CLAIM_LEASE = timedelta(seconds=30)
"""A younger claim belongs to the worker that wrote it: it may be on the wire."""
REPEAT_WINDOW = timedelta(minutes=4)
"""How long the same POST may be repeated; ACS recognizes a repeat for five minutes."""


class TextKind(StrEnum):
    """
    Why a patient is texted. `no_longer_virtual`: the visit takes place, but not by video. Whether a
    confirmation says *scheduled* or *changed* is decided when it is sent (`TemplateName`).
    """

    CONFIRMATION = "confirmation"
    CANCELLATION = "cancellation"
    NO_LONGER_VIRTUAL = "no_longer_virtual"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True)
class TextRef:
    """
    Names a text: appointment, the version it belongs to, kind, minutes before the start.

    `day` is the UTC date of that version's start; texts are kept by it.
    """

    subject: AppointmentRef
    version: Version
    kind: TextKind
    offset: int
    day: date

    def __str__(self) -> str:
        day = self.day.strftime("%Y%m%d")
        return f"{self.subject}~{day}~{self.version}~{self.kind}~{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The opposite of str(). Raises ValueError."""
        connection, row, day, version, kind, offset = text.split("~")
        return cls(
            AppointmentRef(connection, row),
            Version.parse(version),
            TextKind(kind),
            int(offset),
            date.fromisoformat(day),
        )


URGENT_BEFORE_START = timedelta(hours=24)


def is_urgent(ref: TextRef, start: datetime, now: datetime) -> bool:
    """
    Whether the text goes before the others: cancellations, changes, and first texts of a visit
    within the next day. Reminders were foreseen and never are.
    """
    if ref.kind is TextKind.REMINDER:
        return False
    if ref.kind is not TextKind.CONFIRMATION or ref.version.counter > 1:
        return True
    return start - now < URGENT_BEFORE_START


class TextState(StrEnum):
    """`ready`: provably not sent yet and free to be claimed again."""

    CLAIMED = "claimed"
    READY = "ready"
    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


DELIVERED, FAILED = "delivered", "failed"
"""What a carrier reports of a text."""
FINAL = frozenset({TextState.ACCEPTED, TextState.NOT_SENT, TextState.UNKNOWN})
CANCELLATION_NOTICES = frozenset({TextKind.CANCELLATION, TextKind.NO_LONGER_VIRTUAL})
_MAY_HAVE_READ = frozenset({TextState.ACCEPTED, TextState.UNKNOWN, TextState.CLAIMED})


@dataclass(frozen=True, slots=True)
class Composed:
    """
    What is remembered of a text's words: enough to compose the very same ones for a repeat, and to
    know later which number was notified of what. `recipient` is the keyed hash of the number,
    `first` whether the text also said how to stop and whom to call, `start` which start (UTC, to
    the minute) it told; None in records that were made before it was kept.
    """

    template: TemplateName
    first: bool
    recipient: str
    body_hash: str
    segments: int
    start: datetime | None = None

    def says_the_same(self, other: Composed) -> bool:
        """Whether both have the same words and number; `start` is among the words."""
        return replace(self, start=None) == replace(other, start=None)


@dataclass(frozen=True, slots=True)
class Audience:
    """
    Whom a text is for, as far as it is counted: Epic's code of the department, the region of the
    number, the language of the text; "" where it is not known.
    """

    department: str = ""
    country: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class TextRecord:
    """
    The claim on a text and its outcome. It holds no number and no words.

    `resets` counts how often the request was made anew after a provable "not sent"; together with
    `first_sent` (UTC) it fixes what ACS sees as one repeatable request. `repeats` counts how often
    that same request was made again: from then on a "not sent" no longer proves anything.
    `not_before` is when a `ready` text may be tried again, `held_by` what it waits for, and
    `slot` the place in the sending number's rate that it has reserved. `delivery` is what the
    carrier reported: `delivered`, `failed`, or empty while nothing was; `delivery_reason` is the
    code of why it failed. `composed` is there from the first claim on, `claimed_by` names the
    worker of the newest claim. `in_doubt`: its outcome was unknown once, and a person let it be
    sent again. `audience` is whom it is counted under.
    """

    ref: TextRef
    state: TextState = TextState.READY
    claimed_by: str = ""
    resets: int = 0
    repeats: int = 0
    claimed_at: datetime | None = None
    first_sent: datetime | None = None
    not_before: datetime | None = None
    held_by: str = ""
    slot: datetime | None = None
    composed: Composed | None = None
    in_doubt: bool = False
    reason: Reason | None = None
    message_id: str = ""
    finished_at: datetime | None = None
    delivery: str = ""
    delivery_at: datetime | None = None
    delivery_reason: str = ""
    audience: Audience = Audience()

    def is_final(self) -> bool:
        """Whether nothing more will be tried by machine."""
        return self.state in FINAL

    def may_have_been_read(self) -> bool:
        """Whether the patient knows, or may know, what it says."""
        return self.in_doubt or self.state in _MAY_HAVE_READ

    def failed_to_arrive(self) -> bool:
        """Whether the carrier reports that it was not delivered."""
        return self.delivery == FAILED

    def has_slot(self, now: datetime) -> bool:
        """Whether the place in the rate that it reserved may be used now."""
        return self.slot is not None and rate.may_go(self.slot, now)

    def request_time(self) -> datetime:
        """When its request was first made. Raises ValueError for a text that was never claimed."""
        if self.first_sent is None:
            raise ValueError(self.state)
        return self.first_sent

    def claimed(self, by: str, now: datetime, composed: Composed) -> Self:
        """A new request. Its first_sent has whole seconds: that is all an HTTP date can say."""
        return replace(
            self,
            state=TextState.CLAIMED,
            claimed_by=by,
            claimed_at=now,
            first_sent=now.replace(microsecond=0),
            composed=composed,
            not_before=None,
            held_by="",
            slot=None,
        )

    def taken_over(self, by: str, now: datetime) -> Self:
        """The same request once more, by another worker."""
        return replace(self, claimed_by=by, claimed_at=now, repeats=self.repeats + 1)

    def held(self, until: datetime, held_by: str) -> Self:
        """Not claimed, and not looked at before `until`. A reserved slot is its own reason."""
        slot = until if held_by == SLOT else self.slot
        return replace(self, not_before=until, held_by=held_by, slot=slot)

    def reset(self, not_before: datetime, held_by: str = "") -> Self:
        """The request provably never counted: the next one is a new request."""
        ready, resets = TextState.READY, self.resets + 1
        return replace(self, state=ready, resets=resets, not_before=not_before, held_by=held_by)

    def finished(self, state: TextState, now: datetime, reason: Reason | None = None) -> Self:
        """The record with its outcome. A text that was ever unknown never becomes `not_sent`."""
        if state is TextState.NOT_SENT and self.in_doubt:
            state = TextState.UNKNOWN
        return replace(self, state=state, reason=reason, finished_at=now)

    def sent_again(self) -> Self:
        """A new request for a text whose older one may have been executed."""
        return replace(
            self,
            state=TextState.READY,
            in_doubt=True,
            resets=self.resets + 1,
            repeats=0,
            reason=None,
            finished_at=None,
        )
