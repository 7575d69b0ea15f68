"""Problems: one for a kind, connection and day, counted, settled, and readable for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.errors import Code
from shared_code.oversight.domain.problem import Closing, Problem, digest_of
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner, ProblemStore
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import in_storage

HOUR = timedelta(hours=1)
DAY = examples.MOMENT.date()
KIND = Code("phone_missing")


@pytest.fixture
def store(ports: Ports) -> ProblemStore:
    """Return the port, in memory or in storage."""
    return ports.problem_store


def _mine(store: ProblemStore, mine: str) -> list[Problem]:
    return [each for each in store.list() if each.connection == mine]


def _set(problem: Problem) -> Callable[[Problem | None], Problem]:
    return lambda before: problem


def test_a_problem_comes_back_whole(store: ProblemStore, mine: str) -> None:
    """Also after it was changed, and closed by a person."""
    problem = examples.problem(mine, mine[1:])
    closed = replace(problem, count=70, settled=70, subjects=(), closed=Closing.CALLED)
    for each in (
        problem,
        replace(problem, subjects=("one", "two é"), count=3, settled=1, further=("ab", "cd")),
        closed,
    ):
        assert each == store.change(problem.id, _set(each))
        assert [each] == _mine(store, mine)


def test_a_change_sees_what_is_stored(ports: Ports, store: ProblemStore, mine: str) -> None:
    """None before the first; nothing is written where it stays as it is, or where None comes."""
    problem, seen = examples.problem(mine, mine[1:]), list[Problem | None]()

    def look(before: Problem | None) -> Problem | None:
        seen.append(before)
        return before

    assert store.change(problem.id, look) is None
    store.change(problem.id, _set(problem))
    assert problem == store.change(problem.id, look)
    assert store.change(problem.id, lambda before: None) is None

    assert (None, problem) == (seen[0], seen[-1])
    assert [problem] == _mine(store, mine)


def test_the_newest_are_listed_first(store: ProblemStore, mine: str) -> None:
    """By their last report."""
    first = examples.problem(mine, f"{mine[1:]}01")
    second = examples.problem(mine, f"{mine[1:]}02")
    later = replace(first, last=first.last + HOUR)
    for each in (first, second, later):
        store.change(each.id, _set(each))

    assert [later, second] == _mine(store, mine)


def test_those_of_a_tenant_and_some_days_are_found(store: ProblemStore, mine: str) -> None:
    """Both days included; not those of a tenant whose name begins alike."""
    digest, last = mine[1:], "20260308"
    places = ((mine, "20260301"), (mine, last), (mine, "20260309"), (f"{mine}-x", last))
    ids = [f"{tenant}~{day}~{digest}" for tenant, day in places]
    for identifier in ids:
        problem = replace(examples.problem(mine), id=identifier, tenant=identifier.split("~")[0])
        store.change(identifier, _set(problem))

    found = store.of(mine, date(2026, 3, 1), date(2026, 3, 8))

    assert ids[:2] == sorted(each.id for each in found)


def test_a_problem_is_removed_once_and_again(store: ProblemStore, mine: str) -> None:
    """Then it can come anew; what is no id names none."""
    problem = examples.problem(mine, mine[1:])
    store.change(problem.id, _set(problem))
    for identifier in (problem.id, problem.id, "nothing", ""):
        store.remove(identifier)

    assert _mine(store, mine) == []
    store.change(problem.id, lambda before: before or problem)
    assert [problem] == _mine(store, mine)


def test_a_worker_does_not_believe_what_it_wrote_itself(azurite: Emulator, mine: str) -> None:
    """Another worker settled it meanwhile: reported again, it is open again."""
    one, other = (in_storage(azurite.connection_string) for _ in range(2))
    owner, at = Owner(examples.TENANT, mine), examples.MOMENT
    mine_first = Problems(one.problem_store, one.agenda)
    mine_first.report(KIND, "a", at, owner)
    Problems(other.problem_store, other.agenda).settle(KIND, "a", owner, at)
    mine_first.report(KIND, "a", at + HOUR, owner)

    (problem,) = _mine(other.problem_store, mine)
    assert (problem.subjects, problem.count, problem.settled) == (("a",), 2, 1)


def test_many_workers_that_report_at_once_make_one_problem(azurite: Emulator, mine: str) -> None:
    """No caller fails, 150 subjects are named, and nearly all are counted."""
    workers = [in_storage(azurite.connection_string) for _ in range(4)]
    stories = [Problems(each.problem_store, each.agenda) for each in workers]
    owner = Owner(examples.TENANT, mine)

    def report(number: int) -> None:
        stories[number % 4].report(KIND, f"subject {number}", examples.MOMENT, owner)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(report, range(160)))

    (problem,) = _mine(workers[0].problem_store, mine)
    assert len(problem.subjects) == 150
    assert 150 <= problem.count <= 160


def test_rows_of_earlier_releases_are_read(
    stored_ports: Ports, raw_tables: TableServiceClient, mine: str
) -> None:
    """They had one subject each, and no count: they can be settled, closed and reported again."""
    owner = Owner(mine, mine)
    row = {
        "PartitionKey": f"{mine}-{DAY:%Y%m%d}",
        "RowKey": digest_of(KIND, mine, "old"),
        "code": KIND,
        "connection": mine,
        "subject": "old",
        "at": examples.MOMENT.isoformat(),
    }
    stored_ports.problem_store.list()
    examples.keep_problem(stored_ports, examples.problem(mine, f"{mine[1:]}99"))
    raw_tables.get_table_client("problems").create_entity(row)
    (problem,) = stored_ports.problem_store.of(mine, DAY, DAY)

    assert (problem.subjects, problem.count, problem.is_open) == (("old",), 1, True)
    stories = Problems(stored_ports.problem_store, stored_ports.agenda)
    stories.settle(KIND, "old", owner, examples.MOMENT + HOUR)
    (settled,) = stored_ports.problem_store.of(mine, DAY, DAY)
    assert (settled.subjects, settled.count, settled.is_open) == ((), 1, False)
