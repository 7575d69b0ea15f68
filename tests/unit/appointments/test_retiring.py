"""What is erased when, and that nothing is left in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.appointments.domain import RETIRE_PHONE, RETIRE_ROW
from shared_code.attendance.flows import RETIRE_ATTENDEES
from shared_code.launching.flows.buckets import RETIRE_LAUNCHES, RETIRE_SESSIONS
from shared_code.launching.flows.linked_users import RETIRE_LINKED_USER
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND
from shared_code.texting.domain.metrics import RETIRE_COUNTS
from shared_code.texting.domain.number_day import RETIRE_NUMBERS
from shared_code.texting.domain.plan import SETTLE
from shared_code.texting.domain.reasons import REFUSED_BY_CARRIER
from shared_code.texting.ports import NotSent, OutcomeUnknown, RefusedText
from shared_code.visits.domain.plan import PREPARE_VISIT, RETIRE_ORGANIZER_DAY, RETIRE_VISIT
from tests.world.clock import NOW
from tests.world.line import unavailable
from tests.world.messages import siu
from tests.world.visit import GRACE, START, WALL
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
_TEXT, _ROW, _BUCKET = "lamna~1-0~20260610~1-3fa9c1d2~confirmation~0", "lamna~1-0", "202606101430"
_SUBJECTS = {
    **dict.fromkeys((SETTLE, RETIRE_PHONE, RETIRE_ROW, PREPARE_VISIT), _ROW),
    **dict.fromkeys((RETIRE_VISIT, RETIRE_ATTENDEES, RETIRE_LINKED_USER), _ROW),
    **dict.fromkeys((RETIRE_LAUNCHES, RETIRE_SESSIONS), _BUCKET),
    **dict.fromkeys((RETIRE_COUNTS, RETIRE_NUMBERS), "lamna~20260610"),
    RETIRE_ORGANIZER_DAY: "tenant~0123456789abcdef~2026-06-10",
}
"""What a row of each duty names, where that is no text."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def _run(world: World) -> None:
    world.run_agenda()
    for work, _ in world.take(SMS_OUTBOUND):
        world.send(work)


def _at(world: World, moment: Any) -> None:
    world.clock.now = moment
    _run(world)


def _texted() -> World:
    world = World()
    world.apply()
    world.send(world.hint())
    _at(world, NOW + 2 * MINUTE)
    return world


def test_the_phone_is_erased_after_the_grace() -> None:
    """Not a minute earlier; the row that erases the rest is written before."""
    world = _texted()
    _at(world, START + GRACE - MINUTE)
    kept = world.row().texting.phone
    world.line.calls.clear()
    _at(world, START + GRACE)
    calls = [c for c in world.line.calls if c in ("agenda.add", "appointments.replace")]
    retire = [row for row in world.agenda.rows.values() if row.duty == RETIRE_ROW]

    assert kept is not None
    assert world.row().texting.phone is None
    assert calls.index("agenda.add") < calls.index("appointments.replace")
    assert [row.due for row in retire] == [START + GRACE + 30 * DAY]


def test_a_cancelled_visit_is_left_without_phone_and_goes_after_thirty_days() -> None:
    """
    Thirty days after it would have been: an older change that comes late must still find it.
    Also one that was never booked here.
    """
    world = World()
    world.apply(siu("S15"))
    _at(world, NOW + 2 * MINUTE)
    _at(world, START + 30 * DAY - MINUTE)
    kept = len(world.appointments.rows.values())
    _at(world, START + 30 * DAY)

    assert (kept, world.appointments.rows.values()) == (1, [])


def test_a_moved_visit_keeps_its_phone_until_its_new_end() -> None:
    """The row of the old version does nothing."""
    world = _texted()
    world.apply(siu("S14", LATER, start_local=WALL + 3 * DAY))
    _at(world, START + GRACE)
    kept = world.row().texting.phone
    _at(world, START + GRACE + 20 * MINUTE)
    _at(world, START + GRACE + 3 * DAY)

    assert kept is not None
    assert world.row().texting.phone is None


