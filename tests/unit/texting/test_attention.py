"""Who learns that a text does not go: a problem, a line of the log, a number, or nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from local.memory.sending import MemoryCircuitBreaker
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Code, Reason
from shared_code.oversight.ports import Switch
from shared_code.texting.domain import attention, reasons
from shared_code.texting.domain.attention import OF_TEXT, Learns
from shared_code.texting.domain.holds import PAUSE
from shared_code.texting.domain.reasons import SMS_UNAVAILABLE
from shared_code.texting.domain.text import TextKind, TextRecord, TextState
from shared_code.texting.domain.text_snapshot import TextSnapshot
from shared_code.texting.ports import NotSent, RefusedText
from tests.unit.texting.test_failing_deliveries import _reported, _world
from tests.unit.texting.test_record_text_result import REF
from tests.world.connection import SENDER
from tests.world.logs import captured_logs
from tests.world.visit import PHONE, START
from tests.world.world import World


def _problems(world: World) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.code, each.subjects) for each in world.problem_store.rows.values()]


@pytest.mark.parametrize("code", sorted(OF_TEXT))
def test_the_end_of_a_text_is_told_as_the_table_says(code: Code) -> None:
    """A problem names the text; what is loud is a WARNING, the rest a plain line."""
    world = World()
    world.apply()
    work, appointment = world.hint(), world.row()
    record = TextRecord(replace(REF, subject=appointment.ref, version=appointment.version))
    snapshot = TextSnapshot(record, "", appointment, world.connection)
    told = attention.of(code)
    with captured_logs() as written:
        submit = world.services.texting.submit_text
        submit.finish(snapshot, TextState.NOT_SENT, Reason(code))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    (line,) = [each for each in lines if each["event"] == "text.not_sent"]

    assert work
    is_problem = told.learns is Learns.PROBLEM
    assert _problems(world) == ([(code, (str(record.ref),))] if is_problem else [])
    loud = told.learns in (Learns.PROBLEM, Learns.WARNING)
    assert (code, "WARNING" if loud else "INFO") == (line["code"], line["level"])


def test_a_reason_of_the_appointment_was_told_when_its_message_came() -> None:
    """Its texts that were under way do not tell it again."""
    world = World()
    world.apply()
    before = world.row()
    blocked = replace(before.texting, blocked=reasons.PHONE_MISSING)
    appointment = replace(before, texting=blocked)
    record = TextRecord(replace(REF, subject=before.ref, version=before.version))
    submit = world.services.texting.submit_text
    snapshot = TextSnapshot(record, "", appointment, world.connection)
    submit.finish(snapshot, TextState.NOT_SENT, reasons.PHONE_MISSING)

    assert _problems(world) == []


def test_who_was_not_told_before_the_visit_began_is_a_problem() -> None:
    """Here an operator's pause lasted too long."""
    world = World()
    world.apply()
    work = world.hint()
    world.switches.set(Switch(PAUSE, "operator", world.clock()))
    world.send(work)
    world.clock.now = START + timedelta(minutes=1)
    world.send(work)

    assert world.record().ref.kind is TextKind.CONFIRMATION
    assert _problems(world) == [(reasons.DEADLINE_PASSED.code, (str(world.record().ref),))]


@pytest.mark.parametrize("reason", [reasons.REFUSED_BY_CARRIER, reasons.TEXT_TOO_LONG])
def test_what_the_service_refuses_is_a_problem(reason: Reason) -> None:
    """Somebody corrects the number or the words, and calls."""
    world = World()
    world.apply()
    world.service.answers = [RefusedText(reason)]
    world.send(world.hint())

    assert _problems(world) == [(reason.code, (str(world.record().ref),))]


def test_a_patient_who_said_stop_is_no_problem() -> None:
    """It is counted; nobody has to do anything."""
    world = World()
    world.apply()
    tenant = world.connection.tenant
    world.opt_outs.add(tenant, recipient_hash(world.rings, tenant, PHONE), SENDER)
    world.send(world.hint())

    assert (world.record().reason, _problems(world)) == (reasons.OPTED_OUT, [])


def test_an_outage_is_one_problem_however_many_texts_wait() -> None:
    """It is there with the first text that waits for the service."""
    world = World()
    world.circuit = MemoryCircuitBreaker()
    for _ in range(3):
        world.circuit.record(False, world.clock())
    world.apply()
    work = world.hint()
    for _ in range(3):
        world.send(work)
        world.clock.advance(seconds=20)
    (problem,) = world.problem_store.rows.values()

    assert (SMS_UNAVAILABLE.code, 1) == (problem.code, problem.count)
    assert world.service.posts == []


def test_an_outage_that_is_over_is_settled_by_a_text_that_waited() -> None:
    """Nobody has to close what ended by itself."""
    world = World()
    world.circuit = MemoryCircuitBreaker()
    for _ in range(3):
        world.circuit.record(False, world.clock())
    world.apply()
    work = world.hint()
    world.send(work)
    during = [each.is_open for each in world.problem_store.rows.values()]
    world.clock.advance(minutes=5)
    world.send(work)

    assert world.record().state is TextState.ACCEPTED
    assert (during, [each.is_open for each in world.problem_store.rows.values()]) == (
        [True],
        [False],
    )


def test_a_key_that_is_accepted_again_settles_its_problem() -> None:
    """Any text that waited for it shows that the service lets the app in."""
    world = World()
    world.service.answers = [NotSent(reason=reasons.SMS_NOT_ADMITTED)]
    world.apply()
    work = world.hint()
    world.send(work)
    during = [each.is_open for each in world.problem_store.rows.values()]
    world.clock.advance(minutes=5)
    world.send(work)

    assert world.record().state is TextState.ACCEPTED
    assert (during, [each.is_open for each in world.problem_store.rows.values()]) == (
        [True],
        [False],
    )


@pytest.mark.parametrize(
    ("reason", "is_problem"),
    [
        ("delivery_number_invalid", True),
        ("delivery_not_mobile", True),
        ("delivery_unreachable", False),
        ("delivery_number_unverified", False),
        ("delivery_opted_out", False),
        ("nonsense", False),
    ],
)
def test_a_number_that_cannot_be_texted_is_a_problem(reason: str, is_problem: bool) -> None:
    """A report that comes twice tells it once."""
    world = _world(1)
    world.do(_reported(0, reason), _reported(0, reason))
    codes = [(each.code, each.count) for each in world.problem_store.rows.values()]

    assert codes == ([(reason, 1)] if is_problem else [])


def test_a_reason_of_another_release_is_a_problem() -> None:
    """Better one too many than a patient whom nobody thinks of."""
    assert attention.of(Code("of_another_release")).learns is Learns.PROBLEM
