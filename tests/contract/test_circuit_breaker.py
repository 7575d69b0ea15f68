"""The circuit breaker in memory and in a storage account, shared by two workers."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from local.memory.sending import MemoryCircuitBreaker, SharedCircuit
from shared_code.errors import NotStored
from shared_code.oversight.adapters.circuit import TableCircuitBreaker
from shared_code.oversight.domain.circuit import CLOSED
from tests.support.unreachable import closed_port
from tests.world.stored import account, in_storage

NOW = datetime(2026, 3, 8, 8, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

type Port = MemoryCircuitBreaker | TableCircuitBreaker
type Make = Callable[[], Worker]


class Worker:
    """One worker; each of its texts has a name in place of a thread's."""

    def __init__(self, make: Callable[[Callable[[], Hashable]], Port]) -> None:
        self._text = threading.local()
        self.port = make(lambda: getattr(self._text, "name", threading.get_ident()))

    def acquire(self, now: datetime, text: str = "") -> datetime | None:
        self._text.name = text
        return self.port.acquire(now)

    def record(self, answered: bool, now: datetime, text: str = "") -> None:
        self._text.name = text
        self.port.record(answered, now)

    def release(self, now: datetime, text: str = "") -> None:
        self._text.name = text
        self.port.release(now)

    def fail(self, times: int, now: datetime = NOW) -> None:
        for _ in range(times):
            self.record(False, now)


@pytest.fixture
def endpoint() -> str:
    """Return an SMS resource that no other test uses."""
    return f"https://{secrets.token_hex(6)}.communication.azure.com"


@pytest.fixture(params=["memory", "azurite"])
def worker(request: pytest.FixtureRequest, endpoint: str) -> Make:
    """Return a new worker of the installation, which never waits for a place on the wire."""
    if request.param == "memory":
        shared = SharedCircuit()
        return lambda: Worker(lambda who: MemoryCircuitBreaker(shared, who))
    return _stored(request.getfixturevalue("azurite"), endpoint)


@pytest.fixture
def stored(azurite: Emulator, endpoint: str) -> Make:
    """Return a worker as above, on the storage account."""
    return _stored(azurite, endpoint)


def _stored(azurite: Emulator, endpoint: str) -> Make:
    shared = account(azurite.connection_string)
    return lambda: Worker(
        lambda who: TableCircuitBreaker(shared, endpoint, lock_timeout=0.0, who=who)
    )


def _is_soon_after(until: datetime | None, due: datetime) -> bool:
    """Return whether the time is within the half-minute over which waiting texts are spread."""
    return until is not None and due <= until < due + 30 * SECOND


