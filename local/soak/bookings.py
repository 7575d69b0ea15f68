"""
The messages that Epic sends during a soak, in the order of sending and in the order of creation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from local.demo.machine import HOSPITAL
from local.simulators.epic import messages

_REPEAT_EVERY = 11
"""One in this many messages is a repeat."""
_MOVES = (0, 1, 2, 2, 3, 4)
_CANCELLED = 0.2
_OVERTAKING_SHARE = 0.7
"""Share of events that follow the previous one so closely that they arrive in another order."""
_WINDOW = 60
"""Messages are reordered within a window of this size."""
_MOST_APART = 400
_FIRST_DAY = 10
"""Days ahead, so that no reminder is due before the soak is over."""
_VISITS_A_DAY = 240
_OTHER_DIALECT = 4
"""One in this many appointments has its phone typed as HL7's tables do it."""

_AREAS = (
    *("608", "414", "715", "920", "262", "534", "312", "773", "847", "630", "708", "815", "217"),
    *("309", "618", "612", "651", "763", "952", "218", "320", "507", "319", "515", "563", "641"),
    *("712", "313", "248", "517", "616", "734", "810", "906", "989", "216", "330", "419", "440"),
    *("513", "614", "740", "937", "317", "219", "260", "574", "765"),
)
"""Area codes of the Midwest."""


@dataclass(frozen=True, slots=True)
class Event:
    """One message. `start` is on the hospital's wall clock; of a cancel, the start it had."""

    trigger: str
    start: datetime
    body: bytes

    @property
    def cancels(self) -> bool:
        """Return whether the event cancels the visit."""
        return self.trigger == "S15"


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment and its events in the order in which Epic made them. Phone in E.164."""

    key: str
    phone: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """All messages in the order of sending, including repeats."""

    sequence: tuple[bytes, ...]
    bookings: tuple[Booking, ...]

    @property
    def repeats(self) -> int:
        """Return the messages that were sent before, byte for byte."""
        return len(self.sequence) - sum(len(booking.events) for booking in self.bookings)


def make_course(now: datetime, count: int, seed: int) -> Course:
    """Return `count` messages; one seed always gives the same course except for the times."""
    chance = Random(seed)  # noqa: S311 - chance of a test
    placed: list[tuple[float, bytes]] = []
    bookings: list[Booking] = []
    fresh = count - count // _REPEAT_EVERY
    while len(placed) < fresh:
        booking = _booking(now, len(bookings), fresh - len(placed), chance)
        at: float = len(placed)
        for event in booking.events:
            placed.append((at + chance.uniform(0, _WINDOW), event.body))
            at += 1 if chance.random() < _OVERTAKING_SHARE else chance.uniform(_WINDOW, _MOST_APART)
        bookings.append(booking)
    repeated = chance.choices(placed, k=count - fresh)
    placed += [(at + chance.uniform(0, 2 * _WINDOW), body) for at, body in repeated]
    return Course(tuple(body for _, body in sorted(placed)), tuple(bookings))


def _booking(now: datetime, number: int, at_most: int, chance: Random) -> Booking:
    """
    Return an appointment with its events.

    Every appointment has its own minute and every move its own day: so a phone and a start identify
    an appointment and its event, and a text shows what it is about.
    """
    key, phone = f"9{number:08d}", _phone(number)
    triggers = ["S12"] + ["S14"] * chance.choice(_MOVES)
    if chance.random() < _CANCELLED:
        triggers.append("S15")
    events: list[Event] = []
    for step, trigger in enumerate(triggers[:at_most]):
        start = events[-1].start if trigger == "S15" else _start(now, number, step)
        made = now.astimezone(HOSPITAL) + timedelta(minutes=3 * step - 40, seconds=number % 60)
        body = messages.schedule_message(
            trigger,
            key=key,
            phone=phone,
            dialect=messages.EPIC if number % _OTHER_DIALECT else messages.HL7,
            start_local=start.replace(tzinfo=None),
            control_id=f"{number}{step}",
            created=made,
            processing="P",
            patient_id=str(100_000 + number),
        )
        events.append(Event(trigger, start, body))
    return Booking(key, "+1" + "".join(filter(str.isdigit, phone)), tuple(events))


def _phone(number: int) -> str:
    """
    Return the patient's mobile. First those of the simulated patients, then the same in other area
    codes: one number gets few confirmations a day.
    """
    others, place = divmod(number, len(messages.PHONES))
    area = _AREAS[others % len(_AREAS)]
    return messages.PHONES[place].replace("608", area, 1)


def _start(now: datetime, number: int, step: int) -> datetime:
    """Return a start between nine and five."""
    ahead = timedelta(days=_FIRST_DAY + number // _VISITS_A_DAY + step)
    day = (now.astimezone(HOSPITAL) + ahead).date()
    nine = datetime(day.year, day.month, day.day, 9, 0, tzinfo=HOSPITAL)
    return nine + timedelta(minutes=2 * (number % _VISITS_A_DAY))
