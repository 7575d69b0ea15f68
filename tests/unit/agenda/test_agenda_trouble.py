"""Trouble with one row of the agenda stays with that row; the heart beats after every run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.agenda.flows import HEARTBEAT
from shared_code.appointments.domain import RETIRE_PHONE
from shared_code.errors import NotStored, Refused
from shared_code.queues import SMS_OUTBOUND
from shared_code.security.keys import PAYLOAD_UNREADABLE
from shared_code.texting.domain.plan import CLAIM_CHECK, RETIRE_TEXT, SEND, SETTLE
from tests.world.clock import NOW
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import START
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


@pytest.mark.parametrize(
    "error", [NotStored(), Refused(PAYLOAD_UNREADABLE)], ids=lambda e: type(e).__name__
)
def test_trouble_with_one_row_does_not_stop_others(error: NotStored | Refused) -> None:
    """It stays and is tried again; the heart beats all the same."""
    world = _booked()
    world.apply(siu(key="36997", control_id="1000242"))
    world.take(SMS_OUTBOUND)
    failed: list[str] = []

    def once(call: str) -> None:
        if call == "appointments.load" and not failed:
            failed.append(call)
            raise error

    world.line.before = once
    with captured_logs() as log:
        hints = _tick(world, 2)
    again = _tick(world, 1)

    assert (len(hints), len(again)) == (1, 1)
    assert hints[0]["text"] != again[0]["text"]
    assert "agenda.row_stays" in log.getvalue()


@pytest.mark.parametrize(
    ("duty", "subject"),
    [
        (SETTLE, "nonsense"),
        (RETIRE_PHONE, ""),
        (SEND, "a~b"),
        (CLAIM_CHECK, "a~b~c~d~e~f"),
        (RETIRE_TEXT, "x"),
        (Duty("of_another_release"), "lamna~1-0"),
    ],
)
def test_a_row_that_cannot_be_read_does_not_stop_others(duty: Duty, subject: str) -> None:
    """Another release may have written it, and this one must go on with its work."""
    world = _booked()
    world.agenda.add([AgendaRow(NOW, duty, subject, "1-3fa9c1d2")])

    assert len(_tick(world, 2)) == 1
    assert world.clock() == world.switches.last_beat(HEARTBEAT)


def test_every_run_beats() -> None:
    """Also one with nothing to do; health looks at it."""
    world = World()
    count = world.run_agenda()

    assert (count, world.switches.last_beat(HEARTBEAT)) == (0, NOW)


def test_an_agenda_that_cannot_be_read_does_not_beat() -> None:
    """Then the app is not healthy, and the host tries again in a minute."""
    world = World()
    world.line.before = unavailable("agenda.due")

    with pytest.raises(NotStored):
        world.run_agenda()
    assert world.switches.last_beat(HEARTBEAT) is None


def test_a_changed_row_is_settled_later() -> None:
    """The write is under the ETag of what was read; the row stays and looks again."""
    world = _booked()
    world.send(_tick(world, 2)[0])

    def meanwhile(call: str) -> None:
        if world.line.calls[-2:] == ["texts.of", call]:
            world.line.after = unavailable()
            found = world.appointments.load(world.ref())
            assert found is not None
            world.appointments.replace(replace(found.value, language="es"), found.etag)

    world.line.after = meanwhile
    _tick(world, 2)
    unsettled = world.row().texting.settled
    _tick(world, 1)

    assert (unsettled, world.row().language) == (None, "es")
    assert world.row().version == world.row().texting.settled
    assert world.clock() < START


def test_a_duty_that_cannot_be_postponed_stays_where_it_is() -> None:
    """The later row is there before the earlier one goes: between the two nobody would know."""
    world = _booked()
    world.line.before = unavailable("agenda.add")
    _tick(world, 2)
    world.line.before = unavailable()

    assert len(_tick(world, 1)) == 1
