"""The CSN and the duration of a visit: kept, changed, and never a reason to text again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared_code.appointments.domain import CSN_MISMATCH, RETIRE_ROW, Appointment, csn_of
from shared_code.connections.domain import Connection, FieldPaths
from shared_code.hl7.schedule_event import DELETED
from shared_code.queues import HL7_INBOUND
from shared_code.visits.domain.plan import PREPARE_VISIT
from tests.world.clock import NOW
from tests.world.connection import CONNECTION, LAUNCHING, connection
from tests.world.events import applied, decided, incoming
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import GRACE, KEY, START
from tests.world.world import World

LATER, LATEST = NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)
OTHER_KEY = "41200"
PATHS = FieldPaths(csn="ZCS-1")
BESIDE = connection(fields=PATHS)
CSN = "0090210"


def _booked(**said: Any) -> Appointment:
    return applied(None, incoming(**{"csn": CSN, "minutes": 30, **said}))


def _changed(**said: Any) -> Appointment:
    return applied(_booked(), incoming("S14", LATER, number=2, **said))


def test_a_booking_keeps_both() -> None:
    assert (_booked().csn, _booked().minutes) == (CSN, 30)


def test_what_a_later_message_leaves_out_stays() -> None:
    assert (_changed().csn, _changed().minutes) == (CSN, 30)


def test_a_deleted_duration_is_the_usual_one() -> None:
    assert _changed(minutes=DELETED).minutes is None
    assert _changed(minutes=DELETED).end == START + timedelta(minutes=60)


def test_an_older_message_changes_neither() -> None:
    older = incoming("S14", NOW - timedelta(minutes=5), number=2, csn="1", minutes=45)

    assert decided(_booked(), older, now=LATER).appointment is None


@pytest.mark.parametrize("said", [{"minutes": 45}, {"minutes": DELETED}, {"csn": "90210"}])
def test_another_csn_or_duration_texts_nobody_again(said: dict[str, Any]) -> None:
    """No text says either: the version stays, so there is nothing to send."""
    decision = decided(_booked(), incoming("S14", LATER, number=2, **said))

    assert decision.appointment is not None
    assert decision.appointment.version == _booked().version
    assert decision.texts == ()


@pytest.mark.parametrize("said", [{"minutes": 45}, {"minutes": DELETED}, {"csn": "90210"}])
def test_another_csn_or_duration_has_the_visit_prepared_anew(said: dict[str, Any]) -> None:
    """Under the same version: it is due again, at once if its time has come."""
    booked, now = applied(None, incoming(csn=CSN, minutes=30)), START - timedelta(minutes=5)
    changed = incoming("S14", LATER, number=2, **said)
    (row,) = decided(booked, changed, connection=LAUNCHING, now=now).agenda
    unchanged = incoming("S14", LATER, number=2, csn=CSN, minutes=30, language="es")

    assert (row.due, row.duty) == (now, PREPARE_VISIT)
    assert row.version == str(booked.version)
    assert decided(booked, unchanged, connection=LAUNCHING, now=now).agenda == ()


def _message(csn: str, trigger: str = "S12", key: str = KEY, **said: Any) -> bytes:
    return siu(trigger, said.pop("at", NOW), key=key, **said) + f"ZCS|{csn}\r".encode()


def _world(known: Connection = BESIDE) -> World:
    world = World(connection=known)
    world.configure(known)
    return world


def _found(world: World, csn: str) -> str | None:
    stored = world.appointments.by_csn(world.connection.id, csn)
    return stored.value.key if stored else None


def _problems(world: World) -> list[tuple[str, str]]:
    kept = world.problem_store.list()
    return [(each.code, subject) for each in kept for subject in each.subjects]


def test_where_the_key_is_the_csn_nothing_more_is_written_or_read() -> None:
    world = World()
    world.apply()
    calls = [call for call in world.line.calls if call.startswith("appointments.")]

    assert calls == ["appointments.load", "appointments.insert"]
    assert _found(world, f" {KEY} ") == KEY
    assert world.row().csn == KEY


def test_a_csn_beside_the_key_leads_to_the_appointment() -> None:
    """The name is written before the row: a name alone leads nowhere."""
    world = _world()
    world.apply(_message(CSN))
    calls = world.line.calls

    assert calls.index("appointments.name") < calls.index("appointments.insert")
    assert _found(world, CSN) == KEY
    assert _found(world, "90210") is None
    assert _found(world, KEY) is None


def test_a_row_of_an_earlier_release_has_the_key_as_its_csn() -> None:
    """Unless the feed's key is another number."""
    old = _booked(csn=None)

    assert csn_of(old, FieldPaths()) == KEY
    assert csn_of(old, PATHS) is None
    assert csn_of(_booked(), PATHS) == CSN


