"""A series of visits is booked at once, for one phone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from local.memory.line import Watcher
from local.simulators.epic.messages import batch
from shared_code.errors import NotStored
from shared_code.operating.domain import OPERATOR
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.reasons import TOO_MANY_TEXTS
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import NotSent, OutcomeUnknown
from tests.unit.texting.telephone import at, outcomes, run, said
from tests.world.connection import ENABLED, connection
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.machine import Crash, Machine
from tests.world.messages import siu
from tests.world.visit import OTHER_PHONE, PHONE, START, WALL
from tests.world.world import World

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
SERIES = range(26)


def _visit(number: int, trigger: str = "S12", made: datetime | None = None, **more: Any) -> bytes:
    changes = {"start_local": WALL + number * WEEK, "control_id": str(number), **more}
    return siu(trigger, made or at(0), key=f"7{number:03}", **changes)


def _book(machine: Machine, numbers: Iterable[int] = SERIES, **more: Any) -> None:
    """One message each two seconds, as they are applied."""
    for number in numbers:
        machine.world.apply(_visit(number, **more))
        machine.world.clock.advance(seconds=2)


def _hints(world: World) -> list[dict[str, str]]:
    return [work for work, _ in world.take(SMS_OUTBOUND)]


def _weeks(machine: Machine) -> list[int]:
    """Which visits of the series were confirmed, in the order of the texts."""
    days = [post.body.split(" ")[2] for post in machine.world.service.executed]
    return [(date.fromisoformat(day) - START.date()).days // 7 for day in days]


def _dropped(machine: Machine) -> int:
    return outcomes(machine).count(("confirmation", TOO_MANY_TEXTS.code))


def test_a_series_is_six_texts_and_one_problem() -> None:
    """The first six bookings are confirmed; the problem counts the others and leads to each."""
    machine = Machine()
    _book(machine)
    run(machine, 5)
    problems = machine.world.problem_store.rows.values()

    assert _weeks(machine) == [0, 1, 2, 3, 4, 5]
    assert _dropped(machine) == 20
    assert [(each.code, each.count) for each in problems] == [(TOO_MANY_TEXTS.code, 20)]
    assert {str(each.ref) for each in machine.world.texts.rows.values() if each.reason} == set(
        problems[0].subjects
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_places_go_by_arrival_however_the_hints_come(seed: int) -> None:
    """Reversed or shuffled, twice, by several workers."""
    machine = Machine()
    _book(machine)
    machine.world.clock.advance(seconds=30)
    hints = _hints(machine.world) * 2
    random.Random(seed).shuffle(hints)
    hints = hints if seed else hints[::-1]
    for number, work in enumerate(hints):
        machine.world.send(work, f"worker-{number % 3}")
    run(machine, 5)

    assert sorted(_weeks(machine)) == [0, 1, 2, 3, 4, 5]
    assert _dropped(machine) == 20


@pytest.mark.parametrize("enveloped", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_one_body_is_that_of_arrival(seed: int, enveloped: bool) -> None:
    """All of a series in one request: not the weeks decide, nor what the texts are called."""
    machine = Machine()
    weeks = random.Random(seed).sample(SERIES, len(SERIES))
    created = at(0) if enveloped else None
    machine.world.apply(batch([_visit(number) for number in weeks], created=created))
    machine.world.clock.advance(seconds=30)
    hints = _hints(machine.world)
    random.Random(seed).shuffle(hints)
    for work in hints:
        machine.world.send(work)
    run(machine, 5)

    assert sorted(_weeks(machine)) == sorted(weeks[:6])
    assert _dropped(machine) == 20


@pytest.mark.parametrize(
    ("cancelled", "confirmed"), [(0, [1, 2, 3, 4, 5, 6]), (3, [0, 1, 2, 4, 5, 6])]
)
def test_a_booking_that_was_cancelled_at_once_leaves_its_place_to_the_next(
    cancelled: int, confirmed: list[int]
) -> None:
    """Nobody waits for it longer than a minute."""
    machine = Machine()
    _book(machine, range(9))
    machine.world.apply(_visit(cancelled, "S15", at(5)))
    run(machine, 8)

    assert _weeks(machine) == confirmed


@pytest.mark.parametrize("moved", [0, 3])
def test_a_booking_that_was_moved_at_once_leaves_its_first_place_to_the_next(moved: int) -> None:
    """Its first version is never texted and does not count; the move is told in any case."""
    machine = Machine()
    _book(machine, range(9))
    machine.world.apply(_visit(moved, "S14", at(5), start_local=WALL + moved * WEEK + DAY))
    run(machine, 8)

    assert sorted(_weeks(machine)) == list(range(7))


def test_the_connection_says_how_many() -> None:
    """For numbers that many people share."""
    machine = Machine(world=World(connection=connection(first_texts_a_day=20)))
    _book(machine)
    run(machine, 5)

    assert _weeks(machine) == list(range(20))


def test_each_number_and_each_day_has_its_own_places() -> None:
    """On the next morning six more; another number is not concerned."""
    machine = Machine()
    _book(machine, range(8))
    _book(machine, range(8, 12), phone="(608)555-0143")
    run(machine, 5)
    machine.world.clock.advance(days=1)
    _book(machine, range(12, 20), made=at(24 * 60))
    run(machine, 5)

    assert _weeks(machine) == [*range(6), *range(8, 12), *range(12, 18)]
    assert {post.to for post in machine.world.service.executed} == {PHONE, OTHER_PHONE}
    assert len(machine.world.problem_store.rows.values()) == 2


def test_what_was_booked_at_night_keeps_its_order_in_the_morning() -> None:
    """All wait for eight o'clock."""
    night = World()
    night.clock.now = at(0).replace(hour=3)
    machine = Machine(world=night)
    _book(machine, [8, 7, 6, 5, 4, 3, 2, 1, 0], made=night.clock.now)
    machine.until(night.clock.now + timedelta(hours=12))

    assert sorted(_weeks(machine)) == [3, 4, 5, 6, 7, 8]