def test_a_phone_that_cannot_be_erased_now_is_erased_a_minute_later() -> None:
    """Its row stays."""
    world = _texted()
    world.line.before = unavailable("appointments.replace", times=1)
    _at(world, START + GRACE)
    kept = world.row().texting.phone
    _at(world, START + GRACE + MINUTE)

    assert kept is not None
    assert world.row().texting.phone is None


def test_a_link_is_erased_a_week_after_it_expired() -> None:
    """Until then it can say that it has expired."""
    world = _texted()
    end = START + timedelta(hours=12) + 7 * DAY
    _at(world, end - MINUTE)
    kept = len(world.links.rows.values())
    _at(world, end)

    assert (kept, world.links.rows.values()) == (1, [])


def test_an_outcome_is_erased_after_180_days() -> None:
    """Reports reach no further back."""
    world = _texted()
    midnight = START.replace(hour=0, minute=0) + 180 * DAY
    _at(world, midnight - MINUTE)
    kept = len(world.texts.rows.values())
    _at(world, midnight)

    assert (kept, world.texts.rows.values()) == (1, [])


def test_letters_and_problems_are_erased_after_seven_days() -> None:
    """Wherever they came from."""
    world = World()
    assert world.post(siu()).status == 200
    ((work, _),) = world.take(HL7_INBOUND)
    world.services.intake.apply_schedule.on_message({**work, "sealed": "AAAA"})
    kept = (len(world.dead_letter_store.rows.values()), len(world.problem_store.rows.values()))
    _at(world, NOW + 7 * DAY - MINUTE)
    still = (len(world.dead_letter_store.rows.values()), len(world.problem_store.rows.values()))
    _at(world, NOW + 7 * DAY)

    assert (1, 1) == kept == still
    assert (world.dead_letter_store.rows.values(), world.problem_store.rows.values()) == ([], [])


@pytest.mark.parametrize("duty", sorted(World().services.duties))
def test_every_duty_has_somebody_who_does_it(duty: Duty) -> None:
    """A row for an object that is gone is dropped in the end, whatever its duty."""
    world = World()
    world.agenda.add([AgendaRow(NOW, duty, _SUBJECTS.get(duty, _TEXT), "1-3fa9c1d2")])
    for _ in range(20):
        _at(world, world.clock() + MINUTE)
    _at(world, START + 200 * DAY)

    assert world.agenda.rows.values() == []


def _booked_moved_cancelled(world: World) -> None:
    world.apply()
    _run(world)
    world.apply(siu("S14", LATER, start_local=WALL + DAY))
    _run(world)
    world.apply(siu("S15", LATER + MINUTE))


def _unusable_phone(world: World) -> None:
    world.apply(siu(phone="555-0142"))


def _refused(world: World) -> None:
    world.service.usual = RefusedText(REFUSED_BY_CARRIER)
    world.apply()


def _never_sent(world: World) -> None:
    world.service.usual = NotSent(30)
    world.apply()


def _unknown(world: World) -> None:
    world.service.usual = OutcomeUnknown()
    world.apply()


def _cancelled_before_its_text(world: World) -> None:
    world.apply()
    world.apply(siu("S15", LATER))


def _without_start(world: World) -> None:
    world.apply(siu().replace(f"{WALL:%Y%m%d%H%M}".encode(), b""))


@pytest.mark.parametrize(
    "story",
    [
        _booked_moved_cancelled,
        _unusable_phone,
        _refused,
        _never_sent,
        _unknown,
        _cancelled_before_its_text,
        _without_start,
    ],
)
def test_in_the_end_nothing_is_left(story: Any) -> None:
    """Whatever became of it: no row in any table, nothing on the agenda."""
    world = World()
    story(world)
    for _ in range(10):
        world.clock.advance(minutes=1)
        _run(world)
    for day in range(1, 260):
        _at(world, NOW + timedelta(days=day, minutes=day + 20))
    ports = (
        world.agenda,
        world.appointments,
        world.texts,
        world.links,
        world.problem_store,
        world.dead_letter_store,
    )

    assert [row for port in ports for row in port.rows.values()] == []
