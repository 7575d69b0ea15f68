"""Messages of another processing id (MSH-11) than the connection takes: nothing stored changes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from shared_code.connections.domain import Environment
from shared_code.hl7.schedule_event import PHONE_UNUSABLE
from shared_code.oversight.flows.problems import RETIRE_PROBLEM
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.metrics import RETIRE_COUNTS, Metric
from shared_code.texting.domain.reasons import PROCESSING_ID_NOT_ALLOWED
from shared_code.texting.domain.tally import Tally
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.messages import altered, sample, siu
from tests.world.problems import reported
from tests.world.visit import WALL
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
TEST = {"environment": Environment.TEST}


def _duties(world: World) -> set[str]:
    """What is on the agenda, without what erases problems and counts."""
    duties = {str(row.duty) for row in world.agenda.rows.values()}
    return duties - {RETIRE_PROBLEM, RETIRE_COUNTS}


def _foreign(trigger: str, said: str, **changes: Any) -> bytes:
    return altered(siu(trigger, LATER, **changes), MSH_11=said)


@pytest.mark.parametrize("said", ["T", "t", "D", "", '""', "X", "T^A", "PROD", "^P"])
@pytest.mark.parametrize(
    ("trigger", "changes"),
    [
        ("S12", {}),
        ("S14", {"start_local": WALL + timedelta(days=1)}),
        ("S14", {"visit_code": "1001"}),
        ("S14", {"phone": "(608)555-0143"}),
        ("S15", {}),
        ("S26", {}),
    ],
)
def test_a_message_of_a_test_system_changes_nothing_in_production(
    trigger: str, changes: dict[str, Any], said: str
) -> None:
    """It is acknowledged; row, agenda, heartbeat and queues are as before."""
    world = World()
    world.apply()
    world.take(SMS_OUTBOUND)
    row, beats = world.row(), world.switches.rows.values()
    duties = _duties(world)
    world.clock.advance(minutes=10)
    world.apply(_foreign(trigger, said, **changes))

    assert world.row() == row
    assert world.switches.rows.values() == beats
    assert _duties(world) == duties
    assert world.take(SMS_OUTBOUND) == []


@pytest.mark.parametrize("trigger", ["S12", "S15", "S23"])
def test_of_an_unknown_appointment_it_makes_no_row(trigger: str) -> None:
    """And the feed is not alive by it."""
    world = World()
    world.apply(_foreign(trigger, "T"))

    assert world.appointments.rows.values() == []
    assert world.switches.rows.values() == []


def test_the_same_bytes_count_once_they_are_allowed() -> None:
    """No hash is remembered of what was passed over."""
    world = World()
    world.apply(_foreign("S12", "T"))
    world.configure(connection(processing_ids=frozenset({"P", "T"})))
    world.apply(_foreign("S12", "T"))

    assert world.row().texting.blocked is None


@pytest.mark.parametrize("said", ["P", "p", " P ", "P^A", "P&x"])
def test_production_is_production_however_it_is_written(said: str) -> None:
    """The first component, small or capital."""
    world = World()
    world.apply(_foreign("S12", said))

    assert world.row().texting.blocked is None
    assert reported(world, PROCESSING_ID_NOT_ALLOWED) == []


@pytest.mark.parametrize(
    ("configured", "said", "taken"),
    [
        (TEST, "P", True),
        (TEST, "T", True),
        (TEST, "D", True),
        (TEST, "", False),
        (TEST, "X", False),
        ({}, "T", False),
        ({"processing_ids": frozenset({"P", ""})}, "", True),
        ({"processing_ids": frozenset({"P", ""})}, '""', True),
        ({"processing_ids": frozenset({"T"})}, "P", False),
        ({**TEST, "processing_ids": frozenset({"T"})}, "D", False),
    ],
)
def test_what_counts_follows_from_environment_and_setting(
    configured: dict[str, Any], said: str, *, taken: bool
) -> None:
    """Production means P, test means P, T and D; a list replaces both."""
    world = World(connection(**configured))
    world.apply(_foreign("S12", said))

    assert bool(world.appointments.rows.values()) is taken


@pytest.mark.parametrize(
    ("configured", "said", "subjects"),
    [
        ({}, "T", [("T",)]),
        ({}, "d", [("D",)]),
        ({}, "", [("empty",)]),
        ({}, "608-555-0142", [("other",)]),
        ({"processing_ids": frozenset({"T"})}, "P", [("P",)]),
        (TEST, "", [("empty",)]),
        (TEST, "X", []),
        ({**TEST, "processing_ids": frozenset({"T"})}, "P", []),
    ],
)
def test_somebody_is_told_once_a_day(
    configured: dict[str, Any], said: str, subjects: list[tuple[str, ...]]
) -> None:
    """In production of every such value, in test of an empty one; never what else stands there."""
    world = World(connection(**configured))
    for number in range(3):
        world.apply(_foreign("S12", said, key=str(number)))

    assert reported(world, PROCESSING_ID_NOT_ALLOWED) == subjects


def _counted(world: World) -> dict[str, int]:
    """How many messages and versions were not texted, by reason."""
    today = world.clock().date()
    tallies = world.counts.of("lamna", today, today)
    found = Counter[str]()
    for combination, counts in Tally.merged(tallies.values()).combinations.items():
        found[combination.reason] += counts.get(Metric.NOT_TEXTED, 0)
    return {reason: count for reason, count in found.items() if count}


def test_every_such_message_is_counted() -> None:
    """Once a message, whatever it says."""
    world = World()
    for key in ("1", "2"):
        world.apply(_foreign("S15", "T", key=key))

    assert _counted(world) == {PROCESSING_ID_NOT_ALLOWED.code: 2}


def test_every_version_about_which_nobody_is_texted_is_counted_once() -> None:
    """Not the messages that leave it as it is, nor what is texted."""
    world = World()
    world.apply(siu(key="1"))
    world.apply(siu(key="2", phone=""))
    for day in (0, 0, 1):
        world.clock.advance(minutes=1)
        start = WALL + timedelta(days=day)
        world.apply(siu("S14", world.clock(), key="2", phone="", start_local=start))

    assert _counted(world) == {PHONE_UNUSABLE.code: 2}


def test_a_header_that_ends_before_it_has_none() -> None:
    """As some interface engines send it."""
    world = World()
    world.apply(sample("processing-id-empty"))

    assert world.appointments.rows.values() == []
    assert reported(world, PROCESSING_ID_NOT_ALLOWED) == [("empty",)]


_UNREADABLE = {
    "identifiers": {"PID_3": "~".join(str(number) for number in range(60))},
    "length": {"PID_3": "A" * 40_000},
    "key": {"SCH_2": "36996" + "~" * 60},
}
"""What would be a dead letter."""


@pytest.mark.parametrize("fields", _UNREADABLE.values(), ids=_UNREADABLE)
@pytest.mark.parametrize("trigger", ["S12", "S14", "S15", "S26"])
def test_what_cannot_be_read_of_it_is_nobodys_business(
    trigger: str, fields: dict[str, str]
) -> None:
    """It is no dead letter: it is passed over as any other of its system is."""
    world = World()
    world.apply(altered(siu(trigger), **fields, MSH_11="T"))

    assert world.dead_letter_store.rows.values() == []
    assert reported(world, PROCESSING_ID_NOT_ALLOWED) == [("T",)]
    assert _counted(world) == {PROCESSING_ID_NOT_ALLOWED.code: 1}
