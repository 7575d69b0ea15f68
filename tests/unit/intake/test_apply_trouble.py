"""Applying when something does not answer, somebody was first, or the message is broken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.memory.line import Watcher
from shared_code.appointments.domain import Status
from shared_code.connections.errors import CONNECTION_UNKNOWN
from shared_code.hl7.errors import MESSAGE_OVER_LIMITS
from shared_code.hl7.schedule_event import PHONE_UNUSABLE
from shared_code.intake.flows.sealed_message import RETIRE_PAYLOAD
from shared_code.oversight.flows.dead_letters import RETIRE_LETTER
from shared_code.oversight.flows.problems import RETIRE_PROBLEM
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND
from shared_code.security.keys import PAYLOAD_UNREADABLE
from shared_code.texting.domain.plan import SETTLE
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.line import unavailable
from tests.world.messages import siu
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
PASSING = unavailable()
BROKEN = b"\r".join([siu().split(b"\r")[0], b"SCH|1|36996", b"PID|1||" + b"~" * 60, b""])
LARGE = b"NTE|1||" + b"x" * 30_000 + b"\r"


def _work(world: World, body: bytes) -> dict[str, str]:
    assert world.post(body).status == 200
    ((work, _),) = world.take(HL7_INBOUND)
    return work


@pytest.mark.parametrize(
    "call",
    [
        "connections.find",
        "appointments.load",
        "agenda.add",
        "appointments.insert",
        "problems.change",
    ],
)
def test_storage_that_does_not_answer_puts_the_work_back(call: str) -> None:
    """As the next attempt, without an exception; once it answers, all is there."""
    world = World()
    work = _work(world, siu(phone="555-0142"))
    world.line.before = unavailable(call)
    world.services.intake.apply_schedule.on_message(work)
    world.line.before = PASSING
    ((again, delay),) = world.take(HL7_INBOUND)
    world.services.intake.apply_schedule.on_message(again)

    assert ({**work, "attempt": "2"}, 0) == (again, delay)
    assert world.row().texting.blocked == PHONE_UNUSABLE
    assert [one.code for one in world.problem_store.rows.values()] == [PHONE_UNUSABLE.code]


def test_attempts_are_further_and_further_apart() -> None:
    """0 s, 30 s, 2, 5 and then every 10 minutes; never a dead letter."""
    world = World()
    work, delays = _work(world, siu()), []
    world.line.before = unavailable("appointments.load")
    for _ in range(12):
        world.services.intake.apply_schedule.on_message(work)
        ((work, delay),) = world.take(HL7_INBOUND)
        delays.append(delay)

    assert [0, 30, 120, 300, *[600] * 8] == delays
    assert work["attempt"] == "13"
    assert world.dead_letter_store.rows.values() == []


def test_a_hint_that_cannot_be_sent_is_not_lost() -> None:
    """The row is there, so a repeat changes nothing: `settle` is on the agenda for that."""
    world = World()
    work = _work(world, siu())
    world.line.before = unavailable("queues.send", times=1)
    world.services.intake.apply_schedule.on_message(work)
    ((again, _),) = world.take(HL7_INBOUND)
    world.services.intake.apply_schedule.on_message(again)

    assert SETTLE in {row.duty for row in world.agenda.rows.values()}
    assert world.row().status == Status.ACTIVE


def test_when_even_the_queue_is_away_the_host_tries_again() -> None:
    """Then there is nowhere to put the work back."""
    world = World()
    work = _work(world, siu())
    world.line.before = unavailable("appointments.load", "queues.send")

    with pytest.raises(Exception, match="could not be stored"):
        world.services.intake.apply_schedule.on_message(work)


def _meanwhile(world: World, call: str, body: bytes) -> Watcher:
    """Another worker applies `body` just before the first such call."""
    other, done = _work(world, body), list[str]()

    def watcher(passing: str) -> None:
        if passing == call and not done:
            done.append(passing)
            world.services.intake.apply_schedule.on_message(other)

    return watcher


def test_a_row_that_somebody_else_made_is_decided_again() -> None:
    """The newer cancel came in between: the older booking changes nothing any more."""
    world = World()
    work = _work(world, siu())
    world.line.before = _meanwhile(world, "appointments.insert", siu("S15", LATER))
    world.services.intake.apply_schedule.on_message(work)

    assert world.row().status == Status.CANCELLED
    assert world.take(SMS_OUTBOUND) == []


def test_a_row_that_somebody_else_changed_is_decided_again() -> None:
    """The newer event wins and both are remembered."""
    world = World()
    world.apply()
    world.take(SMS_OUTBOUND)
    work = _work(world, siu("S15", LATER))
    between = siu("S14", NOW + timedelta(minutes=1), phone="(608)555-0143")
    world.line.before = _meanwhile(world, "appointments.replace", between)
    world.services.intake.apply_schedule.on_message(work)
    row = world.row()

    assert (row.status, row.version.counter, len(row.recent_events)) == (Status.CANCELLED, 3, 3)


def test_the_agenda_of_every_decision_precedes_its_row() -> None:
    """Also of the one that was made again."""
    world = World()
    work = _work(world, siu("S14", LATER))
    world.line.before = _meanwhile(world, "appointments.insert", siu())
    world.line.calls.clear()
    world.services.intake.apply_schedule.on_message(work)
    calls = [c for c in world.line.calls if c.startswith(("agenda.add", "appointments."))]

    assert calls[-2:] == ["agenda.add", "appointments.replace"]


@pytest.mark.parametrize("large", [False, True])
def test_a_message_that_cannot_be_read_is_dead_lettered_whole(*, large: bool) -> None:
    """With its reason, a problem, and rows that erase both before either exists."""
    world = World()
    work = _work(world, BROKEN + LARGE * large)
    world.line.calls.clear()
    world.services.intake.apply_schedule.on_message(work)
    (letter,), (problem,) = world.dead_letter_store.rows.values(), world.problem_store.rows.values()
    duties = {(row.duty, row.subject): row.due for row in world.agenda.rows.values()}

    assert MESSAGE_OVER_LIMITS.code == letter.code == problem.code
    assert (letter.queue, letter.connection) == (HL7_INBOUND, "lamna")
    assert NOW + timedelta(days=7) == duties[RETIRE_LETTER, letter.id]
    assert NOW + timedelta(days=7) == duties[RETIRE_PROBLEM, problem.id]
    calls = world.line.calls
    assert calls.index("agenda.add") < calls.index("letters.keep")
    assert world.appointments.rows.values() == []
    blobs = [subject for duty, subject in duties if duty == RETIRE_PAYLOAD]
    assert ([work["blob"]] if large else []) == blobs


@pytest.mark.parametrize("large", [False, True])
def test_a_replayed_letter_is_applied(*, large: bool) -> None:
    """As it came, with its arrival, once the reason is gone."""
    world = World()
    work = _work(world, siu() + LARGE * large)
    world.connections.connections.clear()
    world.services.intake.apply_schedule.on_message(work)
    (letter,) = world.dead_letter_store.rows.values()
    world.configure(connection())
    world.clock.advance(hours=1)
    world.services.oversight.dead_letters.replay(letter.id)
    ((again, _),) = world.take(HL7_INBOUND)
    world.services.intake.apply_schedule.on_message(again)

    assert letter.code == CONNECTION_UNKNOWN.code
    assert (world.row().status, world.row().order.arrival) == (Status.ACTIVE, NOW)
    assert world.dead_letter_store.rows.values() == []


@pytest.mark.parametrize("large", [False, True])
def test_a_broken_message_that_is_delivered_twice_is_one_letter(*, large: bool) -> None:
    """And that letter is still whole."""
    world = World()
    work = _work(world, BROKEN + LARGE * large)
    world.services.intake.apply_schedule.on_message(work)
    world.services.intake.apply_schedule.on_message(work)

    assert len(world.dead_letter_store.rows.values()) == 1
    assert "sealed" in world.dead_letter_store.rows.values()[0].content


@pytest.mark.parametrize("call", ["letters.keep", "problems.change", "agenda.add"])
def test_a_dead_letter_store_that_does_not_answer_puts_the_work_back(call: str) -> None:
    """Transient trouble is never an exception: five of them would end in the poison queue."""
    world = World()
    work = _work(world, BROKEN + LARGE)
    world.line.before = unavailable(call)
    world.services.intake.apply_schedule.on_message(work)

    assert [again["attempt"] for again, _ in world.take(HL7_INBOUND)] == ["2"]


@pytest.mark.parametrize(
    "work",
    [
        {},
        {"connection": "lamna"},
        {"connection": "lamna", "arrival": "yesterday", "sealed": "AAAA"},
        {"connection": "lamna", "arrival": "2026-06-01T12:00:00", "sealed": "AAAA"},
        {"connection": "lamna", "arrival": "2026-06-01T12:00:00+00:00", "sealed": "AAAA"},
        {"connection": "lamna", "arrival": "2026-06-01T12:00:00+00:00", "sealed": "ä"},
        {"connection": "lamna", "arrival": "2026-06-01T12:00:00+00:00", "blob": "gone"},
        {"connection": "stranger", "arrival": "2026-06-01T12:00:00+00:00", "sealed": ""},
    ],
)
def test_foreign_work_is_dead_lettered(work: dict[str, str]) -> None:
    """It is unreadable, so nobody can say whose it is; it must not come back for ever."""
    world = World()
    world.services.intake.apply_schedule.on_message(work)

    assert [one.code for one in world.dead_letter_store.rows.values()] == [PAYLOAD_UNREADABLE.code]
    assert world.take(HL7_INBOUND) == []


def test_a_message_sealed_for_one_connection_opens_for_no_other() -> None:
    """Moving it to another connection's name makes it unreadable."""
    world = World()
    world.configure(connection(id="relecloud"))
    work = _work(world, siu())
    world.services.intake.apply_schedule.on_message({**work, "connection": "relecloud"})

    assert world.appointments.rows.values() == []
    assert [one.code for one in world.dead_letter_store.rows.values()] == [PAYLOAD_UNREADABLE.code]
