"""Slots of sending numbers, in memory and in a storage account, shared by two workers."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from azure.data.tables import TableClient, TableServiceClient

from local.azurite.emulator import Emulator
from local.memory.sending import MemoryRateWindow
from shared_code.errors import Conflict, NotStored
from shared_code.texting.adapters.rate import TableRateWindow
from shared_code.texting.domain.rate import KEPT, SLOT, Reservation
from tests.support.unreachable import closed_port
from tests.world.stored import account

NOW = datetime(2026, 3, 8, 7, 59, 53, 123457, tzinfo=UTC)
FIRST = datetime(2026, 3, 8, 7, 59, 50, tzinfo=UTC)
LIMIT = 28

type Worker = MemoryRateWindow | TableRateWindow


@pytest.fixture(params=["memory", "azurite"])
def workers(request: pytest.FixtureRequest) -> tuple[Worker, Worker]:
    """Return two workers of one installation."""
    if request.param == "memory":
        rate = MemoryRateWindow()
        return rate, rate
    emulator: Emulator = request.getfixturevalue("azurite")
    shared = account(emulator.connection_string)
    return TableRateWindow(shared), TableRateWindow(shared)


@pytest.fixture
def stored(azurite: Emulator) -> Callable[[], TableRateWindow]:
    """Return a new worker on the storage account."""
    return lambda: TableRateWindow(account(azurite.connection_string))


@pytest.fixture
def number() -> str:
    """Return a number that no other test uses."""
    return f"+1{secrets.randbelow(10**10):010d}"


@pytest.fixture
def rows(raw_tables: TableServiceClient) -> Iterator[TableClient]:
    """Return the table without the adapter."""
    raw_tables.create_table_if_not_exists("sendslots")
    with raw_tables.get_table_client("sendslots") as table:
        yield table


class _Requests(logging.Handler):
    """Counts the requests of the storage SDK."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += "Request URL" in record.getMessage()


@pytest.fixture
def requests() -> Iterator[_Requests]:
    """Return how many requests were made since the test began."""
    logger = logging.getLogger("azure.core.pipeline.policies.http_logging_policy")
    level, counting = logger.level, _Requests()
    logger.addHandler(counting)
    logger.setLevel(logging.INFO)
    yield counting
    logger.removeHandler(counting)
    logger.setLevel(level)


def _reserve(
    rate: Worker, number: str, connection: str = "a", *, now: datetime = NOW, urgent: bool = False
) -> datetime:
    return rate.reserve(number, Reservation(connection, 1, LIMIT, urgent), now)


def _reserve_in_threads(
    workers: tuple[Worker, Worker], number: str, connections: str
) -> list[datetime]:
    """Reserve ten urgent texts of each connection, with a thread for each connection."""
    together = threading.Barrier(len(connections))

    def run(worker: Worker, connection: str) -> list[datetime]:
        together.wait(10)
        return [_reserve(worker, number, connection, urgent=True) for _ in range(10)]

    with ThreadPoolExecutor(len(connections)) as pool:
        running = [
            pool.submit(run, workers[n % 2], connection) for n, connection in enumerate(connections)
        ]
    return [begin for done in running for begin in done.result()]


