"""What a command is asked and what it answers; and who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NewType

from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.connections.domain import Connection
from shared_code.texting.domain.metrics import Metric
from shared_code.texting.domain.text import TextRecord

Actor = NewType("Actor", str)
"""Who gives a command that changes something. A switch and the audit log keep it."""
OPERATOR = Actor("operator")
"""Whoever holds the host's master key."""


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """Asks for the appointment that a connection knows by this key or CSN."""

    connection: Connection
    key: str


@dataclass(frozen=True, slots=True)
class SubjectRequest:
    """
    Asks for the appointment that a problem's subject, a text or a row of the log names. A row alone
    is looked for in the connection, or in all of them.
    """

    subject: str
    connection: Connection | None = None


@dataclass(frozen=True, slots=True)
class AppointmentHistory:
    """An appointment as it is now, and all its texts."""

    appointment: Appointment
    texts: Sequence[TextRecord]


@dataclass(frozen=True, slots=True)
class RecipientRequest:
    """Names a number by an appointment that is texted to it, by key or CSN."""

    connection: Connection
    key: str


@dataclass(frozen=True, slots=True)
class RecipientStop:
    """
    What holds for the number of an appointment now. `blocked_at`: those of our numbers to which it
    must text START before the carrier delivers their texts again.
    """

    appointment: AppointmentRef
    blocked_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumbersRequest:
    """
    Asks for the days (UTC) from `first` to `last`, both included; None is today. `by` also asks for
    the numbers of the whole time by one field of a combination, `department` for those of one
    department alone.
    """

    connection: Connection
    first: date | None = None
    last: date | None = None
    by: str = ""
    department: str | None = None


@dataclass(frozen=True, slots=True)
class NumbersOfDay:
    """How often each thing was counted on a day (UTC); every metric is there."""

    day: date
    numbers: Mapping[Metric, int]


@dataclass(frozen=True, slots=True)
class NumbersOfGroup:
    """What was counted under one name; None where a number is too small to be shown."""

    name: str
    numbers: Mapping[Metric, int | None]


@dataclass(frozen=True, slots=True)
class NumbersFound:
    """The numbers of each day, and by group where they were asked for."""

    days: Sequence[NumbersOfDay]
    groups: Sequence[NumbersOfGroup] = ()