def _race(workers: list[Worker], now: datetime) -> list[datetime | None]:
    """Return what two texts of each worker get when they ask at the same time."""
    together, answers = threading.Barrier(2 * len(workers)), list[datetime | None]()

    def run(worker: Worker, text: str) -> None:
        together.wait(10)
        answers.append(worker.acquire(now, text))

    threads = [threading.Thread(target=run, args=(each, text)) for each in workers for text in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_looking_at_a_circuit_changes_nothing(worker: Make) -> None:
    """Closed at first; then everybody sees the failures that one worker had."""
    one, other = worker(), worker()
    assert one.port.look(NOW) == CLOSED
    one.fail(3)

    seen = other.port.look(NOW + 3 * SECOND)
    assert (seen.failures, seen.since) == (3, NOW)
    assert seen == other.port.look(NOW + 6 * SECOND)


class TestClosed:
    def test_texts_go(self, worker: Make) -> None:
        one, other = worker(), worker()
        for n in range(20):
            assert one.acquire(NOW + n * SECOND) is None
            one.record(True, NOW + n * SECOND)
            assert other.acquire(NOW + n * SECOND) is None
            other.release(NOW + n * SECOND)

    def test_three_texts_of_a_worker_are_on_the_wire_at_once(self, worker: Make) -> None:
        one = worker()
        assert [one.acquire(NOW, text) for text in "abc"] == [None] * 3

        until = one.acquire(NOW, "d")
        assert until is not None
        assert NOW < until <= NOW + 5 * SECOND
        assert one.acquire(NOW, "a") is None
        assert worker().acquire(NOW, "e") is None
        one.record(True, NOW, "b")
        assert one.acquire(NOW, "d") is None

    def test_another_resource_is_another_matter(self, azurite: Emulator, worker: Make) -> None:
        worker().fail(3)

        assert _stored(azurite, f"https://{secrets.token_hex(6)}.example")().acquire(NOW) is None


class TestHalfOpen:
    def test_after_one_failure_one_text_at_a_time_goes(self, worker: Make) -> None:
        one, other = worker(), worker()
        one.fail(1)

        assert _is_soon_after(other.acquire(NOW), NOW + 15 * SECOND)
        later = NOW + 15 * SECOND
        assert other.acquire(later, "a") is None
        assert _is_soon_after(one.acquire(later), later + 15 * SECOND)
        assert _is_soon_after(other.acquire(later, "b"), later + 15 * SECOND)

    def test_an_answer_lets_all_go_again(self, worker: Make) -> None:
        one, other = worker(), worker()
        one.fail(2)
        other.record(True, NOW + SECOND)

        assert other.acquire(NOW + SECOND) is None
        assert one.acquire(NOW + 3 * SECOND) is None
        one.record(True, NOW + 3 * SECOND)
        one.fail(2, NOW + 3 * SECOND)
        assert _is_soon_after(one.acquire(NOW + 4 * SECOND), NOW + 18 * SECOND)

    def test_failures_of_all_workers_count(self, worker: Make) -> None:
        for _ in range(3):
            worker().fail(1)

        assert _is_soon_after(worker().acquire(NOW), NOW + MINUTE)


class TestOpen:
    def test_one_text_a_minute_goes_and_an_answer_closes(self, worker: Make) -> None:
        one, other = worker(), worker()
        one.fail(3)

        for minute in range(1, 5):
            now = NOW + minute * MINUTE
            assert _is_soon_after(other.acquire(now - SECOND), now)
            assert one.acquire(now) is None
            assert _is_soon_after(other.acquire(now + 3 * SECOND), now + MINUTE)
            one.record(False, now + 8 * SECOND)
        assert other.acquire(NOW + 5 * MINUTE) is None
        other.record(True, NOW + 5 * MINUTE)
        assert one.acquire(NOW + 5 * MINUTE + 3 * SECOND) is None

    def test_a_released_request_is_the_next_ones(self, worker: Make) -> None:
        one, other = worker(), worker()
        one.fail(3)
        now = NOW + MINUTE
        assert one.acquire(now) is None
        one.release(now + SECOND)

        assert other.acquire(now + SECOND) is None
        assert _is_soon_after(one.acquire(now + 3 * SECOND), now + SECOND + MINUTE)

    def test_of_workers_that_race_for_a_request_one_may_make_it(self, worker: Make) -> None:
        worker().fail(3)
        for minute in range(1, 6):
            workers = [worker() for _ in range(4)]
            answers = _race(workers, NOW + minute * MINUTE)

            assert len(answers) == 8
            assert answers.count(None) == 1


class TestStorage:
    def test_failures_recorded_at_once_are_all_counted(self, stored: Make) -> None:
        threads = [threading.Thread(target=stored().fail, args=(1,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert _is_soon_after(stored().acquire(NOW), NOW + MINUTE)

    def test_while_the_service_answers_nothing_is_written(
        self, stored: Make, raw_tables: TableServiceClient
    ) -> None:
        raw_tables.create_table_if_not_exists("switches")
        with raw_tables.get_table_client("switches") as table:
            before = len(list(table.list_entities()))
            one = stored()
            for n in range(10):
                assert one.acquire(NOW + n * SECOND) is None
                one.record(True, NOW + n * SECOND)

            assert len(list(table.list_entities())) == before

    def test_what_another_worker_learned_is_known_after_two_seconds(self, stored: Make) -> None:
        one, other = stored(), stored()
        assert other.acquire(NOW, "a") is None
        one.fail(3)

        assert _is_soon_after(other.acquire(NOW + 2 * SECOND, "b"), NOW + MINUTE)

    def test_who_never_recorded_counts_no_longer_than_a_request_takes(self, stored: Make) -> None:
        one = stored()
        assert [one.acquire(NOW, text) for text in "abc"] == [None] * 3

        assert one.acquire(NOW + 14 * SECOND, "d") is not None
        assert one.acquire(NOW + 15 * SECOND, "d") is None

    def test_a_worker_may_have_more_on_the_wire(self, azurite: Emulator, endpoint: str) -> None:
        shared = account(azurite.connection_string)
        one = Worker(
            lambda who: TableCircuitBreaker(shared, endpoint, wire=5, lock_timeout=0.0, who=who)
        )

        assert [one.acquire(NOW, text) for text in "abcde"] == [None] * 5
        assert one.acquire(NOW, "f") is not None

    def test_launches_have_their_own_share_of_the_wire(
        self, azurite: Emulator, endpoint: str
    ) -> None:
        circuits = in_storage(azurite.connection_string).meeting_circuits
        hints, launches = circuits(endpoint, True), circuits(endpoint, False)
        launches.record(False, NOW)

        assert hints is circuits(endpoint, True)
        assert launches is not hints
        assert _is_soon_after(hints.acquire(NOW), NOW + 15 * SECOND)

    def test_a_thread_waits_for_a_place_on_the_wire(self, azurite: Emulator, endpoint: str) -> None:
        shared = account(azurite.connection_string)
        one = Worker(lambda who: TableCircuitBreaker(shared, endpoint, lock_timeout=30.0, who=who))
        assert [one.acquire(NOW, text) for text in "abc"] == [None] * 3
        answers = list[datetime | None]()
        waiting = threading.Thread(target=lambda: answers.append(one.acquire(NOW, "d")))

        waiting.start()
        one.record(True, NOW, "a")
        waiting.join(20)

        assert answers == [None]

    def test_storage_that_does_not_answer_is_not_stored_and_keeps_no_place(
        self, endpoint: str
    ) -> None:
        shared = account(closed_port())
        one = Worker(lambda who: TableCircuitBreaker(shared, endpoint, lock_timeout=0.0, who=who))
        for text in "abcdefg":
            with pytest.raises(NotStored):
                one.acquire(NOW, text)

        with pytest.raises(NotStored):
            one.record(False, NOW, "a")
