"""What each story of a text adds to the numbers of a day, and that counting disturbs nobody."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.agenda.domain import AgendaRow
from shared_code.connections.domain import ConnectionStatus
from shared_code.errors import Conflict, NotStored
from shared_code.oversight.ports import Switch
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.holds import PAUSE
from shared_code.texting.domain.metrics import RETIRE_COUNTS, Combination, Shard
from shared_code.texting.domain.reasons import (
    DEADLINE_PASSED,
    NOT_VIRTUAL,
    PROCESSING_ID_NOT_ALLOWED,
    REFUSED_BY_CARRIER,
)
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import OutcomeUnknown, RefusedText
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.logs import captured_logs
from tests.world.machine import Machine
from tests.world.messages import siu
from tests.world.visit import START
from tests.world.world import World

TODAY = {"due": 1, "sent": 1}


def _booked(**settings: object) -> World:
    """A booking is applied; its hint waits."""
    world = World(connection(**settings))
    world.apply()
    return world


def _counted(world: World) -> dict[str, int]:
    """All days and shards together; what is zero is left out."""
    sums: Counter[str] = Counter()
    for numbers in world.counts.sums.values():
        sums.update({metric.value: number for metric, number in numbers.items()})
    return {name: number for name, number in sums.items() if number}


def _combinations(world: World) -> list[Combination]:
    """What was counted under, of all days and shards."""
    return [name for tally in world.counts.tallies.values() for name in tally.combinations]


def _tick(world: World, minutes: int = 1) -> None:
    """Minutes pass, the agenda runs in each, and its hints are worked on at once."""
    for _ in range(minutes):
        world.clock.advance(minutes=1)
        world.run_agenda()
        for work, _ in world.take(SMS_OUTBOUND):
            world.send(work)


def test_a_text_that_goes_at_once_was_due_and_sent() -> None:
    """In one write, after its outcome was written; under the day and the row's last digit."""
    world = _booked()
    world.clock.advance(seconds=31)
    world.send(world.hint())
    calls = world.line.calls

    assert _counted(world) == TODAY
    assert calls.count("counts.add") == 1
    assert calls.index("counts.add") > calls.index("texts.replace")
    assert list(world.counts.sums) == [Shard("lamna", NOW.date(), world.ref().row[-1])]


def test_a_text_is_counted_under_whom_it_was_for() -> None:
    """Department, country of the number and language of the text; no number, name or hash."""
    world = _booked()
    world.send(world.hint())

    assert _combinations(world) == [Combination("confirmation", "10501101", "US", "en", "")]


def test_an_appointment_that_leads_to_no_text_is_counted_by_its_reason() -> None:
    """Also one that is not known."""
    world = _booked()
    counting, stored = world.services.texting.counting, world.appointments.load(world.ref())
    assert stored is not None
    counting.not_texted(world.ref(), NOT_VIRTUAL, stored.value)
    counting.not_texted(world.ref(), PROCESSING_ID_NOT_ALLOWED, None)

    assert _counted(world) == {"not_texted": 2}
    assert _combinations(world) == [
        Combination("", "10501101", "US", "en", "not_virtual"),
        Combination("", "", "", "", "processing_id_not_allowed"),
    ]


def test_a_hint_that_comes_again_counts_nothing() -> None:
    """The text has its outcome."""
    world = _booked()
    work = world.hint()
    world.send(work)
    world.send(work, "worker-2")

    assert _counted(world) == TODAY


def test_what_is_refused_was_due() -> None:
    """It is counted under the reason, which its record has too."""
    world = _booked()
    world.service.answers = [RefusedText(REFUSED_BY_CARRIER)]
    world.send(world.hint())

    assert _counted(world) == {"due": 1, "not_sent": 1}
    assert _combinations(world) == [
        Combination("confirmation", "10501101", "US", "en", "refused_by_carrier")
    ]


@pytest.mark.parametrize(("seconds", "late"), [(90, 0), (91, 61)])
def test_what_is_accepted_more_than_a_minute_after_it_could_go_is_late(
    seconds: int, late: int
) -> None:
    """It could go half a minute after the booking arrived; the log alone says by how much."""
    world = _booked()
    world.clock.advance(seconds=seconds)
    with captured_logs() as written:
        world.send(world.hint())

    lines = [line for line in written.getvalue().splitlines() if "text.late" in line]
    assert _counted(world) == TODAY
    assert [f'"seconds": {late}' in line for line in lines] == ([True] if late else [])


def test_reminders_that_go_by_the_timer_are_punctual() -> None:
    """A day before and an hour before, on the minute; a confirmation before them."""
    machine = Machine(world=World(connection(sms=replace(ENABLED, reminders=(1440, 60)))))
    with captured_logs() as written:
        machine.deliver(siu())
        machine.work()
        machine.until(START)

    assert len(machine.world.service.executed) == 3
    assert "text.late" not in written.getvalue()
    assert _counted(machine.world) == {"due": 3, "sent": 3}


def test_what_waits_for_the_morning_is_held_and_not_late() -> None:
    """Booked at 03:00 in Chicago, sent at 08:00."""
    machine = Machine()
    machine.world.clock.now = NOW.replace(day=2, hour=8)
    with captured_logs() as written:
        machine.deliver(siu(at=machine.world.clock()))
        machine.work()
        machine.until(NOW.replace(day=2, hour=14))

    assert "text.late" not in written.getvalue()
    assert _counted(machine.world) == {"due": 1, "held": 1, "sent": 1}


