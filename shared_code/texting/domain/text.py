"""
One SMS to one patient: its name, its life, its length.

The life of a text has three honest ends: `accepted`, `not_sent` with a reason, `unknown`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.errors import Reason
from shared_code.language.template_names import TemplateName

CLAIM_LEASE = timedelta(seconds=30)
"""A younger claim belongs to the worker that wrote it: it may be on the wire."""
REPEAT_WINDOW = timedelta(minutes=4)
"""As long the same POST may be repeated; ACS tracks repeatable requests for five minutes."""


class TextKind(StrEnum):
    """
    Why a patient is texted. `no_longer_virtual`: the visit takes place,
    but not by video. Whether a
    confirmation says *scheduled* or *changed* is found out when it is sent (`TemplateName`).
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


FINAL = frozenset({TextState.ACCEPTED, TextState.NOT_SENT, TextState.UNKNOWN})
CANCELLATION_NOTICES = frozenset({TextKind.CANCELLATION, TextKind.NO_LONGER_VIRTUAL})
_MAY_HAVE_READ = frozenset({TextState.ACCEPTED, TextState.UNKNOWN, TextState.CLAIMED})


@dataclass(frozen=True, slots=True)
class Composed:
    """
    What is remembered of a text's words: enough to compose the very same ones for a repeat, and
    to know later who was told what. `recipient` is the keyed hash of the number, `first` whether
    the text also said how to stop and whom to call.
    """

    template: TemplateName
    first: bool
    recipient: str
    body_hash: str
    segments: int


@dataclass(frozen=True, slots=True)
class TextRecord:
    """
    The claim on a text and its outcome. It holds no number and no words.

    `resets` counts how often the request was made anew after a provable "not sent"; together with
    `first_sent` (UTC) it fixes what ACS sees as one repeatable request. `repeats` counts how often
    that same request was made again: from then on a "not sent" no longer proves anything.
    `not_before` is when a `ready` text may be tried again, `held_by` what it waits for, and
    `slot` the place in the sending number's rate that it has booked. `delivery` is what the
    carrier reported: `delivered`, `failed`, or empty while nothing was. `composed` is there from
    the first claim on, `claimed_by` names the worker of the newest claim. `in_doubt`: its outcome
    was unknown once, and a person let it be sent again.
    """

    ref: TextRef
    state: TextState
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

    def is_final(self) -> bool:
        """Whether nothing more will be tried by machine."""
        return self.state in FINAL

    def may_have_been_read(self) -> bool:
        """Whether the patient knows, or may know, what it says."""
        return self.in_doubt or self.state in _MAY_HAVE_READ


@dataclass(frozen=True, slots=True)
class Length:
    """How carriers count a text (3GPP TS 23.038): encoding and parts."""

    encoding: str
    segments: int


_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")


def is_gsm7(text: str) -> bool:
    """Whether the text can be sent in the 7-bit alphabet, 160 characters to a part."""
    return all(character in _GSM7 or character in _GSM7_EXTENSION for character in text)


def measure(text: str) -> Length:
    """Encoding and number of parts: 160/153 septets or 70/67 UTF-16 units."""
    if is_gsm7(text):
        widths = [2 if character in _GSM7_EXTENSION else 1 for character in text]
        return Length("GSM-7", _parts(widths, 160, 153))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Length("UCS-2", _parts(widths, 70, 67))


def _parts(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    if 2 not in widths:
        return math.ceil(len(widths) / part)
    parts, room = 1, part
    for width in widths:  # a pair is never split over two parts
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
