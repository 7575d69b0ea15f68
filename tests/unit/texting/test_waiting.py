"""What has to wait, waits unclaimed: at night, in a pause, behind a brake, for approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared_code.connections.domain import Connection
from shared_code.oversight.domain.circuit import CLOSED, Circuit
from shared_code.oversight.ports import Switch
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT
from shared_code.texting.domain.holds import BRAKE, PAUSE
from shared_code.texting.domain.plan import SEND
from shared_code.texting.domain.rate import Reservation
from shared_code.texting.domain.reasons import DEADLINE_PASSED
from shared_code.texting.domain.text import TextState
from tests.unit.texting.telephone import MINUTE, at, moved, outcomes, run, said, sent_at, told
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.machine import Machine
from tests.world.messages import siu
from tests.world.visit import WALL
from tests.world.world import World

DAY = timedelta(days=1)
NIGHT = NOW.replace(hour=8)
"""03:00 in Chicago; 08:00 there is 13:00 in UTC."""
SOON = WALL.replace(day=1, hour=10, minute=0)
"""An hour after NOW."""


def _set(world: World, name: str) -> None:
    world.switches.set(Switch(name, "somebody", world.clock()))


def _reminding(*minutes: int, confirmations: bool = True, **changes: Any) -> Connection:
    sms = replace(ENABLED, reminders=minutes, confirmations=confirmations)
    return connection(sms=sms, **changes)


def _at_night(body: bytes, now: datetime = NIGHT) -> Machine:
    machine = Machine()
    machine.world.clock.now = now
    machine.deliver(body)
    return machine


def test_a_booking_at_three_in_the_morning_is_told_at_eight() -> None:
    """Meanwhile nothing is claimed, no hint is sent, and one row stands on the agenda."""
    machine = _at_night(siu("S12", NIGHT))
    run(machine, 5)
    world = machine.world
    record, held = world.record(), list(world.service.posts)
    rows = [row.due for row in world.agenda.rows.values() if row.duty == SEND]
    hints = []
    for _ in range(290):
        world.clock.advance(minutes=1)
        world.run_agenda()
        hints += world.take(SMS_OUTBOUND)
    run(machine, 10)

    assert (TextState.READY, None, NOW.replace(hour=13)) == (
        record.state,
        record.claimed_at,
        record.not_before,
    )
    assert (held, hints, rows) == ([], [], [NOW.replace(hour=13)])
    assert (said(machine), sent_at(machine)) == (["scheduled"], ["01 13:00"])
    assert world.row().texting.settled == world.row().version


@pytest.mark.parametrize("trigger", ["S14", "S15"])
def test_changes_and_cancels_wait_for_the_morning_as_well(trigger: str) -> None:
    """What changes once more at night is told once."""
    machine = told([siu()])
    for hour, minute in ((3, 0), (3, 30)):
        machine.world.clock.now = (NOW + DAY).replace(hour=hour + 5, minute=minute)
        when = machine.world.clock()
        start = WALL + minute * DAY if trigger == "S14" else WALL
        machine.deliver(siu(trigger, when, start_local=start))
        run(machine, 5)
    asleep = said(machine)
    run(machine, 280)

    assert asleep == ["scheduled"]
    assert said(machine) == ["scheduled", "changed" if trigger == "S14" else "cancelled"]
    assert sent_at(machine)[-1] == "02 13:00"


def test_a_cancel_at_night_of_what_waits_for_the_morning_is_no_text_at_all() -> None:
    """Neither the booking nor its cancel was ever told."""
    machine = _at_night(siu("S12", NIGHT))
    run(machine, 5)
    machine.deliver(siu("S15", NIGHT + 5 * MINUTE))
    run(machine, 320)

    assert said(machine) == []
    assert machine.world.row().texting.phone is None


@pytest.mark.parametrize(("hour", "minute", "sent"), [(8, 59, "01 08:02"), (9, 0, "01 13:00")])
def test_a_visit_before_nine_that_morning_is_told_at_once(
    hour: int, minute: int, sent: str
) -> None:
    """To wait until eight would be too late."""
    machine = _at_night(
        siu("S12", NIGHT, start_local=WALL.replace(day=1, hour=hour, minute=minute))
    )
    run(machine, 305)

    assert sent_at(machine) == [sent]


@pytest.mark.parametrize("name", [PAUSE, f"{PAUSE}~lamna", f"{BRAKE}~lamna"])
def test_a_pause_and_the_brake_hold_what_is_not_claimed(name: str) -> None:
    """It goes within minutes after they are lifted, and not if it was overtaken meanwhile."""
    machine = Machine()
    _set(machine.world, name)
    machine.deliver(siu())
    run(machine, 20)
    held = machine.world.record()
    machine.deliver(moved(20, start_local=WALL + DAY))
    run(machine, 5)
    asleep = said(machine)
    machine.world.switches.clear(name)
    run(machine, 4)

    assert (held.state, held.claimed_at, held.held_by) == (TextState.READY, None, name[:5])
    assert (asleep, said(machine)) == ([], ["scheduled"])


def test_another_connection_s_pause_holds_nothing() -> None:
    """Each has its own."""
    world = World()
    for name in (PAUSE, BRAKE):
        _set(world, f"{name}~relecloud")

    assert said(told([siu()], world=world)) == ["scheduled"]


def test_the_brake_does_not_hold_reminders() -> None:
    """They were foreseen; a pause holds them."""
    heard = []
    for name in (BRAKE, PAUSE):
        machine = Machine(world=World(_reminding(30)))
        machine.deliver(siu(start_local=SOON))
        run(machine, 5)
        _set(machine.world, f"{name}~lamna")
        run(machine, 30)
        heard.append(said(machine))

    assert heard == [["scheduled", "reminder"], ["scheduled"]]


@dataclass
class _Busy:
    """The ports CircuitBreaker and RateWindow, when there is no room before `until`."""

    until: datetime
    asked: int = 0

    def acquire(self, now: datetime) -> datetime | None:
        """Then."""
        return self.until if now < self.until else None

    def record(self, answered: bool, now: datetime) -> None:
        """Does nothing."""

    def release(self, now: datetime) -> None:
        """Does nothing."""

    def look(self, now: datetime) -> Circuit:
        """Closed."""
        return CLOSED

    def reserve(self, number: str, wanted: Reservation, now: datetime) -> datetime:
        """Then."""
        self.asked += 1
        return self.until

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Nothing."""
        return {}


