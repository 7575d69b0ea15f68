"""
The weeks in which clocks change, through the whole product: eight zones, both changes of a year.

Visits are booked before, in and after the change, and take place in every half-hour around it,
including the one that occurs twice and the one that does not exist. The expected times of texts are
computed here from wall clocks alone, minute by minute, without the product's code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from shared_code.texting.domain.text import TextRef
from shared_code.texting.ports import OutgoingText
from tests.unit.texting.test_quiet_hours import CHANGES
from tests.world.connection import ENABLED, connection
from tests.world.machine import MINUTE, Machine
from tests.world.messages import siu
from tests.world.world import World

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
REMINDERS = (1440, 120, 60)
WEEKS = [(zone, change) for zone, changes in CHANGES.items() for change in changes]
Sent = tuple[str, datetime]
"""The kind of a text, and its minute (UTC)."""


@dataclass(frozen=True, slots=True)
class Place:
    """The wall clock of one zone, read forwards only: from UTC to the wall."""

    zone: str
    change: date

    def reads(self, moment: datetime) -> datetime:
        """Return what the wall clock shows."""
        return moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def when(self, wall: datetime) -> datetime | None:
        """Return when the wall clock first shows this; None if it never does."""
        return _first_readings(self).get(wall)

    def certain(self, wall: datetime) -> datetime:
        """Return the same for a time that exists."""
        found = self.when(wall)
        assert found is not None
        return found

    def eight_after(self, moment: datetime) -> datetime:
        """Return when the night of that moment ends."""
        there = self.reads(moment)
        day = there.date() + DAY if there.time() >= time(21) else there.date()
        return self.certain(datetime.combine(day, time(8)))

    def is_night(self, moment: datetime) -> bool:
        """Return whether it is between nine in the evening and eight in the morning."""
        return not time(8) <= self.reads(moment).time() < time(21)


@cache
def _first_readings(place: Place) -> Mapping[datetime, datetime]:
    """Return the wall clock of ten days around the change, every five minutes."""
    begin = datetime.combine(place.change, time(0), UTC) - 7 * DAY
    readings: dict[datetime, datetime] = {}
    for step in range(12 * 288):
        moment = begin + 5 * step * MINUTE
        readings.setdefault(place.reads(moment), moment)
    return readings


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit; `wall` is the start as the hospital writes it."""

    wall: datetime
    place: Place

    @property
    def start(self) -> datetime:
        """Return the start; a time that does not exist is read by the clock before the change."""
        return self.place.when(self.wall) or self.place.certain(self.wall - 2 * HOUR) + 2 * HOUR

    def texts(self, booked: datetime) -> list[Sent]:
        """
        Return the texts that must be sent: a confirmation, and each reminder that is still ahead.

        A confirmation that waits for the morning replaces the reminders until then.
        """
        confirmed = self._confirmation(booked + MINUTE)
        reminders = {self._reminder(minutes) for minutes in REMINDERS}
        ahead = [("reminder", moment) for moment in reminders if moment > confirmed]
        return sorted([("confirmation", confirmed), *ahead])

    def _confirmation(self, ready: datetime) -> datetime:
        """
        Return the time of the confirmation: at once by day or before an early visit, else at eight.
        """
        if not self.place.is_night(ready):
            return ready
        eight = self.place.eight_after(ready)
        return ready if self.start < eight + HOUR else eight

    def _reminder(self, minutes: int) -> datetime:
        """
        Return the time of the reminder by the wall clock.

        If that time does not exist, it is that many real minutes before.
        """
        before = timedelta(minutes=minutes)
        wall = self.place.reads(self.start) - before
        moment = self.place.when(wall) or self.start - before
        if time(8) <= wall.time() < time(21):
            return moment
        in_the_morning = wall.time() < time(8)
        if in_the_morning and self.start < self.place.eight_after(moment) + HOUR:
            return moment
        evening = wall.date() - DAY if in_the_morning else wall.date()
        return self.place.certain(datetime.combine(evening, time(20, 55))) + 4 * MINUTE


def _bookings(place: Place) -> Iterator[datetime]:
    """Return booking times: long before, on the eve, ten minutes around the change, and at noon."""
    yield place.certain(datetime.combine(place.change - 3 * DAY, time(10)))
    yield place.certain(datetime.combine(place.change - DAY, time(22, 10)))
    changed = _changed(place)
    yield changed - 10 * MINUTE
    yield changed + 10 * MINUTE
    yield place.certain(datetime.combine(place.change, time(12)))


def _changed(place: Place) -> datetime:
    """Return the moment of the change, or a time at night if there is none."""
    night = place.certain(datetime.combine(place.change, time(0, 30)))
    for moment in (night + 5 * step * MINUTE for step in range(48)):
        if place.reads(moment) - place.reads(moment - 5 * MINUTE) != 5 * MINUTE:
            return moment
    return night + HOUR


def _visits(place: Place, booked: datetime) -> list[Visit]:
    """
    Return every half-hour of the day of the change and some of the days beside it, if still ahead.
    """
    midnight = datetime.combine(place.change, time(0))
    walls = [midnight + 30 * half * MINUTE for half in range(-8, 48)]
    walls += [midnight + hours * HOUR for hours in (-14, 48 + 2, 48 + 9, 48 + 23)]
    visits = [Visit(wall, place) for wall in walls]
    return [visit for visit in visits if visit.start > booked + 5 * MINUTE]


def _world(place: Place) -> World:
    sms = replace(ENABLED, reminders=REMINDERS, enabled_since=datetime(2026, 1, 1, tzinfo=UTC))
    return World(connection(epic_zone=place.zone, sms=sms, midnight_visits=True))


def _sent(machine: Machine) -> dict[str, list[Sent]]:
    """Return what was sent for each visit, by its key."""
    keys = {row.ref: row.key for row in machine.world.appointments.rows.values()}
    sent: dict[str, list[Sent]] = defaultdict(list)
    for post in machine.world.service.executed:
        ref = TextRef.parse(post.tag)
        sent[keys[ref.subject]].append((ref.kind.value, _minute(post)))
    return {key: sorted(texts) for key, texts in sent.items()}


def _minute(post: OutgoingText) -> datetime:
    return post.first_sent.replace(second=0)


@pytest.mark.parametrize(("zone", "change"), WEEKS)
def test_every_text_goes_in_its_minute_by_the_clock_on_the_wall(zone: str, change: date) -> None:
    """None twice, none lost, and none at night except before an early visit."""
    place = Place(zone, change)
    failures = []
    for booked in _bookings(place):
        machine = Machine(world=_world(place))
        machine.world.clock.now = booked
        visits = _visits(place, booked)
        for number, visit in enumerate(visits):
            made = place.reads(booked)
            phone = f"(608)555-{1000 + number}"  # one number gets few confirmations a day
            body = siu(key=str(number), created=made, start_local=visit.wall, phone=phone)
            machine.deliver(body)
        machine.work()
        machine.until(max(visit.start for visit in visits) + 2 * HOUR)
        sent = _sent(machine)
        for number, visit in enumerate(visits):
            right, found = visit.texts(booked), sent.get(str(number), [])
            if found != right:
                failures.append(f"booked {booked}, visit {visit.wall}: {found} for {right}")

    assert failures == []
