"""The one sweep: lost hints are found, rows wait for their version, trouble stays where it is."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from shared_code import logs
from shared_code.agenda.domain import AgendaRow, Duty, round_robin
from shared_code.agenda.flows import HEARTBEAT, MAX_WORKERS, map_in_threads
from shared_code.appointments.domain import RETIRE_PHONE, Version
from shared_code.connections.domain import ConnectionStatus
from shared_code.links.flows import RETIRE_LINK
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT
from shared_code.texting.domain.metrics import RETIRE_COUNTS
from shared_code.texting.domain.number_day import RETIRE_NUMBERS
from shared_code.texting.domain.plan import CLAIM_CHECK, RETIRE_TEXT, SETTLE
from shared_code.texting.domain.reasons import REFUSED_BY_CARRIER, SUPERSEDED
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import NotSent, OutcomeUnknown, RefusedText
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.line import unavailable
from tests.world.messages import siu
from tests.world.visit import WALL
from tests.world.world import World

MINUTE = timedelta(minutes=1)


def _booked() -> World:
    """A booked visit whose hint was lost."""
    world = World()
    world.apply()
    world.take(SMS_OUTBOUND)
    return world


def _tick(world: World, minutes: float = 1) -> list[dict[str, str]]:
    """The clock moves on, the timer fires; the hints of it."""
    world.clock.advance(minutes=minutes)
    world.run_agenda()
    return [work for work, _ in world.take(SMS_OUTBOUND)]


def _rows(world: World, duty: Duty) -> list[AgendaRow]:
    return [row for row in world.agenda.rows.values() if row.duty is duty]


def test_nothing_acts_before_its_minute() -> None:
    """Settling is two minutes after the row."""
    world = _booked()

    assert _tick(world, 1) == []
    assert _tick(world, 0.9) == []
    assert len(_tick(world, 0.1)) == 1


def test_a_timer_that_fires_a_second_early_finds_its_minute() -> None:
    """The host may be milliseconds ahead."""
    world = _booked()

    assert len(_tick(world, 119 / 60)) == 1


def test_settling_hints_again_until_the_text_has_an_outcome() -> None:
    """Every two minutes; then the appointment is settled and the row gone."""
    world = _booked()
    hints = [_tick(world) for _ in range(6)]
    world.send(hints[1][0])
    last = [_tick(world) for _ in range(2)]

    assert [len(each) for each in hints] == [0, 1, 0, 1, 0, 1]
    assert last == [[], []]
    assert world.row().version == world.row().texting.settled
    assert _rows(world, SETTLE) == []


@pytest.mark.parametrize("answer", [RefusedText(REFUSED_BY_CARRIER), OutcomeUnknown()])
def test_every_outcome_settles(answer: RefusedText | OutcomeUnknown) -> None:
    """Accepted, not sent, unknown: all three are honest ends."""
    world = _booked()
    world.service.usual = answer
    for _ in range(10):
        for work in _tick(world):
            world.send(work)

    assert world.record().is_final()
    assert world.row().version == world.row().texting.settled


def test_a_late_timer_does_what_an_early_one_left() -> None:
    """Rows stay until somebody looks."""
    world = _booked()

    assert len(_tick(world, 60 * 24)) == 1


def test_a_row_of_another_version_waits_and_is_dropped() -> None:
    """Its object may be about to be committed; a quarter of an hour later it is not."""
    world = _booked()
    later = AgendaRow(NOW + MINUTE, SETTLE, str(world.ref()), str(Version(2, "3fa9c1d2")))
    world.agenda.add([later])
    waits = []
    for _ in range(17):
        _tick(world)
        waits.append(later in world.agenda.rows.values())

    assert waits == [True] * 15 + [False] * 2
    assert TextState.CLAIMED not in {record.state for record in world.texts.rows.values()}


def test_a_row_whose_appointment_is_gone_is_dropped_as_well() -> None:
    """Nothing waits for ever."""
    world = World()
    orphan = AgendaRow(NOW, RETIRE_PHONE, "lamna~1-nobody", "1-3fa9c1d2")
    world.agenda.add([orphan])
    _tick(world, 14)
    early = list(world.agenda.rows.values())
    _tick(world, 1)

    assert ([orphan], []) == (early, world.agenda.rows.values())


def test_a_row_acts_once_its_version_is_committed() -> None:
    """The worker that wrote it died before its row; the redelivery wrote that."""
    world = World()
    world.line.before = unavailable("appointments.insert", times=1)
    world.apply()
    first = len(_rows(world, SETTLE))
    _tick(world, 3)
    world.line.before = unavailable()
    world.apply()
    hints = _tick(world, 1)

    assert first == 1
    assert {str(world.row().version)} == {work["text"].split("~")[3] for work in hints}


def test_a_claim_is_looked_after_until_it_has_an_outcome() -> None:
    """A worker that died leaves its claim; the check finds it without any queue."""
    world = World()
    world.apply()
    world.service.answers = [OutcomeUnknown()]
    world.send(world.hint())
    world.take(SMS_OUTBOUND)
    for row in _rows(world, SETTLE):
        world.agenda.remove(row)
    hints = _tick(world)
    hints += _tick(world)
    world.send(hints[0])
    _tick(world, 2)

    assert len(hints) >= 1
    assert (world.record().state, len(world.service.executed)) == (TextState.ACCEPTED, 1)
    assert _rows(world, CLAIM_CHECK) == []


def test_a_check_without_claim_waits_and_is_dropped() -> None:
    """The claim is about to be made, or never was: `settle` knows of the text."""
    world = _booked()
    ref = _tick(world, 2)[0]["text"]
    check = AgendaRow(world.clock() + MINUTE, CLAIM_CHECK, ref, str(world.row().version))
    world.agenda.add([check])
    for row in _rows(world, SETTLE):
        world.agenda.remove(row)
    hints = [_tick(world) for _ in range(16)]

    assert [work for each in hints for work in each] == []
    assert _rows(world, CLAIM_CHECK) == []


def test_a_held_text_is_tried_every_two_minutes_and_goes_after_approval() -> None:
    """Then nothing looks after it any more."""
    world = World(connection(status=ConnectionStatus.PENDING_APPROVAL))
    world.apply()
    counts = []
    for minute in range(40):
        if minute == 20:
            world.configure(connection())
        hints = _tick(world)
        counts.append(len(hints))
        for work in hints:
            world.send(work)

    assert len(world.service.posts) == 1
    assert max(counts) <= 2
    assert {RETIRE_PHONE, RETIRE_LINK, RETIRE_TEXT, RETIRE_COUNTS, RETIRE_NUMBERS} == {
        row.duty for row in world.agenda.rows.values()
    }


def test_a_text_of_a_past_version_has_its_outcome_too() -> None:
    """It was free to be tried again when the visit moved; the agenda's own hint never came back."""
    world = _booked()
    world.service.answers = [NotSent(600)]
    world.send(_tick(world, 2)[0])
    first = world.record()
    world.apply(siu("S14", world.clock(), start_local=WALL + timedelta(days=1)))
    world.take(SMS_OUTBOUND)
    world.take(SMS_URGENT)
    for _ in range(40):
        world.clock.advance(minutes=1)
        world.run_agenda()
        for queue in (SMS_OUTBOUND, SMS_URGENT):
            for work, _ in world.take(queue):
                world.send(work)
    records = {record.ref.version.counter: record for record in world.texts.rows.values()}

    assert first.state is TextState.READY
    assert (records[1].state, records[1].reason) == (TextState.NOT_SENT, SUPERSEDED)
    assert records[2].state is TextState.ACCEPTED
    assert _rows(world, SETTLE) == []