def _after_the_series(machine: Machine) -> int:
    _book(machine)
    run(machine, 5)
    return len(machine.world.service.executed)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        # a change of a confirmed visit, and of one of which the number was never told
        (lambda: _visit(2, "S14", at(20), start_local=WALL + 2 * WEEK + DAY), "changed"),
        (lambda: _visit(20, "S14", at(20), start_local=WALL + 20 * WEEK + DAY), "scheduled"),
        (lambda: _visit(2, "S13", at(20), start_local=WALL + 2 * WEEK + DAY), "changed"),
        (lambda: _visit(2, "S15", at(20)), "cancelled"),
        (lambda: _visit(2, "S14", at(20), visit_code="1001"), "no_longer_virtual"),
        # a new visit within a day
        (
            lambda: siu("S12", at(20), key="soon", start_local=at(20).replace(tzinfo=None)),
            "scheduled",
        ),
    ],
)
def test_what_a_patient_must_know_always_goes(message: Any, word: str) -> None:
    """A change, a cancellation, a first text within 24 hours."""
    machine = Machine()
    before = _after_the_series(machine)
    machine.world.apply(message())
    run(machine, 5)

    assert said(machine)[before:] == [word]


def test_the_reminders_of_a_series_go() -> None:
    """Also of visits that were not confirmed."""
    sms = replace(ENABLED, reminders=(1440,))
    machine = Machine(world=World(connection=connection(sms=sms)))
    _after_the_series(machine)
    machine.until(at(0) + 9 * WEEK)

    assert said(machine)[6:] == ["reminder"] * 8


def test_reminders_count_for_the_bookings_of_the_day() -> None:
    """The number has had three texts today: three more visits are confirmed."""
    sms = replace(ENABLED, reminders=(1440,))
    machine = Machine(world=World(connection=connection(sms=sms)))
    for number in range(3):
        start = WALL + number * timedelta(minutes=10)
        machine.world.apply(siu("S12", at(number), key=str(number), start_local=start))
    machine.until(START - DAY + timedelta(hours=1))
    heard = said(machine)
    _book(machine, range(1, 9), made=machine.world.clock.now)
    run(machine, 5)

    assert heard == ["scheduled"] * 3 + ["reminder"] * 3
    assert said(machine)[6:] == ["scheduled"] * 3
    assert _dropped(machine) == 5


