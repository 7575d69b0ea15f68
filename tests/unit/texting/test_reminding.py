"""Reminders on a phone: when due, still ahead, late, missed, and without confirmations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared_code.connections.domain import Connection, ConnectionStatus
from shared_code.errors import Reason
from shared_code.oversight.ports import Switch
from shared_code.texting.domain.holds import PAUSE
from shared_code.texting.domain.plan import REMINDER
from shared_code.texting.domain.reasons import DEADLINE_PASSED, MISSED
from shared_code.texting.domain.text import TextKind
from tests.unit.texting.telephone import at, moved, outcomes, run, said, sent_at
from tests.world.connection import ENABLED, ZONE, connection
from tests.world.machine import Machine
from tests.world.messages import siu
from tests.world.visit import WALL
from tests.world.world import World

SOON = WALL.replace(day=1, hour=10, minute=0)
"""An hour after NOW."""


def _set(world: World, name: str) -> None:
    world.switches.set(Switch(name, "somebody", world.clock()))


def _reminding(*minutes: int, confirmations: bool = True, **changes: Any) -> Connection:
    sms = replace(ENABLED, reminders=minutes, confirmations=confirmations)
    return connection(sms=sms, **changes)


def test_reminders_come_when_they_are_due() -> None:
    """Each once, after the confirmation; the last one outlives nothing."""
    machine = Machine(world=World(_reminding(40, 15)))
    machine.deliver(siu(start_local=SOON))
    run(machine, 70)

    assert said(machine) == ["scheduled", "reminder", "reminder"]
    assert sent_at(machine) == ["01 14:02", "01 14:20", "01 14:45"]
    assert not [row for row in machine.world.agenda.rows.values() if row.duty == REMINDER]


def test_a_moved_visit_gets_only_the_reminders_still_ahead_of_it() -> None:
    """Those of the old version say nothing, and their rows are dropped."""
    machine = Machine(world=World(_reminding(40, 15)))
    machine.deliver(siu(start_local=SOON))
    run(machine, 10)
    machine.deliver(moved(10, start_local=SOON - timedelta(minutes=15)))
    run(machine, 80)

    assert said(machine) == ["scheduled", "changed", "reminder"]
    assert sent_at(machine)[-1] == "01 14:30"
    assert not [row for row in machine.world.agenda.rows.values() if row.duty == REMINDER]


@pytest.mark.parametrize("end", ["S15", "S26"])
def test_nobody_is_reminded_of_a_visit_that_ended(end: str) -> None:
    """Cancelled or not come to."""
    machine = Machine(world=World(_reminding(40, 15)))
    machine.deliver(siu(start_local=SOON))
    run(machine, 10)
    machine.deliver(siu(end, at(10), start_local=SOON))
    run(machine, 60)

    assert "reminder" not in said(machine)


@pytest.mark.parametrize(
    ("paused_for", "heard", "missed"),
    [
        (38, ["reminder", "reminder"], []),
        (50, ["reminder"], [(40, MISSED)]),
        (70, [], [(40, MISSED), (15, DEADLINE_PASSED)]),
    ],
)
def test_late_reminders_go_only_while_they_make_sense(
    paused_for: int, heard: list[str], missed: list[tuple[int, Reason]]
) -> None:
    """Not when the next one is due already, and not into a visit that has begun."""
    machine = Machine(world=World(_reminding(40, 15)))
    machine.deliver(siu(start_local=SOON))
    run(machine, 5)
    _set(machine.world, PAUSE)
    run(machine, paused_for - 5)
    machine.world.switches.clear(PAUSE)
    run(machine, 80 - paused_for)
    records = machine.world.texts.rows.values()
    of_reminders = [(r.ref.offset, r.reason) for r in records if r.ref.kind is TextKind.REMINDER]

    assert said(machine)[1:] == heard
    assert [each for each in of_reminders if each[1]] == missed


@pytest.mark.parametrize(
    ("confirmations", "heard"), [(True, ["scheduled", "reminder"]), (False, ["reminder"] * 2)]
)
def test_without_confirmations_the_nearest_past_reminder_goes_at_once(
    *, confirmations: bool, heard: list[str]
) -> None:
    """Of three, two are past: a confirmation says as much, without one the nearer goes."""
    machine = Machine(world=World(_reminding(120, 90, 15, confirmations=confirmations)))
    machine.deliver(siu(start_local=SOON))
    run(machine, 70)
    offsets = [r.ref.offset for r in machine.world.texts.rows.values()]

    assert said(machine) == heard
    assert offsets == ([0, 15] if confirmations else [90, 15])


def test_a_reminder_that_waits_for_approval_is_kept() -> None:
    """It goes when a person has approved, while it still makes sense."""
    machine = Machine(world=World(_reminding(40)))
    machine.deliver(siu(start_local=SOON))
    run(machine, 5)
    machine.world.configure(_reminding(40, status=ConnectionStatus.PENDING_APPROVAL))
    run(machine, 30)
    asleep = said(machine)
    machine.world.configure(_reminding(40))
    run(machine, 5)

    assert (asleep, said(machine)) == (["scheduled"], ["scheduled", "reminder"])


@pytest.mark.parametrize(("minutes", "heard"), [(30, ["reminder", "cancelled"]), (10, [])])
def test_a_cancel_is_told_to_who_was_reminded_where_no_confirmations_are_sent(
    minutes: int, heard: list[str]
) -> None:
    """Who was told nothing yet has nothing to be taken back; the phone goes with the outcome."""
    machine = Machine(world=World(_reminding(40, confirmations=False)))
    machine.deliver(siu(start_local=SOON))
    run(machine, minutes)
    machine.deliver(siu("S15", at(minutes), start_local=SOON))
    run(machine, 5)

    assert said(machine) == heard
    assert machine.world.row().texting.phone is None


@pytest.mark.parametrize(
    ("booked", "hour", "offset"),
    [
        # moved to 20:59 by the night, while the text of the booking waits for 08:00
        ((20, 58, 40), 9, 120),
        # due within the half minute in which corrections are waited for
        ((10, 59, 50), 12, 60),
    ],
)
def test_a_reminder_does_not_come_before_the_text_of_its_own_version(
    booked: tuple[int, int, int], hour: int, offset: int
) -> None:
    """It would say the same, and sooner: one text, the booking's."""
    machine = Machine(world=World(_reminding(offset)))
    clock, today = machine.world.clock, WALL.replace(day=1, tzinfo=ZoneInfo(ZONE))
    began = today.replace(hour=booked[0], minute=booked[1], second=booked[2]).astimezone(UTC)
    clock.now = began
    day = today if hour == 12 else today + timedelta(days=1)
    machine.deliver(siu("S12", began, start_local=day.replace(hour=hour, minute=0, tzinfo=None)))
    machine.work()
    while clock.now < began + timedelta(seconds=70):
        clock.advance(seconds=10)
        if clock.now.second == 0:
            machine.world.run_agenda()
        machine.work()
    run(machine, 60 * 12)

    assert said(machine) == ["scheduled"]
    assert ("reminder", "superseded") in outcomes(machine)
