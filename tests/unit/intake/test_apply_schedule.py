"""A queued message becomes an appointment: agenda, row, hint, in that order and only once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.appointments.domain import RETIRE_PHONE, Status
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import PHONE_UNUSABLE
from shared_code.oversight.flows.problems import RETIRE_PROBLEM
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND, SMS_URGENT
from shared_code.texting.domain.plan import SETTLE
from shared_code.texting.domain.reasons import PHONE_MISSING, SMS_NOT_ENABLED
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import GRACE, KEY, MRN, PHONE, START, WALL
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
WRITES = ("agenda.add", "appointments.insert", "appointments.replace", "queues.send")


def _agenda(world: World) -> set[tuple[Duty, str]]:
    return {(row.duty, row.version) for row in world.agenda.rows.values()}


def _work(world: World, body: bytes) -> dict[str, str]:
    assert world.post(body).status == 200
    ((work, _),) = world.take(HL7_INBOUND)
    return work


def test_a_booking_becomes_a_row() -> None:
    """With its start in UTC, its phone and a keyed hash instead of its key."""
    world = World()
    world.apply(siu(language="SPA"))
    row = world.row()

    assert (row.key, row.status, row.start, row.texting.phone) == (KEY, Status.ACTIVE, START, PHONE)
    assert (row.language, row.virtual, row.texting.blocked) == ("es", True, None)
    assert KEY not in str(row.ref)
    assert row.patients
    assert MRN not in " ".join(row.patients)


def test_agenda_row_and_hint_are_written_in_this_order() -> None:
    """
    Whatever dies in between, the agenda knows of it. The second row erases what is counted of the
    number's day, which only keeps the order of texts.
    """
    world = World()
    work = _work(world, siu())
    world.line.calls.clear()
    world.services.intake.apply_schedule.on_message(work)
    writes = [call for call in world.line.calls if call in WRITES]

    assert writes == ["agenda.add", "appointments.insert", "agenda.add", "queues.send"]


def test_a_change_is_written_under_the_etag_after_its_agenda() -> None:
    """The second event of an appointment replaces the row."""
    world = World()
    world.apply()
    work = _work(world, siu("S14", LATER, start_local=WALL + timedelta(days=1)))
    world.line.calls.clear()
    world.services.intake.apply_schedule.on_message(work)
    writes = [call for call in world.line.calls if call in WRITES]

    assert writes == ["agenda.add", "appointments.replace", "queues.send"]


def test_the_agenda_holds_what_must_happen_to_the_version() -> None:
    """Settling in two minutes, retiring the phone after the grace."""
    world = World()
    world.apply()
    row, due = world.row(), NOW + timedelta(minutes=2)
    subject, version = str(row.ref), str(row.version)

    assert {
        AgendaRow(START + GRACE, RETIRE_PHONE, subject, version),
        AgendaRow(due, SETTLE, subject, version),
    } == {row for row in world.agenda.rows.values() if row.subject == subject}


def test_the_hint_names_the_text_and_waits_for_corrections() -> None:
    """30 seconds, or what the setting says; it carries keys and nothing else."""
    world = World(delay=timedelta(seconds=45))
    world.apply()
    ((work, delay),) = world.take(SMS_OUTBOUND)

    assert delay == 45
    assert {"text", "correlation"} == set(work)
    assert str(world.row().version) in work["text"]
    assert KEY not in work["text"]


def test_nobody_waits_to_hear_of_a_cancel() -> None:
    """Corrections are waited for when something was booked, not when it was called off."""
    world = World()
    world.apply()
    world.take(SMS_OUTBOUND)
    world.apply(siu("S15", NOW + timedelta(minutes=5)))
    ((_, delay),) = world.take(SMS_URGENT)

    assert delay == 0


@pytest.mark.parametrize("trigger", ["S12", "S15", "S26"])
def test_the_same_message_again_changes_nothing(trigger: str) -> None:
    """Neither row nor agenda nor queue, however often the sender repeats it."""
    world = World()
    world.apply(siu(trigger))
    world.take(SMS_OUTBOUND)
    row, agenda = world.row(), _agenda(world)
    world.clock.advance(minutes=3)
    world.apply(siu(trigger))

    assert (row, agenda, []) == (world.row(), _agenda(world), world.take(SMS_OUTBOUND))


@pytest.mark.parametrize("large", [False, True])
def test_a_message_that_the_queue_delivers_twice_changes_nothing(*, large: bool) -> None:
    """At least once means sometimes twice, also for a message whose blob is erased by then."""
    world = World()
    work = _work(world, siu() + (b"NTE|1||" + b"x" * 30_000 + b"\r") * large)
    world.services.intake.apply_schedule.on_message(work)
    row = world.row()
    world.services.intake.apply_schedule.on_message(work)

    assert row == world.row()
    assert (world.dead_letter_store.rows.values(), world.problem_store.rows.values()) == ([], [])
    assert len(world.take(SMS_OUTBOUND)) == 1


def test_a_blob_is_erased_half_an_hour_after_applying() -> None:
    """Until then the queue may deliver the message once more; then it is nowhere."""
    world = World()
    world.apply(siu() + b"NTE|1||" + b"x" * 30_000 + b"\r")
    world.clock.advance(minutes=29)
    world.run_agenda()
    kept = len(world.payloads.rows.values())
    world.clock.advance(minutes=1)
    world.run_agenda()

    assert len(world.appointments.rows.values()) == 1
    assert (kept, world.payloads.rows.values()) == (1, [])


def test_two_appointments_do_not_meet() -> None:
    """Each key of each connection has its own row."""
    world = World()
    world.apply()
    world.apply(siu(key="36997", control_id="1000242"))
    rows = {row.key: row.ref for row in world.appointments.rows.values()}

    assert {"36996", "36997"} == set(rows)
    assert len(set(rows.values())) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"phone": "555-0142"}, PHONE_UNUSABLE),
        ({"phone": ""}, PHONE_MISSING),
        ({"phone": "TESTPATIENT"}, PHONE_UNUSABLE),
    ],
)
def test_an_unusable_phone_is_a_problem_and_no_text(
    changes: dict[str, Any], reason: Reason
) -> None:
    """The row is there without a phone; the problem has a code and no number."""
    world = World()
    body = siu(**changes)
    if not changes["phone"]:  # Epic's e-mail repetition alone is a phone field without a phone
        body = body.replace(b"^NET^Internet^pat@example.org~^P^M", b"")
    world.apply(body)
    (problem,) = world.problem_store.rows.values()

    assert (None, reason) == (world.row().texting.phone, world.row().texting.blocked)
    assert (reason.code, "lamna") == (problem.code, problem.connection)
    assert changes["phone"] == "" or changes["phone"] not in str(problem)
    assert world.take(SMS_OUTBOUND) == []
    assert (RETIRE_PROBLEM, "") in _agenda(world)


def test_a_problem_is_raised_once_for_one_message() -> None:
    """A repeat of the message is a repeat of the problem."""
    world = World()
    for _ in range(3):
        world.apply(siu(phone="555-0142"))

    assert len(world.problem_store.rows.values()) == 1


def test_without_sms_nothing_is_kept_that_texts_need() -> None:
    """No phone, no hint, no problem."""
    world = World(connection(sms=None))
    world.apply()

    assert (world.row().texting.phone, world.row().texting.blocked) == (None, SMS_NOT_ENABLED)
    assert (world.take(SMS_OUTBOUND), world.problem_store.rows.values()) == ([], [])


def test_the_arrival_travels_with_the_message() -> None:
    """However long it lay on the queue, its order is that of the door."""
    world = World()
    work = _work(world, siu(at=NOW + timedelta(hours=5)))
    world.clock.advance(hours=5)
    world.services.intake.apply_schedule.on_message(work)

    assert NOW + timedelta(minutes=10) == world.row().order.moment
    assert world.row().order.arrival == NOW


def test_the_log_says_what_happened_and_to_nobody() -> None:
    """Row, version and trigger; neither name nor number nor key."""
    world = World()
    with captured_logs() as log:
        world.apply()
        world.apply(siu("S14", LATER, phone="555-0142"))
        world.apply(b"\r".join([siu().split(b"\r")[0], b"SCH|1|36996", b"PID|1||" + b"~" * 60]))

    assert "schedule.applied" in log.getvalue()
    for word in ("TESTPATIENT", "ALEX", "5550142", "555-0142", f'"{KEY}"', MRN):
        assert word not in log.getvalue()