def test_a_text_that_a_person_asked_for_goes() -> None:
    """And counts once more."""
    machine = Machine()
    machine.world.service.usual = OutcomeUnknown()
    _book(machine, [0])
    run(machine, 10)
    machine.world.service.usual = None
    _book(machine, range(1, 12), made=at(11))
    run(machine, 5)
    before, world = _weeks(machine), machine.world
    (unknown,) = [each for each in world.texts.rows.values() if each.state is TextState.UNKNOWN]
    world.services.operating.send_again.text(unknown.ref, OPERATOR)
    machine.work()
    (day,) = world.number_days.rows.values()

    assert (before, _weeks(machine)[6:]) == ([0, 1, 2, 3, 4, 5], [0])
    assert len(day.counted) == 7


def test_a_request_that_is_made_anew_counts_once() -> None:
    """It was provably not sent."""
    machine = Machine()
    machine.world.service.answers = [NotSent(), NotSent(45), NotSent(opened=False)]
    _book(machine, range(6))
    run(machine, 10)

    assert sorted(_weeks(machine)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("texts.insert", Crash),
        ("texts.insert", NotStored),
        ("numberdays.replace", Crash),
        ("numberdays.replace", NotStored),
        ("sender.send", Crash),
    ],
)
def test_no_crash_makes_a_seventh_place(
    call: str, error: type[BaseException], *, after: bool
) -> None:
    """Nor does one take a place away: a text that was counted keeps it."""
    machine = Machine()
    _book(machine)
    dies = _dies_each_third_time(call, error)
    line = machine.world.line
    line.before, line.after = (line.before, dies) if after else (dies, line.after)
    run(machine, 20)
    line.before = line.after = lambda made: None
    run(machine, 20)
    unknown = [each for each in outcomes(machine) if each[1] == "outcome_unknown"]

    assert 6 - len(unknown) <= len(_weeks(machine)) <= 6
    assert _dropped(machine) == 20


def _dies_each_third_time(call: str, error: type[BaseException]) -> Watcher:
    times = count(1)

    def watcher(made: str) -> None:
        if made == call and next(times) % 3 == 0:
            raise error

    return watcher


def test_storage_that_fails_when_a_booking_is_noted_does_not_hold_its_text() -> None:
    """Only the order is not kept: one line in the log says so."""
    machine = Machine()
    machine.world.line.before = unavailable("numberdays.insert")
    with captured_logs() as logged:
        machine.world.apply(_visit(0))
    machine.world.line.before = lambda made: None
    run(machine, 2)

    assert logged.getvalue().count("text.order_not_kept") == 1
    assert _weeks(machine) == [0]


def test_a_plain_confirmation_costs_three_operations_more() -> None:
    """One when it is booked, two when it is sent; the agenda's row is the same for all that day."""
    world = World()
    world.apply()
    world.send(world.hint())
    calls = [call for call in world.line.calls if call.startswith("numberdays.")]

    assert calls == ["numberdays.insert", "numberdays.load", "numberdays.replace"]


def test_a_corrected_number_gets_no_more_than_another() -> None:
    """The series is told to the right one: six a day, as if it had been booked with it."""
    machine = Machine()
    _after_the_series(machine)
    for number in SERIES:
        machine.world.apply(_visit(number, "S14", at(20), phone="(608)555-0143"))
    run(machine, 5)
    right = [post for post in machine.world.service.executed if post.to == OTHER_PHONE]

    assert len(right) == 6


def test_the_numbers_of_a_day_are_erased() -> None:
    """Two days after it was over."""
    machine = Machine()
    _book(machine, range(3))
    machine.until(at(0) + 2 * DAY)
    kept = len(machine.world.number_days.rows.values())
    machine.until(at(0) + 4 * DAY)

    assert (kept, machine.world.number_days.rows.values()) == (1, [])