def test_a_corrected_csn_replaces_the_wrong_one() -> None:
    """What the wrong one named may be another visit's now."""
    world = _world()
    world.apply(_message("1"))
    world.apply(_message(CSN, "S14", at=LATER))
    freed = _found(world, "1")
    names = world.appointments.names.values()
    world.apply(_message("1", key=OTHER_KEY, at=LATEST))

    assert (freed, _found(world, CSN), _found(world, "1")) == (None, KEY, OTHER_KEY)
    assert len(names) == 1
    assert _problems(world) == []


def test_two_appointments_under_one_csn_are_a_problem() -> None:
    """The first keeps its name. One problem a day names both paths, and nobody."""
    world = _world()
    world.apply(_message(CSN))
    with captured_logs() as log:
        world.apply(_message(CSN, key=OTHER_KEY, at=LATER))
        world.apply(_message(CSN, "S14", key=OTHER_KEY, at=LATEST, language="SPA"))

    assert _problems(world) == [(CSN_MISMATCH.code, "key=SCH-2.1 csn=ZCS-1")]
    assert _found(world, CSN) == KEY
    assert CSN not in log.getvalue()
    assert len(world.appointments.rows.values()) == 2


def test_a_cancelled_appointment_gives_its_csn_away() -> None:
    """Some schedulers book a moved visit anew under the same CSN."""
    world = _world()
    world.apply(_message(CSN))
    world.apply(_message(CSN, "S15", at=LATER))
    world.apply(_message(CSN, key=OTHER_KEY, at=LATEST))

    assert _found(world, CSN) == OTHER_KEY
    assert _problems(world) == []


def test_a_cancellation_takes_no_csn_away() -> None:
    world = _world()
    world.apply(_message(CSN))
    world.apply(_message(CSN, "S15", key=OTHER_KEY, at=LATER))

    assert _found(world, CSN) == KEY
    assert _problems(world) == []


def test_the_name_is_erased_before_its_appointment() -> None:
    """Nothing would find it afterwards."""
    world = _world()
    world.apply(_message(CSN))
    world.clock.now = START + GRACE
    world.run_agenda()
    world.clock.now += timedelta(days=30)
    world.line.calls.clear()
    world.run_agenda()
    erased = [call for call in world.line.calls if call.startswith("appointments.")]

    assert erased[-2:] == ["appointments.unname", "appointments.remove"]
    assert world.appointments.names.values() == []
    assert RETIRE_ROW not in {row.duty for row in world.agenda.rows.values()}


def test_a_feed_is_noted_when_a_message_is_applied() -> None:
    """Since when it is alive, and when it last was."""
    world = World()
    world.apply()
    world.clock.now = LATEST
    world.apply(siu("S14", LATEST, language="SPA"))
    first = world.switches.get("feed-lamna")

    assert first is not None
    assert first.since == NOW
    assert world.switches.last_beat("feed-lamna") == LATEST


def test_a_worker_notes_a_feed_at_most_every_five_minutes() -> None:
    """In between a message costs no storage operation more."""
    world = World()
    story = world.services.intake.apply_schedule
    beats = []
    for minutes in (0, 1, 4, 5, 9, 10):
        world.clock.now = NOW + timedelta(minutes=minutes)
        world.line.calls.clear()
        assert world.post(siu("S14", world.clock.now)).status == 200
        for work, _ in world.take(HL7_INBOUND):
            story.on_message(work)
        beats.append(world.line.calls.count("switches.beat"))

    assert beats == [1, 0, 0, 1, 0, 1]


def test_what_could_not_be_applied_says_nothing_of_the_feed() -> None:
    world = World()
    assert world.post(siu()).status == 200
    world.connections.connections.clear()
    for work, _ in world.take(HL7_INBOUND):
        world.services.intake.apply_schedule.on_message(work)

    assert world.switches.last_beat(f"feed-{CONNECTION.id}") is None
