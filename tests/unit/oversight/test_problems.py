"""Reports of one kind are one problem a day; it is settled, closed, and opened again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared_code.errors import Code, Conflict
from shared_code.oversight.domain.problem import MOST_FURTHER, MOST_SUBJECTS, Closing, Problem
from shared_code.oversight.flows.problems import KEPT, RETIRE_PROBLEM, Problems
from shared_code.oversight.ports import Owner
from tests.world.logs import captured_logs
from tests.world.world import World

KIND, OTHER = Code("phone_missing"), Code("start_missing")
LAMNA, FABRIKAM = Owner("tenant", "lamna"), Owner("tenant", "fabrikam")


@pytest.fixture
def world() -> World:
    """Return an empty installation."""
    return World()


def _problems(world: World) -> Problems:
    return Problems(world.problem_store, world.agenda)


def _kept(world: World) -> list[tuple[str, str, int, int]]:
    """Return code, connection, count and settled of each problem."""
    kept = world.problem_store.rows.values()
    return [(each.code, each.connection, each.count, each.settled) for each in kept]


def test_subjects_of_a_kind_and_day_make_one_problem(world: World) -> None:
    """Another kind, connection or day (UTC) makes another; the same subject counts once."""
    now = world.clock()
    for subject in ("a", "b", "a"):
        _problems(world).report(KIND, subject, now, LAMNA)
    _problems(world).report(OTHER, "a", now, LAMNA)
    _problems(world).report(KIND, "a", now, FABRIKAM)
    _problems(world).report(KIND, "a", now + timedelta(days=1), LAMNA)

    expected = [(KIND, "lamna", 2, 0), (OTHER, "lamna", 1, 0), (KIND, "fabrikam", 1, 0)]
    assert [*expected, (KIND, "lamna", 1, 0)] == _kept(world)
    assert world.problem_store.rows.values()[0].subjects == ("a", "b")


def test_each_subject_can_be_a_problem_of_its_own(world: World) -> None:
    """Where somebody must act for each of them."""
    for subject in ("a", "b", "a"):
        _problems(world).report(KIND, subject, world.clock(), LAMNA, each=True)

    assert _kept(world) == [(KIND, "lamna", 1, 0)] * 2


def test_five_thousand_reports_are_one_problem(world: World) -> None:
    """In many threads at once: all are counted, 150 are named, one row of the agenda erases."""
    report, now = _problems(world).report, world.clock()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: report(KIND, f"subject {n}", now, LAMNA), range(5_000)))
    (problem,) = world.problem_store.rows.values()

    assert (problem.count, len(problem.subjects)) == (5_000, MOST_SUBJECTS)
    due = world.agenda.due(now + KEPT + timedelta(minutes=1))
    assert [problem.id] == [row.subject for row in due if row.duty == RETIRE_PROBLEM]


def test_contention_never_fails_who_reports(world: World) -> None:
    """The log says that one is missing from the count."""

    class Busy:
        def change(self, *_: object) -> Problem | None:
            raise Conflict

    with captured_logs() as lines:
        problems = Problems(Busy(), world.agenda)  # type: ignore[arg-type]
        problems.report(KIND, "a", world.clock(), LAMNA)

    assert '"event": "problem.not_counted"' in lines.getvalue()


def test_a_problem_whose_subjects_are_all_settled_is_open_no_more(world: World) -> None:
    """Settling one that was not reported, or of another connection, changes nothing."""
    problems, now = _problems(world), world.clock()
    for subject in ("a", "b"):
        problems.report(KIND, subject, now, LAMNA)
    later = now + timedelta(days=6)

    problems.settle(KIND, "a", LAMNA, later)
    problems.settle(KIND, "a", LAMNA, later)
    problems.settle(KIND, "c", LAMNA, later)
    problems.settle(KIND, "b", FABRIKAM, later)
    problems.settle(OTHER, "b", LAMNA, later)
    assert world.problem_store.rows.values()[0].is_open
    problems.settle(KIND, "b", LAMNA, later)

    assert _kept(world) == [(KIND, "lamna", 2, 2)]
    assert not world.problem_store.rows.values()[0].is_open


def test_settling_reaches_every_day_and_both_ways_of_reporting(world: World) -> None:
    """A subject may have been reported on several days."""
    problems, now = _problems(world), world.clock()
    for days, each in ((0, False), (3, False), (3, True)):
        problems.report(KIND, "a", now + timedelta(days=days), LAMNA, each=each)
    problems.settle(KIND, "a", LAMNA, now + timedelta(days=4))

    assert _kept(world) == [(KIND, "lamna", 1, 1)] * 3


def test_what_is_reported_after_it_was_settled_is_open_again(world: World) -> None:
    """It happened once more; a repetition of the report still counts once."""
    problems, now = _problems(world), world.clock()
    problems.report(KIND, "a", now, LAMNA)
    problems.settle(KIND, "a", LAMNA, now)
    problems.report(KIND, "a", now, LAMNA)
    problems.report(KIND, "a", now, LAMNA)

    assert _kept(world) == [(KIND, "lamna", 2, 1)]
    assert world.problem_store.rows.values()[0].is_open


def test_a_problem_that_forgot_subjects_waits_for_a_person() -> None:
    """Nobody knows of one beyond those that are kept whether it was settled."""
    world = World()
    problems, now = _problems(world), world.clock()
    most = MOST_SUBJECTS + MOST_FURTHER
    for number in range(most + 1):
        problems.report(KIND, str(number), now, LAMNA)
    for number in range(most + 1):
        problems.settle(KIND, str(number), LAMNA, now)
    (problem,) = world.problem_store.rows.values()

    assert (problem.count, problem.settled, problem.subjects) == (most + 1, most, ())
    assert problem.is_open
    closed = problem.closed_by_person(Closing.CALLED)
    assert (closed.closed, closed.settled, closed.is_open) == (Closing.CALLED, most + 1, False)
    assert closed == closed.closed_by_person(Closing.NOT_NEEDED)
    again = closed.reported("new", now)
    assert (again.closed, again.count, again.is_open) == (None, most + 2, True)


def test_sixty_wrong_numbers_are_all_named(world: World) -> None:
    """Each leads to a patient; when all are settled, nobody has to close the problem."""
    problems, now = _problems(world), world.clock()
    everybody = tuple(f"lamna~1-{number:032x}" for number in range(60))
    for subject in everybody * 2:
        problems.report(KIND, subject, now, LAMNA)
    (before,) = world.problem_store.rows.values()
    for subject in everybody:
        problems.settle(KIND, subject, LAMNA, now)
    (after,) = world.problem_store.rows.values()

    assert (before.subjects, before.count) == (everybody, 60)
    assert (after.subjects, after.is_open) == ((), False)


def test_a_subject_beyond_those_named_counts_once_and_is_settled(world: World) -> None:
    """And is named when it is reported again and others were settled."""
    problems, now = _problems(world), world.clock()
    for number in range(MOST_SUBJECTS + 3):
        problems.report(KIND, str(number), now, LAMNA)
        problems.report(KIND, str(number), now, LAMNA)
    problems.settle(KIND, str(MOST_SUBJECTS), LAMNA, now)
    for number in range(MOST_SUBJECTS):
        problems.settle(KIND, str(number), LAMNA, now)
    problems.report(KIND, str(MOST_SUBJECTS + 1), now, LAMNA)
    (problem,) = world.problem_store.rows.values()

    assert (problem.count, problem.settled) == (MOST_SUBJECTS + 3, MOST_SUBJECTS + 1)
    assert problem.subjects == (str(MOST_SUBJECTS + 1),)
    assert (len(problem.further), problem.is_open) == (1, True)


def test_the_digests_of_a_closed_problem_are_forgotten(world: World) -> None:
    """What is reported then counts anew."""
    problems, now = _problems(world), world.clock()
    for number in range(MOST_SUBJECTS + 1):
        problems.report(KIND, str(number), now, LAMNA)
    (problem,) = world.problem_store.rows.values()
    closed = problem.closed_by_person(Closing.CALLED)

    assert (closed.further, closed.has(str(MOST_SUBJECTS))) == ((), False)
    assert closed.reported(str(MOST_SUBJECTS), now).is_open
