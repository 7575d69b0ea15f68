"""A problem stays as long as somebody can still act on it: until its visit, if that is ahead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared_code.errors import Code, Reason
from shared_code.hl7.schedule_event import MESSAGE_TIME_UNREADABLE
from shared_code.oversight.domain.problem import Closing
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner
from shared_code.texting.domain.reasons import (
    OUTCOME_UNKNOWN,
    PATIENT_CHANGED,
    PATIENT_DECEASED,
    PHONE_MISSING,
    STATUS_DISAGREES,
)
from tests.world.clock import NOW
from tests.world.connection import TENANT
from tests.world.messages import altered, siu
from tests.world.problems import reported
from tests.world.visit import WALL
from tests.world.world import World

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FAR = WALL + 30 * DAY
"""39 days after NOW, on the wall clock of the visit."""
LAMNA = Owner(TENANT, "lamna")


def _booked(**fields: Any) -> World:
    world = World()
    world.apply(altered(siu(start_local=FAR), **fields))
    return world


def _pass(world: World, days: int) -> None:
    for _ in range(days):
        world.clock.advance(days=1)
        world.run_agenda()


def _all_kept(world: World) -> list[Code]:
    return [each.code for each in world.problem_store.rows.values()]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"SCH_25": "3^CANCELLED"}, STATUS_DISAGREES),
        ({"PID_30": "Y"}, PATIENT_DECEASED),
        ({"PID_13": ""}, PHONE_MISSING),
    ],
)
def test_it_stays_until_a_visit_that_is_far_ahead(fields: dict[str, str], reason: Reason) -> None:
    """And is erased when the visit begins."""
    world = _booked(**fields)
    subject = (str(world.ref()),)
    _pass(world, 8)
    after_a_week = reported(world, reason)
    _pass(world, 30)
    on_the_eve = reported(world, reason)
    _pass(world, 2)

    assert (after_a_week, on_the_eve) == ([subject], [subject])
    assert _all_kept(world) == []


def test_another_patient_stays_a_problem_until_the_visit() -> None:
    """Whoever accepts the patient after weeks still settles it."""
    world = _booked()
    world.apply(altered(siu("S14", NOW + MINUTE, start_local=FAR), PID_3="999999^^^LAMNA^MR"))
    _pass(world, 20)
    kept = reported(world, PATIENT_CHANGED)
    problems = Problems(world.problem_store, world.agenda)
    problems.settle(PATIENT_CHANGED.code, str(world.ref()), LAMNA, world.clock())

    assert kept == [(str(world.ref()),)]
    assert reported(world, PATIENT_CHANGED) == []


def test_a_visit_that_moves_takes_its_problem_along() -> None:
    """The family is called before the new start."""
    world = _booked(PID_30="Y")
    moved = siu("S14", NOW + MINUTE, start_local=FAR + 30 * DAY)
    world.apply(altered(moved, PID_30="Y"))
    _pass(world, 60)

    assert reported(world, PATIENT_DECEASED) == [(str(world.ref()),)]


def test_a_text_whose_outcome_is_unknown_stays_until_its_visit() -> None:
    """Its subject names the text."""
    world = _booked()
    text = f"{world.ref()}~20260710~1-3fa9c1d2~confirmation~0"
    Problems(world.problem_store, world.agenda).report(OUTCOME_UNKNOWN.code, text, NOW, LAMNA)
    _pass(world, 10)

    assert reported(world, OUTCOME_UNKNOWN) == [(text,)]


def test_only_what_is_ahead_stays_in_it() -> None:
    """The other subjects had a visit that is over, or none."""
    world = _booked()
    problems = Problems(world.problem_store, world.agenda)
    for subject in ("launches", str(world.ref()), f"lamna~1-{'0' * 32}"):
        problems.report(PHONE_MISSING.code, subject, NOW, LAMNA)
    _pass(world, 8)
    (problem,) = world.problem_store.rows.values()

    assert (problem.subjects, problem.count, problem.settled) == ((str(world.ref()),), 3, 2)


@pytest.mark.parametrize("subject", ["launches", "lamna", "1-" + "0" * 32, "tenant~20260601~ab"])
def test_what_is_about_no_visit_is_erased_after_seven_days(subject: str) -> None:
    """As it always was."""
    world = World()
    Problems(world.problem_store, world.agenda).report(PHONE_MISSING.code, subject, NOW, LAMNA)
    _pass(world, 6)
    kept = _all_kept(world)
    _pass(world, 2)

    assert (kept, _all_kept(world)) == ([PHONE_MISSING.code], [])


def test_what_is_wrong_with_the_feed_is_reported_anew_each_day() -> None:
    """The visits that it names are examples: they do not keep it."""
    world = _booked(MSH_7="soon")
    before = _all_kept(world)
    _pass(world, 8)

    assert before == [MESSAGE_TIME_UNREADABLE.code]
    assert _all_kept(world) == []


def test_what_a_person_closed_is_erased_after_seven_days() -> None:
    """Nobody has to act on it any more."""
    world = _booked(PID_30="Y")
    (problem,) = world.problem_store.rows.values()
    world.problem_store.change(
        problem.id, lambda kept: kept.closed_by_person(Closing.CALLED) if kept else None
    )
    _pass(world, 8)

    assert _all_kept(world) == []