def test_a_hold_counts_once_for_each_reason() -> None:
    """However often the agenda looks at it; a text that was held for long goes late."""
    world = _booked(status=ConnectionStatus.PENDING_APPROVAL)
    world.send(world.hint())
    _tick(world, 9)
    waiting = _counted(world)
    world.switches.set(Switch(PAUSE, "operator", world.clock()))
    world.configure(connection())
    _tick(world, 9)
    paused = _counted(world)
    world.switches.clear(PAUSE)
    with captured_logs() as written:
        _tick(world, 9)

    assert "text.late" in written.getvalue()
    assert waiting == {"due": 1, "held": 1}
    assert paused == {"due": 1, "held": 2}
    assert _counted(world) == {"due": 1, "held": 2, "sent": 1}


def test_a_text_whose_visit_has_begun_is_missed() -> None:
    """And the line in the log is one to look at."""
    world = _booked()
    world.clock.now = START
    with captured_logs() as written:
        world.send(world.hint())

    assert world.record().reason == DEADLINE_PASSED
    assert _counted(world) == {"due": 1, "missed": 1, "not_sent": 1}
    assert '"WARNING", "event": "text.not_sent"' in written.getvalue()


def test_what_is_overtaken_by_a_newer_version_is_not_missed() -> None:
    """Nobody waits for it any more."""
    world = _booked()
    work = world.hint()
    world.apply(siu("S14", NOW + timedelta(seconds=5), start_local=START.replace(tzinfo=None)))
    world.send(work)

    assert _counted(world) == {"due": 1, "not_sent": 1}


def test_a_text_that_is_given_up_is_unknown() -> None:
    """After four minutes of lost answers. It repeats itself and is nobody's orphan meanwhile."""
    machine = Machine()
    machine.world.service.usual = OutcomeUnknown()
    machine.deliver(siu())
    with captured_logs() as written:
        while machine.world.clock() < NOW + timedelta(minutes=10):
            machine.world.clock.advance(seconds=5)
            if machine.world.clock().second == 0:
                machine.world.run_agenda()
            machine.work()

    assert "text.orphan" not in written.getvalue()
    assert machine.world.record().state is TextState.UNKNOWN
    assert _counted(machine.world) == {"due": 1, "unknown": 1}


def test_an_acceptance_that_two_workers_hear_of_counts_once() -> None:
    """The second one finds the claim taken over and accepted already."""
    world = _booked()
    work = world.hint()
    taken: list[str] = []

    def overtakes(call: str) -> None:
        if call == "sender.send" and not taken:
            taken.append(call)
            world.clock.advance(seconds=40)
            world.send(work, "worker-2")

    world.line.before = overtakes
    world.send(work)

    assert world.record().state is TextState.ACCEPTED
    assert _counted(world)["sent"] == 1


def test_a_lost_hint_leaves_an_orphan() -> None:
    """Found by `settle` once; it goes then, late, and the log says which it was."""
    world = _booked()
    world.hint()
    with captured_logs() as written:
        _tick(world, 10)

    assert _counted(world) == TODAY
    assert written.getvalue().count("text.late") == 1
    (line,) = [line for line in written.getvalue().splitlines() if "text.orphan" in line]
    assert f'"duty": "settle", "row": "{world.ref().row}"' in line


def test_a_worker_that_dies_after_its_claim_leaves_one_orphan() -> None:
    """Found by `claim_check`, and not once more by `settle`."""
    world = _booked()
    world.clock.advance(seconds=31)

    class Killed(BaseException):
        """A worker dies."""

    def dies(call: str) -> None:
        if call == "sender.send":
            raise Killed

    world.line.before = dies
    with pytest.raises(Killed):
        world.send(world.hint())
    world.line.before = lambda _: None
    with captured_logs() as written:
        _tick(world, 10)

    assert world.record().state is TextState.ACCEPTED
    assert written.getvalue().count("text.orphan") == 1


@pytest.mark.parametrize("call", ["counts.add", "agenda.add"])
@pytest.mark.parametrize("trouble", [NotStored, Conflict])
def test_what_cannot_be_counted_is_said_and_disturbs_nobody(
    call: str, trouble: type[Exception]
) -> None:
    """The text has its outcome, its hint is done, and one line says that a number is missing."""
    world = _booked()

    def fails(name: str) -> None:
        counting = "counts.add" in world.line.calls
        if name == call and counting:
            raise trouble

    world.line.before = fails
    with captured_logs() as written:
        world.send(world.hint())

    assert world.record().state is TextState.ACCEPTED
    assert world.take(SMS_OUTBOUND) == []
    assert written.getvalue().count("metrics.not_counted") == 1
    assert _counted(world) == {}


def test_the_day_is_that_of_greenwich() -> None:
    """19:30 in Chicago is the next day there."""
    world = _booked()
    world.clock.now = NOW.replace(day=2, hour=0, minute=30)
    world.send(world.hint())

    assert [shard.day.isoformat() for shard in world.counts.sums] == ["2026-06-02"]


def test_counts_are_erased_180_days_after_their_day() -> None:
    """By the agenda row that was written before them."""
    world = _booked()
    world.send(world.hint())
    midnight = (NOW + timedelta(days=1)).replace(hour=0)
    (row,) = [row for row in world.agenda.rows.values() if row.duty == RETIRE_COUNTS]
    world.clock.now = midnight + timedelta(days=180, seconds=-2)
    world.run_agenda()
    kept = _counted(world)
    world.clock.advance(seconds=1)
    world.run_agenda()

    assert row == AgendaRow(midnight + timedelta(days=180), RETIRE_COUNTS, "lamna~20260601")
    assert kept == TODAY
    assert world.counts.sums == {}
    assert row not in world.agenda.rows.values()