def test_nobody_waits_behind_the_rows_of_another_connection() -> None:
    """One of each in turn, each owner's in their own order."""
    rows = [AgendaRow(NOW, RETIRE_PHONE, f"{name}~1-{n}") for name in "ab" for n in range(3)]
    order = [row.subject for row in round_robin([*rows, AgendaRow(NOW, RETIRE_LINK, "0f")])]

    assert order == ["a~1-0", "b~1-0", "0f", "a~1-1", "b~1-1", "a~1-2", "b~1-2"]


def test_what_a_run_has_no_time_for_stays_due() -> None:
    """The host would kill the function, and its neighbours with it."""
    world = World()
    world.agenda.add(AgendaRow(NOW, RETIRE_LINK, f"{n:04x}") for n in range(10))

    def takes_a_minute(call: str) -> None:
        if call == "links.remove":
            world.clock.advance(minutes=1)

    world.line.before = takes_a_minute
    done = [world.run_agenda() for _ in range(4)]

    assert done == [4, 4, 2, 0]
    assert world.switches.last_beat(HEARTBEAT) == world.clock()


def test_rows_are_done_by_several_hands() -> None:
    """As many at a time as there are threads, each logging with the context of the caller."""
    together, spoken = threading.Barrier(MAX_WORKERS, timeout=10), []

    def work(row: AgendaRow) -> bool:
        together.wait()
        spoken.append(logs.correlation())
        return True

    rows = [AgendaRow(NOW, RETIRE_LINK, f"{n:04x}") for n in range(2 * MAX_WORKERS)]
    with logs.bound(correlation="one"):
        done = list(map_in_threads(work, rows))

    assert (done, spoken) == ([True] * 2 * MAX_WORKERS, ["one"] * 2 * MAX_WORKERS)
