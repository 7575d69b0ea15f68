"""Erasing a patient while everything else goes on, and through every fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import ERASED
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND
from shared_code.texting.domain.plan import REMINDER, SEND
from shared_code.texting.domain.reasons import REFUSED_BY_CARRIER
from shared_code.texting.ports import (
    Accepted,
    NotSent,
    OutcomeUnknown,
    RefusedText,
    SendResult,
)
from tests.unit.operating.erasing import (
    ELSEWHERE,
    LATER,
    booked,
    erase,
    left,
    texted,
    work_off,
)
from tests.world.connection import ENABLED, connection
from tests.world.line import unavailable
from tests.world.machine import Crash, CrashPoint
from tests.world.messages import siu
from tests.world.visit import KEY, PHONE, START
from tests.world.world import World


def _calls_of(job: Callable[[], object], world: World) -> list[str]:
    world.line.calls.clear()
    job()
    return list(world.line.calls)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [False, True])
def test_a_crash_anywhere_and_a_repetition_erase_all(*, after: bool, number: bool) -> None:
    """Whether the process died or storage did not answer, before or after a call took effect."""
    asked = {"number": PHONE} if number else {"appointment": KEY}

    def fresh() -> World:
        world = texted()
        world.apply(siu(key="37001"))
        world.apply(siu(**ELSEWHERE))
        if number:  # only its text leads from the number to the first one
            world.apply(siu("S14", LATER, phone="(608)555-0144"))
        return world

    first = fresh()
    for place in range(1, len(_calls_of(partial(erase, first, **asked), first)) + 1):
        world = fresh()
        refs = [each.ref for each in world.appointments.rows.values()]
        point = CrashPoint(place, after, Crash)
        world.line.before, world.line.after = point.before_call, point.after_call
        with pytest.raises(Crash):
            erase(world, **asked)
        repeated = erase(world, **asked)[0]
        assert repeated == 200 or (repeated == 404 and "remove" in point.died_at), point.died_at
        assert [left(world, ref) for ref in refs[:2]] == [{}, {}], point.died_at
        assert left(world, refs[2])["rows"] == 1


@pytest.mark.parametrize("call", ["texts.remove", "links.remove", "appointments.all_of"])
def test_storage_that_does_not_answer_is_503(call: str) -> None:
    """The next call goes on."""
    world = texted()
    ref = world.ref()
    world.line.before = unavailable(call, times=1)
    assert erase(world)[1]["code"] == "storage_unavailable"
    assert erase(world)[0] == 200
    assert left(world, ref) == {}


def test_an_appointment_that_others_keep_changing_is_409() -> None:
    """Nobody waits for ever; the next call goes on."""
    world = texted()

    def change(call: str) -> None:
        if call == "appointments.remove":
            stored = world.appointments.rows.get(world.ref())
            assert stored is not None
            world.appointments.rows.replace(world.ref(), stored.value, stored.etag)

    world.line.before = change
    assert erase(world)[1]["code"] == "write_conflict"
    assert world.row().texting.blocked == ERASED
    world.line.before = lambda call: None
    assert erase(world) == (200, {"erased": 1, "continue": False})


class _Meanwhile:
    """Does something once, before the call of that number."""

    def __init__(self, world: World, place: int, job: Callable[[], object]) -> None:
        self.world, self.left, self.job = world, place, job
        world.line.before = self

    def __call__(self, call: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.job()


RESULTS: list[SendResult] = [
    Accepted("sent"),
    RefusedText(REFUSED_BY_CARRIER),
    NotSent(),
    OutcomeUnknown(),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda each: type(each).__name__)
def test_a_text_on_its_way_leaves_nothing(result: SendResult) -> None:
    """At whatever moment it is erased: neither claim, link, outcome nor problem comes after."""
    world = booked()
    work = world.hint()
    world.service.usual = result
    for place in range(1, len(_calls_of(partial(world.send, work), world)) + 1):
        world = booked()
        work, ref = world.hint(), world.ref()
        world.service.usual = result
        _Meanwhile(world, place, partial(erase, world))
        world.send(work)
        world.line.before = lambda call: None
        assert world.appointments.rows.values() == []
        world.queues.send(SMS_OUTBOUND, work)
        work_off(world)
        assert left(world, ref) == {}, place
        assert len(world.service.posts) <= 1


def test_nothing_is_made_anew_by_what_comes_late() -> None:
    """Hints, repeated hints, reports, replies, and half a year of the agenda."""
    world = World(connection=connection(sms=replace(ENABLED, reminders=(60,))))
    world.apply()
    work, ref, version = world.hint(), world.ref(), str(world.row().version)
    world.send(work)
    tag = str(world.record().ref)
    world.agenda.add([AgendaRow(world.clock(), SEND, tag, version)])
    erase(world)
    results = world.services.texting.text_results
    for delivery in ("failed", "delivered"):
        event = {"event": "report", "text": tag, "delivery": delivery, "message": "m"}
        results.on_event({**event, "reason": "delivery_unreachable"})
    world.send(work)
    world.queues.send(SMS_OUTBOUND, {"text": tag.replace("confirmation~0", "reminder~60")})
    assert REMINDER in {row.duty for row in world.agenda.rows.values()}
    work_off(world, days=200)

    assert left(world, ref) == {}
    assert world.links.rows.values() == []
    assert [str(ref) in repr(row) for row in world.agenda.rows.values()] == []
    assert len(world.service.posts) == 1


def test_a_later_message_makes_the_appointment_anew() -> None:
    """Epic still has it."""
    world = texted()
    erase(world)
    world.apply(siu("S14", LATER))
    world.send(world.hint())
    assert (world.row().version.counter, len(world.service.executed)) == (1, 2)


def test_a_message_in_the_midst_is_erased_or_makes_it_anew() -> None:
    """Whatever the moment: all is there, or nothing."""
    first = texted()
    for place in range(1, len(_calls_of(partial(erase, first), first)) + 1):
        world = texted()
        ref, moved = world.ref(), siu("S13", LATER, start_local=START.replace(tzinfo=None))
        assert world.post(moved).status == 200
        ((work, _),) = world.take(HL7_INBOUND)
        apply = partial(world.services.intake.apply_schedule.on_message, work)
        _Meanwhile(world, place, apply)
        assert erase(world)[0] == 200
        world.line.before = lambda call: None
        work_off(world)
        found = left(world, ref)
        assert found == {} or found["rows"] == 1, place
        assert found == {} or world.row().texting.blocked is None


def _too_late(world: World) -> Callable[[], object]:
    """A text whose time has passed ends as not sent."""
    work = world.hint()
    world.clock.now = START
    return partial(world.send, work)


def _given_up(world: World) -> Callable[[], object]:
    """A text whose request may have been executed ends as unknown."""
    world.service.usual = OutcomeUnknown()
    work = world.hint()
    world.send(work)
    world.clock.advance(minutes=10)
    return partial(world.send, work)


def _failed(world: World) -> Callable[[], object]:
    """The carrier reports why it did not deliver."""
    world.send(world.hint())
    reported = {"text": str(world.record().ref), "delivery": "failed"}
    event = {"event": "report", **reported, "reason": "delivery_number_invalid"}
    return partial(world.services.texting.text_results.on_event, event)


def _settled(world: World) -> Callable[[], object]:
    """The agenda settles a version."""
    world.send(world.hint())
    world.clock.advance(minutes=5)
    return world.run_agenda


@pytest.mark.parametrize("prepared", [_too_late, _given_up, _failed, _settled])
def test_an_outcome_in_the_midst_leaves_nothing(
    prepared: Callable[[World], Callable[[], object]],
) -> None:
    """Neither a record nor a problem that names it, whatever the moment."""
    world = booked()
    for place in range(1, len(_calls_of(prepared(world), world)) + 1):
        world = booked()
        ref, job = world.ref(), prepared(world)
        _Meanwhile(world, place, partial(erase, world))
        job()
        world.line.before = lambda call: None
        work_off(world)
        assert left(world, ref) == {}, place
