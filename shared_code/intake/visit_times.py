"""
When the visit of a message starts, how long it lasts, and whether its patient is a minor that day.

What times, durations and dates look like is said in hl7; here the fields that hold them are found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

from shared_code import wall_clock
from shared_code.appointments.domain import USUAL_MINUTES
from shared_code.connections.domain import Connection, MinorsRule
from shared_code.errors import Reason
from shared_code.hl7.durations import read_minutes
from shared_code.hl7.message import NULL, Path, Segment
from shared_code.hl7.schedule_event import BIRTH_DATE_UNREADABLE, BOOKS, CANCELS, DELETED, Deleted
from shared_code.hl7.starts import SaidTime, Start, Visits, choose_start
from shared_code.hl7.times import latest_day
from shared_code.wall_clock import LocalTime

# Where resources say when they begin; offset and unit are the next two fields.
_RESOURCE_STARTS = frozenset({("AIS", 4), ("AIG", 8), ("AIL", 6), ("AIP", 6)})

_MOST_TIMES = 100
"""No visit has as many resources; each of the times is compared with the start."""

# Numbers and their units, where a visit's duration may stand; the first usable one counts.
_DURATIONS = (
    (Path("SCH", 9, 1), Path("SCH", 10, 1)),
    (Path("TQ1", 6, 1), Path("TQ1", 6, 2, 1)),
    (Path("AIS", 7, 1), Path("AIS", 8, 1)),
)


class TimeFields(Protocol):
    """What of a message's fields is needed."""

    def segments(self, name: str) -> Sequence[Segment]:
        """The segments of that name."""
        ...

    def repetitions(self, segment: Segment, field: int) -> list[str]:
        """The field's repetitions in ER7."""
        ...

    def part(self, repetition: str, path: Path) -> str:
        """One part of a repetition, unescaped."""
        ...

    def first(self, path: Path) -> str | None:
        """The value in the first segment and repetition; None when empty or null."""
        ...

    def values(self, path: Path) -> list[str]:
        """All values, nulls included, without empty ones."""
        ...


def read_start(
    fields: TimeFields, connection: Connection, trigger: str, minutes: int | Deleted | None
) -> Start:
    """
    The visit's start by all fields that say it, on the clock of the department's visits. A
    cancellation without one is of the visit that is known.
    """
    length = minutes if isinstance(minutes, int) else USUAL_MINUTES
    visits = Visits(_zone(fields, connection), length, connection.midnight_visits)
    paths = [Path.parse(path) for path in connection.fields.starts]
    start, remarks = choose_start(
        [list(islice(_said_times(fields, path), _MOST_TIMES)) for path in paths], visits
    )
    return (
        (None, ()) if trigger in CANCELS and not isinstance(start, LocalTime) else (start, remarks)
    )


def _said_times(fields: TimeFields, path: Path) -> Iterator[SaidTime]:
    """All times at the path, with the offset and unit that follow a resource's."""
    of_resource = (path.segment, path.field) in _RESOURCE_STARTS
    beside = [Path(path.segment, path.field + n, 1) for n in (1, 2) if of_resource]
    for segment in fields.segments(path.segment):
        neighbours = [_at(fields, segment, each) for each in beside]
        for repetition in fields.repetitions(segment, path.field):
            value = fields.part(repetition, path)
            if value:
                yield SaidTime(value, of_resource, *neighbours)


def _at(fields: TimeFields, segment: Segment, path: Path) -> str:
    """The value in the first repetition of the segment's field; empty when empty or null."""
    repetition = next(iter(fields.repetitions(segment, path.field)), "")
    value = fields.part(repetition, path)
    return "" if value == NULL else value


def _zone(fields: TimeFields, connection: Connection) -> ZoneInfo:
    department = fields.first(Path.parse(connection.fields.department))
    return ZoneInfo(connection.start_zone(department))


def read_length(fields: TimeFields) -> int | Deleted | None:
    """How long the visit lasts; DELETED where all that is said of it is no duration."""
    said = False
    for number, unit in _DURATIONS:
        for segment in fields.segments(number.segment):
            minutes = read_minutes(_at(fields, segment, number), _at(fields, segment, unit))
            if minutes is not None:
                return minutes
        said = said or bool(fields.values(number))
    return DELETED if said else None


def read_minor(
    fields: TimeFields, connection: Connection, trigger: str, when: LocalTime | None
) -> tuple[bool | None, tuple[Reason, ...]]:
    """
    Whether the patient may be under age that day: the youngest age that the birth date allows
    counts. The birth date itself goes no further. A booking has to carry one.
    """
    path = Path.parse(connection.fields.birth_date)
    born = latest_day(fields.first(path) or "")
    if born is not None:
        if when is None:
            return None, ()
        zone = _zone(fields, connection)
        day = wall_clock.resolve(when, zone).utc.astimezone(zone).date()
        return _age(born, day) < connection.age_of_majority, ()
    said = fields.values(path) or (trigger in BOOKS and fields.segments(path.segment))
    matters = said and connection.minors is not MinorsRule.PATIENT
    return None, (BIRTH_DATE_UNREADABLE,) if matters else ()


def _age(born: date, day: date) -> int:
    """In whole years; who was born on February 29 is a year older on March 1."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
