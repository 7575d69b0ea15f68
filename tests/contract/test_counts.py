"""
Counts: every addition is in the sum, days and connections are separate, a day is erased whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from local.azurite.emulator import Emulator
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Table, row
from shared_code.texting import DAILY_COUNTS
from shared_code.texting.domain.metrics import Combination, Metric, Shard
from shared_code.texting.domain.tally import MOST, Addition
from shared_code.texting.ports import Counts
from shared_code.wiring.ports import Ports
from tests.contract.ports import in_storage

DAY = date(2026, 3, 8)
MOMENT = datetime(2026, 3, 8, 12, 4, tzinfo=UTC)
HERE = Combination("confirmation", "10501101", "US", "es")
SENT = Addition(HERE, {Metric.DUE: 1, Metric.SENT: 1}, MOMENT)


@pytest.fixture
def counts(ports: Ports) -> Counts:
    """Return the port, in memory or in storage."""
    return ports.counts


def _nothing() -> None:
    """Do nothing before a row is created."""


def _sums(
    counts: Counts, connection: str, first: date, last: date
) -> dict[date, Mapping[str, int]]:
    found = counts.of(connection, first, last)
    return {day: {m.value: n for m, n in tally.sums.items() if n} for day, tally in found.items()}


def test_nothing_is_counted_at_first(counts: Counts, mine: str) -> None:
    """An unknown day, connection or table has no sums and can be erased."""
    counts.remove(mine, DAY)

    assert _sums(counts, mine, DAY - timedelta(days=91), DAY) == {}
    assert _sums(counts, mine, date.min, date(1, 3, 1)) == {}
    assert _sums(counts, mine, date(9999, 10, 1), date.max) == {}


def test_all_shards_of_a_day_make_one_sum(counts: Counts, mine: str) -> None:
    """The sum does not depend on the shard of a count."""
    for shard in "0f0a":
        counts.add(Shard(mine, DAY, shard), SENT, _nothing)
    counts.add(Shard(mine, DAY, "a"), Addition(HERE, {Metric.UNKNOWN: 2}, MOMENT), _nothing)

    assert _sums(counts, mine, DAY, DAY) == {DAY: {"due": 4, "sent": 4, "unknown": 2}}


def test_a_range_holds_its_first_and_last_day_over_months_and_years(
    counts: Counts, mine: str
) -> None:
    """No day outside the range is in the sum."""
    days = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31)]
    for day in [*days, date(2026, 4, 1)]:
        counts.add(Shard(mine, day, "7"), SENT, _nothing)

    assert list(_sums(counts, mine, days[1], days[-1])) == days[1:]


def test_another_connection_has_its_own_sums(counts: Counts, mine: str) -> None:
    """Also a connection whose id has the same beginning."""
    counts.add(Shard(f"{mine}0", DAY, "7"), SENT, _nothing)
    counts.add(Shard(f"{mine}-2026", DAY, "7"), SENT, _nothing)

    assert _sums(counts, mine, DAY, DAY) == {}


def test_before_the_first_of_a_day_and_shard_somebody_is_told(counts: Counts, mine: str) -> None:
    """The agenda row that erases a count is written before the count."""
    seen: list[object] = []
    for shard in "00100":
        counts.add(
            Shard(mine, DAY, shard),
            SENT,
            lambda: seen.append(_sums(counts, mine, DAY, DAY).get(DAY)),
        )

    assert seen == [None, {"due": 2, "sent": 2}]


def test_what_cannot_be_announced_is_not_counted(counts: Counts, mine: str) -> None:
    """Nothing is stored that would never be erased."""

    def fails() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        counts.add(Shard(mine, DAY, "0"), SENT, fails)

    assert _sums(counts, mine, DAY, DAY) == {}


def test_a_day_is_erased_alone_and_whole(counts: Counts, mine: str) -> None:
    """Every shard of the day is erased; the days beside it are kept."""
    for days in (-1, 0, 1):
        for shard in "07f":
            counts.add(Shard(mine, DAY + timedelta(days=days), shard), SENT, _nothing)

    counts.remove(mine, DAY)
    counts.remove(mine, DAY)

    left = _sums(counts, mine, DAY - timedelta(days=9), DAY + timedelta(days=9))
    assert sorted(left) == [DAY - timedelta(days=1), DAY + timedelta(days=1)]


def test_a_day_holds_a_row_for_each_combination(counts: Counts, mine: str) -> None:
    """Whatever the shards; what is not known of a count is empty."""
    other = replace(HERE, language="ko", reason="delivery_unreachable")
    for shard in "07f":
        counts.add(Shard(mine, DAY, shard), SENT, _nothing)
        counts.add(Shard(mine, DAY, shard), Addition(other, {Metric.FAILED: 1}, MOMENT), _nothing)

    found = counts.of(mine, DAY, DAY)[DAY]
    assert found.combinations == {
        HERE: {Metric.DUE: 3, Metric.SENT: 3},
        other: {Metric.FAILED: 3},
    }
    assert found.reported(MOMENT) == {"delivery_unreachable": 3}


def test_a_day_with_too_many_departments_keeps_its_sums(counts: Counts, mine: str) -> None:
    """However long their codes; the rest is `other`."""
    for number in range(240):
        place = replace(HERE, department="\N{HOSPITAL}" * 29 + f"{number:03}")
        counts.add(Shard(mine, DAY, "7"), Addition(place, {Metric.HELD: 1}, MOMENT), _nothing)

    found = counts.of(mine, DAY, DAY)[DAY]
    assert len(found.combinations) <= MOST
    assert sum(numbers[Metric.HELD] for numbers in found.combinations.values()) == 240
    assert found.combinations[replace(HERE, department="other")] == {Metric.HELD: 90}


def test_of_threads_that_count_at_once_none_is_lost(counts: Counts, mine: str) -> None:
    """Eight threads add four texts each to one row."""
    _at_once([_counting(counts, mine, times=4)] * 8)

    assert _sums(counts, mine, DAY, DAY) == {DAY: {"due": 32, "sent": 32}}


def test_of_workers_that_count_at_once_none_is_lost(azurite: Emulator, mine: str) -> None:
    """Four workers add to one row: who is second reads the row again, or goes on to another."""
    workers = [in_storage(azurite.connection_string).counts for _ in range(4)]
    _at_once([_counting(worker, mine, times=5) for worker in workers * 2])

    assert _sums(workers[0], mine, DAY, DAY) == {DAY: {"due": 40, "sent": 40}}
    found = workers[1].of(mine, DAY, DAY)[DAY]
    assert found.combinations == {HERE: {Metric.DUE: 40, Metric.SENT: 40}}


def test_a_row_of_an_earlier_version_is_counted_on(azurite: Emulator, mine: str) -> None:
    """It has five sums and no combinations."""
    ports = in_storage(azurite.connection_string)
    counts, table = ports.counts, Table(StorageAccount(ports.settings), DAILY_COUNTS)
    table.insert(row(f"{mine}-202603", "20260308~7", due=3, sent=2, held=1))
    before = counts.of(mine, DAY, DAY)[DAY]
    counts.add(Shard(mine, DAY, "7"), SENT, _nothing)

    assert before.combinations == {}
    assert _sums(counts, mine, DAY, DAY) == {DAY: {"due": 4, "sent": 3, "held": 1}}
    assert counts.of(mine, DAY, DAY)[DAY].combinations == {HERE: {Metric.DUE: 1, Metric.SENT: 1}}


def test_a_day_that_was_erased_is_counted_anew(counts: Counts, mine: str) -> None:
    """It is announced again too: a worker must not trust what it remembers of an erased row."""
    announced: list[str] = []
    for day in (DAY, DAY + timedelta(days=1)):
        counts.add(Shard(mine, day, "0"), SENT, _nothing)
    for time in ("first", "second"):
        counts.remove(mine, DAY)
        counts.add(Shard(mine, DAY, "0"), SENT, partial(announced.append, time))

    assert announced == ["first", "second"]
    assert _sums(counts, mine, DAY, DAY) == {DAY: {"due": 1, "sent": 1}}


def _counting(counts: Counts, connection: str, times: int) -> Callable[[], None]:
    def count() -> None:
        for _ in range(times):
            counts.add(Shard(connection, DAY, "0"), SENT, _nothing)

    return count


def _at_once(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [thread for thread in threads if thread.is_alive()] == []
