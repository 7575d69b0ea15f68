"""
The start of a visit out of all fields of a message that say when it or one of its resources begins.

A resource may be needed later than the visit starts, and says by how much (HL7 v2.5.1 §10.6.4.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from shared_code import wall_clock
from shared_code.errors import Reason
from shared_code.hl7.durations import read_offset
from shared_code.hl7.message import NULL
from shared_code.hl7.schedule_event import DELETED, START_DISAGREES, START_UNREADABLE, Deleted
from shared_code.hl7.times import looks_like_time, read_time
from shared_code.wall_clock import LocalTime

type Start = tuple[LocalTime | Deleted | None, tuple[Reason, ...]]


@dataclass(frozen=True, slots=True)
class SaidTime:
    """One value as sent. With a resource's time come its offset from the start and the unit."""

    text: str
    of_resource: bool = False
    offset: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Visits:
    """
    What is known of visits: their clock, how many minutes this one lasts, whether any can start at
    00:00.
    """

    zone: ZoneInfo
    minutes: int
    midnight: bool

    def moment(self, time: LocalTime) -> datetime:
        """Return the time in UTC."""
        return wall_clock.resolve(time, self.zone).utc

    def local(self, time: LocalTime) -> datetime:
        """Return the time on the clock of the visits."""
        return self.moment(time).astimezone(self.zone)

    def lacks_time(self, time: LocalTime) -> bool:
        """Return whether it is a date that became 00:00."""
        there = self.local(time)
        return not self.midnight and (there.hour, there.minute) == (0, 0)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A readable time; `start` is the visit's by it, None if its offset cannot be read."""

    time: LocalTime
    start: LocalTime | None
    of_resource: bool

    def is_usable(self, visits: Visits) -> bool:
        return self.start is not None and not self.lacks_time(visits)

    def lacks_time(self, visits: Visits) -> bool:
        return any(visits.lacks_time(each) for each in (self.time, self.start) if each)


def choose_start(paths: Sequence[Sequence[SaidTime]], visits: Visits) -> Start:
    """
    Return the start by the first path with a usable time: the earliest there, and where it is a
    resource's the earliest of all resources on that day.

    Fields that say another start are remarked, but no resource that is needed within the visit or
    whose offset leads to its start. What was deleted, or is a day without a time, is DELETED.
    """
    meant = [[each for each in path if looks_like_time(each.text)] for path in paths]
    readings = [[each for each in map(_read, path) if each] for path in meant]
    usable = [[each for each in path if each.is_usable(visits)] for path in readings]
    every = list(chain.from_iterable(readings))
    first = next((path for path in usable if path), None)
    if first is None:
        if any(each.lacks_time(visits) for each in every):
            return DELETED, ()
        if any(meant):
            return None, (START_UNREADABLE,)
        deleted = any(each.text == NULL for each in chain.from_iterable(paths))
        return (DELETED if deleted else None), ()
    start, of_resource = _earliest(first, visits), first[0].of_resource
    if of_resource:
        start = _earliest(_resources_that_day(usable, start, visits), visits)
    agreed = all(_agrees(each, start, visits, strictly=of_resource) for each in every)
    return _plainest(start, every, visits), () if agreed else (START_DISAGREES,)


def _plainest(start: LocalTime, readings: Iterable[_Reading], visits: Visits) -> LocalTime:
    """
    The same moment as a field says it about which nothing is remarkable, if one does: where two
    fields agree, an offset or an hour that occurs twice needs nobody's attention.
    """
    moment = visits.moment(start)
    same = [each.start for each in readings if each.start and visits.moment(each.start) == moment]
    plain = (each for each in same if not wall_clock.resolve(each, visits.zone).remarks)
    return next(plain, start)


def _read(said: SaidTime) -> _Reading | None:
    time = read_time(said.text)
    if time is None:
        return None
    offset = read_offset(said.offset, said.unit) if said.of_resource else timedelta()
    start = None if offset is None else LocalTime(time.wall - offset, time.offset)
    return _Reading(time, start, said.of_resource)


def _resources_that_day(
    usable: Iterable[Iterable[_Reading]], start: LocalTime, visits: Visits
) -> list[_Reading]:
    """A resource of another day is a stale one rather than where the visit begins."""
    day = visits.local(start).date()
    return [
        each
        for each in chain.from_iterable(usable)
        if each.of_resource and each.start and visits.local(each.start).date() == day
    ]


def _earliest(readings: Iterable[_Reading], visits: Visits) -> LocalTime:
    return min((each.start for each in readings if each.start), key=visits.moment)


def _agrees(reading: _Reading, start: LocalTime, visits: Visits, *, strictly: bool) -> bool:
    if reading.lacks_time(visits):
        return visits.local(reading.time).date() == visits.local(start).date()
    begins = visits.moment(start)
    if reading.start is not None and visits.moment(reading.start) == begins:
        return True
    if strictly or not reading.of_resource:
        return False
    after = visits.moment(reading.time) - begins
    return timedelta() <= after < timedelta(minutes=visits.minutes)
