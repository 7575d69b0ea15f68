"""Which visit of a series a message is about, where one is stored that says no occurrence."""

from __future__ import annotations

import pytest

from shared_code.hl7.schedule_event import BOOKS
from shared_code.intake.flows.occurrences import OCCURRENCE_DOUBTFUL
from shared_code.texting.domain.reasons import OCCURRENCE_UNSAID
from tests.unit.intake.test_occurrences import (
    APART,
    MINUTE,
    WEEK,
    active_of,
    of_series,
    problems_of,
    rows_of,
    world_of,
)
from tests.world.clock import NOW
from tests.world.messages import altered
from tests.world.visit import START


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S15", "S17", "S26"])
@pytest.mark.parametrize("which", ["2", "7", "2026-06-17"])
def test_a_visit_without_an_occurrence_is_not_that_of_another_start(
    trigger: str, which: str
) -> None:
    """Neither moved nor cancelled by it; who changes what nobody knows is a problem."""
    world = world_of(APART, of_series(""))
    before = rows_of(world)[None]
    world.apply(of_series(which, trigger, NOW + MINUTE, week=1))

    rows = rows_of(world)
    assert (rows[None], rows[which].start) == (before, START + WEEK)
    books = trigger in BOOKS
    assert problems_of(world) == (set() if books else {OCCURRENCE_DOUBTFUL.code})


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S15"])
@pytest.mark.parametrize("start", ["202606101330", "20260610133030", "20260610133000-0500"])
def test_a_visit_without_an_occurrence_is_that_of_the_same_start(trigger: str, start: str) -> None:
    """To the minute, in UTC: rows of an earlier release go on."""
    world = world_of(APART, of_series(""))
    world.apply(altered(of_series("2", trigger, NOW + MINUTE), SCH_11=f"^^^{start}"))

    assert (world.row().occurrence, problems_of(world)) == ("2", set())


def test_a_message_without_a_start_means_the_only_visit() -> None:
    world = world_of(APART, of_series(""))
    world.apply(altered(of_series("2", "S15", NOW + MINUTE), SCH_11=""))

    assert (active_of(world), world.row().occurrence, problems_of(world)) == ([], "2", set())


@pytest.mark.parametrize("trigger", ["S12", "S13"])
def test_a_booking_without_an_occurrence_does_not_move_a_later_visit(trigger: str) -> None:
    """Which one it is nobody knows; somebody is told."""
    world = world_of(APART, of_series("2", week=1))
    before = rows_of(world)
    world.apply(of_series("", trigger, NOW + MINUTE))

    assert (rows_of(world), problems_of(world)) == (before, {OCCURRENCE_UNSAID.code})