@pytest.mark.parametrize("minutes", [0.5, 1, 5, 6, 90])
def test_a_short_wait_sleeps_in_the_queue_and_a_long_one_on_the_agenda(minutes: float) -> None:
    """Five minutes are the border; nothing is claimed meanwhile."""
    until = at(minutes)
    world = World()
    world.circuit = _Busy(until)
    world.apply()
    world.send(world.hint())
    asleep = [delay for _, delay in world.take(SMS_OUTBOUND)]
    rows = [row.due for row in world.agenda.rows.values() if row.duty == SEND]
    record = world.record()

    assert (record.not_before, record.held_by, record.claimed_at) == (until, "outage", None)
    assert (asleep, rows) == (([], [until]) if minutes > 5 else ([minutes * 60], []))


@pytest.mark.parametrize("by", [{}, {"by": "agenda"}])
def test_a_booked_slot_is_waited_for_by_this_hint_and_used(by: dict[str, str]) -> None:
    """Also by one of the agenda's, which looks too rarely; a booked slot is not booked again."""
    world, until = World(), at(10)
    rate = _Busy(until)
    world.rate = rate
    world.apply()
    world.send(world.hint() | by)
    ((work, delay),) = world.take(SMS_OUTBOUND)
    record = world.record()
    world.clock.advance(seconds=delay - 20)
    world.send({"text": str(world.record().ref)})
    early = world.take(SMS_OUTBOUND)
    world.clock.now = until
    world.send(work)

    assert (record.slot, record.not_before, delay) == (until, until, 600)
    assert [left for _, left in early] == [20]
    assert (rate.asked, len(world.service.posts)) == (1, 1)


def test_a_slot_that_has_passed_is_booked_again() -> None:
    """Its place in the rate is gone."""
    world = World()
    rate = _Busy(at(1))
    world.rate = rate
    world.apply()
    world.send(world.hint())
    ((work, _),) = world.take(SMS_OUTBOUND)
    world.clock.now, rate.until = at(3), at(4)
    world.send(work)

    assert (rate.asked, world.record().slot, world.service.posts) == (2, at(4), [])


@pytest.mark.parametrize(
    ("bodies", "queue"),
    [
        ([siu(start_local=WALL)], SMS_OUTBOUND),
        ([siu(start_local=WALL.replace(day=2, hour=9))], SMS_OUTBOUND),
        ([siu(start_local=WALL.replace(day=2, hour=8))], SMS_URGENT),
        ([siu(), moved(1, start_local=WALL + DAY)], SMS_URGENT),
        ([siu(), siu("S15", at(1))], SMS_URGENT),
        ([siu(), moved(1, visit_code="1001")], SMS_URGENT),
    ],
)
def test_what_cannot_wait_takes_the_urgent_queue(bodies: list[bytes], queue: str) -> None:
    """Cancellation notices, changes, and first texts of a visit within the next day."""
    world = World()
    for body in bodies:
        world.queues.sent.clear()
        world.apply(body)

    assert [name for name, _, _ in world.queues.sent] == [queue]


def test_reminders_never_take_the_urgent_queue() -> None:
    """They were foreseen."""
    world = World(_reminding(60))
    world.apply(siu(start_local=SOON + timedelta(minutes=1)))
    world.queues.sent.clear()
    world.clock.advance(minutes=1)
    world.run_agenda()

    assert [name for name, _, _ in world.queues.sent] == [SMS_OUTBOUND]


def test_a_visit_booked_and_begun_in_the_night_has_its_reason() -> None:
    """Nothing is told of a visit that has begun."""
    machine = Machine()
    _set(machine.world, PAUSE)
    machine.deliver(siu(start_local=SOON))
    run(machine, 70)

    assert outcomes(machine) == [("confirmation", DEADLINE_PASSED.code)]
