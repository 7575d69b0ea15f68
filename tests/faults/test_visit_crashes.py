"""
A worker may die before or after any call while it prepares a visit, and there is one meeting.

The story is played once to count its port calls, Graph's included, then once more for each of them
and for each two of them. Whoever comes next goes on when the lease is over.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

import pytest

from shared_code.errors import NotStored
from shared_code.visits.domain.plan import RETIRE_VISIT
from shared_code.visits.domain.visit import LEASE, VisitState
from shared_code.visits.flows.prepare import Ready
from tests.faults.turns import interleaved
from tests.world.machine import Crash, CrashPoint
from tests.world.visiting import Clinic

either = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
troubles = pytest.mark.parametrize("error", [Crash, NotStored])
RUNS = 6
"""Attempts after which a visit must be ready, whatever two of them died of."""


def _attempt(clinic: Clinic, number: int, crash: CrashPoint | None) -> bool:
    """Let a worker follow a hint, or die; return whether it survived."""
    line = clinic.world.line
    if crash is not None:
        line.before, line.after = crash.before_call, crash.after_call
    try:
        clinic.hint(f"worker-{number}")
    except (Crash, NotStored):
        return False
    finally:
        line.before = line.after = lambda call: None
    return True


def _play(*crashes: CrashPoint) -> Clinic:
    clinic = Clinic()
    clinic.book()
    for number in range(RUNS):
        _attempt(clinic, number, crashes[number] if number < len(crashes) else None)
        _check_order(clinic)
        clinic.wait(seconds=LEASE.total_seconds())
    return clinic


def _check_order(clinic: Clinic) -> None:
    """Whatever was stored, what erases it was stored before."""
    if clinic.world.visits.rows.values():
        assert RETIRE_VISIT in {row.duty for row in clinic.world.agenda.rows.values()}
    if clinic.world.organizer_days.days:
        duties = {row.duty for row in clinic.world.agenda.rows.values()}
        assert "retire_organizer_day" in duties


def _calls() -> int:
    clinic = Clinic()
    clinic.book()
    clinic.hint()
    return len(clinic.world.line.calls)


def _wrong(clinic: Clinic, kills: int) -> Iterator[str]:
    asked, visit = clinic.graph.asked, clinic.visit()
    if len(clinic.graph.made) != 1:
        yield f"{len(clinic.graph.made)} meetings"
    if asked["set_lobby"] > 1 + kills:
        yield f"{asked['set_lobby']} PATCHes"
    if visit.state is not VisitState.READY or not visit.lobby_confirmed or visit.leased_until:
        yield f"{visit.state}"
    ((_, organizer, _),) = clinic.graph.made
    if visit.organizer != organizer:
        yield "the meeting is somebody else's"
    counted = sum(use.meetings for use in clinic.world.organizer_days.days.values())
    if not 1 - kills <= counted <= 1 + kills:
        yield f"{counted} meetings counted"
    if clinic.problems():
        yield "a problem was reported without cause"


def test_the_story_without_a_crash_is_the_measure() -> None:
    """It has enough calls to die at."""
    assert list(_wrong(_play(), 0)) == []
    assert _calls() > 15


@troubles
@either
def test_a_crash_at_any_call_costs_at_most_one_patch(
    error: type[BaseException], *, after: bool
) -> None:
    """One meeting, ready, and nothing is left to hold."""
    failures = []
    for number in range(1, _calls() + 1):
        crash = CrashPoint(number, after, error)
        failures += [f"{crash.died_at}: {what}" for what in _wrong(_play(crash), 1)]

    assert failures == []


@either
def test_two_crashes_cost_at_most_two(*, after: bool) -> None:
    """At each two calls of two workers in a row."""
    failures = []
    for first in range(1, _calls() + 1):
        for second in range(1, _calls() + 1):
            crashes = CrashPoint(first, after), CrashPoint(second, not after)
            found = _wrong(_play(*crashes), 2)
            failures += [f"{[crash.died_at for crash in crashes]}: {what}" for what in found]

    assert failures == []


@pytest.mark.parametrize("seeds", [range(start, start + 60) for start in (0, 60, 120)])
def test_two_workers_in_any_order_make_one_meeting(seeds: range) -> None:
    """One PATCH as well, and a clinician, a patient and a hint get the same links."""
    for seed in seeds:
        clinic = Clinic()
        clinic.book()
        patient = random.Random(seed).choice([True, False])
        interleaved(clinic.world, (partial(clinic.hint, "other"), clinic.launch), seed)
        clinic.wait(seconds=LEASE.total_seconds())

        assert isinstance(clinic.launch(patient=patient), Ready), seed
        assert list(_wrong(clinic, 0)) == [], seed


def test_a_killed_launch_is_finished_by_the_agenda() -> None:
    """The browser is gone as well: the hint makes the rest."""
    clinic = Clinic()
    clinic.book()

    def die(call: str) -> None:
        if call == "graph.create_or_get":
            raise Crash

    clinic.world.line.after = die
    with pytest.raises(Crash):
        clinic.launch()
    clinic.world.line.after = lambda call: None
    clinic.wait(seconds=LEASE.total_seconds())
    clinic.hint()

    assert (len(clinic.graph.made), clinic.visit().state) == (1, VisitState.READY)