class TestReserving:
    def test_the_first_texts_go_now_and_the_others_in_the_next_slots(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        begins = [_reserve(workers[n % 2], number) for n in range(43)]

        assert begins == [FIRST] * 21 + [FIRST + SLOT] * 21 + [FIRST + 2 * SLOT]

    def test_an_urgent_text_finds_room_where_others_find_none(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        for _ in range(50):
            _reserve(workers[0], number)

        assert _reserve(workers[1], number, urgent=True) == FIRST
        assert _reserve(workers[0], number) == FIRST + 2 * SLOT

    def test_two_connections_share_a_slot(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        for _ in range(30):
            _reserve(workers[0], number, "a")
            _reserve(workers[1], number, "b")

        since = FIRST + SLOT
        assert workers[0].granted(number, since, since + SLOT) == {"a": 10, "b": 10}

    def test_numbers_do_not_share_slots(self, workers: tuple[Worker, Worker], number: str) -> None:
        for _ in range(30):
            _reserve(workers[0], number)

        assert _reserve(workers[1], f"{number}0") == FIRST

    def test_a_late_worker_reserves_from_the_slot_that_it_can_still_use(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        later = NOW + timedelta(seconds=4)

        assert _reserve(workers[0], number, now=later) == FIRST + SLOT
        assert _reserve(workers[1], number, now=later + timedelta(minutes=3)) == FIRST + 19 * SLOT

    def test_another_zone_is_the_same_time(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        zone = datetime.fromisoformat("2026-03-08T00:00:00-08:00").tzinfo

        assert _reserve(workers[0], number, now=NOW.astimezone(zone)) == FIRST
        assert workers[1].granted(number, NOW.astimezone(zone), NOW + SLOT) == {"a": 1}

    def test_what_was_granted_is_told_by_connection_for_a_time(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        workers[0].reserve(number, Reservation("a", 3, LIMIT, urgent=True), NOW)
        workers[1].reserve(number, Reservation("b", 2, LIMIT, urgent=False), NOW)
        _reserve(workers[0], number, "a", now=NOW + 2 * SLOT)
        end = FIRST + 2 * SLOT

        assert workers[1].granted(number, FIRST, end) == {"a": 3, "b": 2}
        assert workers[1].granted(number, NOW, end + SLOT) == {"a": 4, "b": 2}
        assert workers[1].granted(number, FIRST + SLOT, end) == {}

    def test_what_another_connection_has_no_more_texts_for_is_left_in_the_slot(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        """
        A slot may stay partly empty because of the shares, not because of a race.

        Of the second slot, in which the first connection has its last twelve texts, the other one
        may use half.
        """
        for connection in "ab":
            for _ in range(40):
                _reserve(workers[0], number, connection, urgent=True)

        granted = [
            workers[1].granted(number, begin, begin + SLOT)
            for begin in (FIRST + n * SLOT for n in range(3))
        ]
        assert granted == [{"a": 28}, {"a": 12, "b": 14}, {"b": 26}]

    def test_threads_of_two_workers_leave_no_slot_short(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        """
        A reservation that loses the race for a slot looks for another place and wastes nothing.
        """
        begins = _reserve_in_threads(workers, number, "aaaaaaaa")

        assert sorted(begins) == [FIRST] * 28 + [FIRST + SLOT] * 28 + [FIRST + 2 * SLOT] * 24

    def test_threads_of_two_workers_never_grant_more_than_the_limit(
        self, workers: tuple[Worker, Worker], number: str
    ) -> None:
        """
        The limit holds in any order of the two connections; how full a slot gets depends on it.
        """
        begins = _reserve_in_threads(workers, number, "aaaabbbb")

        assert len(begins) == 80
        by_slot = {begin: begins.count(begin) for begin in begins}
        assert max(by_slot.values()) <= LIMIT
        for begin, count in by_slot.items():
            granted = workers[0].granted(number, begin, begin + SLOT)
            assert sum(granted.values()) == count


class TestStorage:
    def test_a_slot_that_another_worker_filled_meanwhile_is_looked_at_again(
        self, stored: Callable[[], TableRateWindow], number: str
    ) -> None:
        one, other = stored(), stored()
        _reserve(one, number)
        for _ in range(20):
            _reserve(other, number)

        assert _reserve(one, number) == FIRST + SLOT
        assert one.granted(number, FIRST, FIRST + SLOT) == {"a": 21}

    def test_a_row_that_disappeared_is_made_again(
        self, stored: Callable[[], TableRateWindow], rows: TableClient, number: str
    ) -> None:
        rate = stored()
        _reserve(rate, number)
        rows.delete_entity(number[1:], f"{FIRST:%Y%m%d%H%M%S}")

        assert _reserve(rate, number) == FIRST
        assert rate.granted(number, FIRST, FIRST + SLOT) == {"a": 1}

    def test_a_row_holds_digits_counts_and_connections(
        self, stored: Callable[[], TableRateWindow], rows: TableClient, number: str
    ) -> None:
        stored().reserve(number, Reservation("a", 2, LIMIT, urgent=True), NOW)
        stored().reserve(number, Reservation("b", 3, LIMIT, urgent=False), NOW)

        (row,) = rows.query_entities("PartitionKey eq @p", parameters={"p": number[1:]})
        assert dict(row) == {
            "PartitionKey": number[1:],
            "RowKey": "20260308075950",
            "granted": '{"a":2,"b":3}',
            "outbound": 3,
        }

    def test_slots_older_than_a_day_are_erased_by_later_ones(
        self, stored: Callable[[], TableRateWindow], rows: TableClient, number: str
    ) -> None:
        worker = stored()
        for n in range(5):
            _reserve(worker, number, now=NOW + n * SLOT)
        for n in range(4):
            _reserve(worker, number, now=NOW + KEPT + timedelta(hours=1) + n * SLOT)

        left = rows.query_entities("PartitionKey eq @p", parameters={"p": number[1:]})
        assert sorted(row["RowKey"][:8] for row in left) == ["20260309"] * 4

    def test_younger_ones_are_kept(
        self, stored: Callable[[], TableRateWindow], rows: TableClient, number: str
    ) -> None:
        _reserve(stored(), number)
        _reserve(stored(), number, now=NOW + KEPT)

        left = list(rows.query_entities("PartitionKey eq @p", parameters={"p": number[1:]}))
        assert len(left) == 2

    def test_more_full_slots_than_one_answer_holds_are_all_seen(
        self, stored: Callable[[], TableRateWindow], rows: TableClient, number: str
    ) -> None:
        full = {"PartitionKey": number[1:], "granted": '{"b":28}', "outbound": 21}
        keys = [f"{FIRST + n * SLOT:%Y%m%d%H%M%S}" for n in range(1_100)]
        for hundred in range(0, len(keys), 100):
            part = keys[hundred : hundred + 100]
            rows.submit_transaction([("create", {**full, "RowKey": key}) for key in part])
        worker = stored()

        assert _reserve(worker, number) == FIRST + 1_100 * SLOT
        assert worker.granted(number, FIRST, FIRST + 1_100 * SLOT) == {"b": 1_100 * 28}

    def test_a_reservation_is_one_request_also_behind_a_thousand_texts(
        self, stored: Callable[[], TableRateWindow], number: str, requests: _Requests
    ) -> None:
        worker = stored()
        for _ in range(48):
            worker.reserve(number, Reservation("a", 21, LIMIT, urgent=False), NOW)
        requests.count = 0
        fresh = stored()
        assert _reserve(fresh, number) == FIRST + 48 * SLOT
        assert requests.count <= 4  # read the range, read the older slots, write the slot

        requests.count = 0
        begins = [_reserve(fresh, number) for _ in range(100)]
        assert requests.count == 100
        assert begins[-1] == FIRST + 52 * SLOT

    def test_a_conflict_costs_two_more_requests(
        self, stored: Callable[[], TableRateWindow], number: str, requests: _Requests
    ) -> None:
        one, other = stored(), stored()
        _reserve(one, number)
        _reserve(other, number)
        requests.count = 0

        assert _reserve(one, number) == FIRST
        assert requests.count == 3

    def test_storage_that_does_not_answer_is_not_stored(self, number: str) -> None:
        worker = TableRateWindow(account(closed_port()))

        with pytest.raises(NotStored):
            _reserve(worker, number)
        with pytest.raises(NotStored):
            worker.granted(number, NOW, NOW + SLOT)

    def test_a_thread_that_waited_too_long_for_others_gets_a_conflict(
        self, azurite: Emulator, number: str
    ) -> None:
        worker = TableRateWindow(account(azurite.connection_string), lock_timeout=0.0)
        together, reserved, refused = threading.Barrier(6), list[datetime](), list[Conflict]()

        def run() -> None:
            together.wait(10)
            try:
                reserved.append(_reserve(worker, number))
            except Conflict as conflict:
                refused.append(conflict)

        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert reserved
        assert len(reserved) + len(refused) == 6
        assert worker.granted(number, NOW, NOW + SLOT) == {"a": len(reserved)}
