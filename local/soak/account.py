"""Let all work finish, then account for every acknowledged message."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from local import seed
from local.demo.machine import Machine, StepFailed
from local.soak.backlog import INBOUND, Backlog
from local.soak.bookings import Booking, Course
from local.soak.desk import all_texts, count_texts, lost_by_service, lost_by_storage
from local.soak.hospital_day import HospitalDay
from local.soak.phones import read_phones
from local.soak.places import LOST, UNKNOWN, History, is_settled, judge
from shared_code.security import keys

_TIMEOUT = 1800
"""Seconds. Work that storage refuses repeatedly returns after ten minutes at the latest."""
_STEP_SECONDS = 65
_STEPS = 90
_QUIET_STEPS = 2
_READERS = 6
_EXAMPLES = 20
_PAUSE = threading.Event()


@dataclass(slots=True)
class Account:
    """
    Where every acknowledged message went.

    `messages` = `repeats` + the sum of `places` (defined in places.py). `lost`: messages without a
    place. `double`: superfluous texts. `out_of_date`: appointments whose last text is wrong
    although the machine reports it as sent, and texts about no visit. `unknown` may not exceed the
    number of lost answers: those of the SMS service, those of storage about records of texts, and
    those that a killed worker waited for (`kills`).
    """

    messages: int
    repeats: int
    lost_by_service: int
    lost_by_storage: int
    kills: int
    places: Counter[str] = field(default_factory=Counter)
    double: int = 0
    out_of_date: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Return the messages without a place, including any difference in the sum."""
        unplaced = self.messages - self.repeats - self.places.total()
        return self.places[LOST] + abs(unplaced)

    @property
    def unknown(self) -> int:
        """Return the messages whose text may or may not have been sent."""
        return self.places[UNKNOWN]

    @property
    def has_too_many_unknown(self) -> bool:
        """Return whether the lost answers cannot explain all unknown outcomes."""
        return self.unknown > self.lost_by_service + self.lost_by_storage + self.kills

    @property
    def is_good(self) -> bool:
        """Return whether the soak succeeded."""
        return not (self.lost or self.double or self.out_of_date or self.has_too_many_unknown)

    def lines(self) -> list[str]:
        """Return the account; its numbers add up to the messages acknowledged."""
        rows = [*sorted(self.places.items()), ("repeats", self.repeats)]
        lost = (
            f"{self.lost_by_service} answers of the SMS service, {self.lost_by_storage} of storage"
        )
        judged = "too many" if self.has_too_many_unknown else "well"
        return [
            *(f"  {number:7} {place}" for place, number in rows),
            f"  {sum(number for _, number in rows):7} of {self.messages} messages acknowledged",
            f"  {self.unknown} unknown, {judged}: {lost} were lost, {self.kills} workers killed",
            *(f"  {example}" for example in self.examples),
        ]

    def last_line(self) -> str:
        """Return the last line of the soak."""
        return (
            f"soak: {self.messages} messages, {self.lost} lost, {self.double} double, "
            f"{self.out_of_date} out of date"
        )


def take_account(
    machine: Machine, day: HospitalDay, backlog: Backlog, course: Course, kills: int
) -> Account:
    """Run the clock until every text has its outcome, then check everything."""
    _wait(lambda: not backlog.of(INBOUND), day, "every message to be applied", _TIMEOUT)
    _wait_for_quiet(machine, day, backlog)
    histories = _settled(machine, day, backlog, course)
    tag_of = _tag_function(machine)
    shown = read_phones(all_texts(machine.stack), course.bookings)
    account = Account(
        messages=len(course.sequence),
        repeats=course.repeats,
        lost_by_service=lost_by_service(machine.stack),
        lost_by_storage=lost_by_storage(machine.stack),
        kills=kills,
        double=shown.double,
        out_of_date=shown.strange,
    )
    for booking in course.bookings:
        history, texts = histories.get(booking.key), shown.told.get(booking.key, ())
        judgement = judge(booking, history, texts, tag_of)
        account.places += judgement.places
        account.out_of_date += judgement.out_of_date
        if judgement.why and len(account.examples) < _EXAMPLES:
            triggers = [event.trigger for event in booking.events]
            example = {"why": judgement.why, "events": triggers, "history": history}
            account.examples.append(json.dumps(example))
    return account


def _wait(holds: Callable[[], bool], day: HospitalDay, what: str, seconds: float) -> None:
    """Wait for a condition while the clock runs, so that the agenda runs too."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise StepFailed(f"waited {seconds:.0f} s in vain for {what}")
        _PAUSE.wait(0.2)
        day.tick()


def _wait_for_quiet(machine: Machine, day: HospitalDay, backlog: Backlog) -> None:
    """Wait until no text was sent for a while: an earlier request would have to be repeated."""
    before, quiet = -1, 0
    for _ in range(_STEPS):
        _step(machine, day, backlog)
        now = count_texts(machine.stack)
        quiet = quiet + 1 if now == before else 0
        before = now
        if quiet == _QUIET_STEPS:
            return


def _step(machine: Machine, day: HospitalDay, backlog: Backlog) -> None:
    """
    Advance the clock by a little more than a minute: the agenda runs and its hints are handled.
    """
    day.advance(_STEP_SECONDS)
    _wait(lambda: _agenda_age(machine) < _STEP_SECONDS, day, "the agenda", 120)
    _wait(backlog.is_empty, day, "the queues", 120)


def _agenda_age(machine: Machine) -> float:
    _, answer = machine.page(f"{machine.stack.http_url}/health")
    age = json.loads(answer)["agendaAgeSeconds"]
    return float("inf") if age is None else float(age)


def _settled(
    machine: Machine, day: HospitalDay, backlog: Backlog, course: Course
) -> dict[str, History | None]:
    asked: list[Booking] = list(course.bookings)
    histories: dict[str, History | None] = {}
    for _ in range(_STEPS):
        with ThreadPoolExecutor(_READERS) as pool:
            found = pool.map(lambda booking: _history(machine, booking.key), asked)
            histories |= dict(zip((booking.key for booking in asked), found, strict=True))
        asked = [booking for booking in asked if not is_settled(histories[booking.key])]
        if not asked:
            break
        _step(machine, day, backlog)
    return histories


def _history(machine: Machine, key: str) -> History | None:
    status, answer = machine.operate("history", connection=seed.OTHER_NUMBER, appointment=key)
    if status not in (200, 404):
        raise StepFailed(f"no history: {status}")
    return answer if status == 200 else None


def _tag_function(machine: Machine) -> Callable[[bytes], str]:
    """Return a function that names the version made by a message (a keyed hash of it)."""
    ready, environment = machine.stack.simulators.ready, machine.stack.environment
    identity = {name: environment[name] for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")}
    ring = seed.seed_vault(ready, identity)

    def tag_of(body: bytes) -> str:
        hashed = keys.keyed_hash(ring, "event", seed.OTHER_NUMBER, body.decode("latin-1"))
        return hashed.partition("-")[2][:8]

    return tag_of
