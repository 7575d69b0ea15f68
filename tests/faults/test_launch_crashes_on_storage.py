"""
The ways into a meeting of test_launch_crashes.py on a storage account: some of their faults, by a
seed, with the deployed adapters and their ETags.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local import processes
from local.azurite import emulator
from shared_code.attendance import ATTENDEES
from shared_code.errors import NotStored
from shared_code.launching import EHR_USERS, LAUNCHES, SESSIONS
from shared_code.launching.domain.tokens import TokenKey
from shared_code.rows import Stored
from shared_code.visits import VISITS
from shared_code.visits.domain.visit import VisitRef
from shared_code.wiring.azure import AzurePorts
from tests.faults.launch_endings import CountingMicrosoft
from tests.faults.persons import OneWorker
from tests.faults.stored import Seen, SharedAccount, StoredWorld
from tests.faults.test_launch_crashes import Fault, Play, ways
from tests.world.machine import Crash

POINTS = 6
"""Faults of each way."""


@pytest.fixture(scope="module")
def account() -> Iterator[SharedAccount]:
    """Start an emulator only for these stories."""
    storage = emulator.start(processes.node(), None)
    shared = SharedAccount(storage.connection_string)
    yield shared
    shared.close()
    storage.stop()


@dataclass
class StoredWorker(OneWorker, StoredWorld):
    """The installation of the launches on an account; Epic, Microsoft and Graph stay in memory."""

    def __post_init__(self) -> None:
        """Show the rows of launches and sign-ins like those in memory."""
        super().__post_init__()
        rows = self.account.entities

        def of(kind: str) -> SimpleNamespace:
            return SimpleNamespace(
                values=lambda: [each for each in rows(LAUNCHES) if each["kind"] == kind]
            )

        seen = Seen(self.launches, list)
        vars(seen).update(launches=of("launch"), attempts=of("sign_in"))
        self.launches = cast("Any", seen)

    def _rows(self, ports: AzurePorts) -> Mapping[str, Callable[[], list[Any]] | None]:
        rows = self.account.entities

        def visits() -> Iterator[VisitRef]:
            for row in rows(VISITS):
                yield VisitRef(row["PartitionKey"].rpartition("-")[0], row["RowKey"])

        def sessions() -> Iterator[TokenKey]:
            for row in rows(SESSIONS):
                yield TokenKey(row["PartitionKey"].rpartition("-")[0], row["RowKey"])

        def users() -> Iterator[tuple[str, str]]:
            for row in rows(EHR_USERS):
                kind, _, user = row["RowKey"].partition("~")
                if kind == "user":
                    yield row["PartitionKey"], user

        return {
            **super()._rows(ports),
            "launches": None,
            "organizer_days": None,
            "visits": lambda: _values(map(ports.visits.load, visits())),
            "sessions": lambda: _values(map(ports.sessions.load, sessions())),
            "linked_users": lambda: _values(ports.linked_users.load(*each) for each in users()),
            "attendees": lambda: [
                person
                for each in {row["PartitionKey"] for row in rows(ATTENDEES)}
                for person in ports.attendees.of(VisitRef.parse(each))
            ],
        }


def _values(found: Iterable[Stored[Any] | None]) -> list[Any]:
    return [each.value for each in found if each]


def _play(account: SharedAccount, way: str, *, reloads: bool = True) -> Play:
    account.installation += 1
    return Play(way, reloads, StoredWorker(account=account, microsoft_side=CountingMicrosoft()))


@ways
def test_a_fault_leaves_one_meeting(way: str, account: SharedAccount) -> None:
    """No code twice, no exception, nobody in the way, and what erases each row is there."""
    counted, chance = _play(account, way), random.Random(way)
    assert counted.run() == []
    failures = []
    for number in sorted(chance.sample(range(1, counted.calls + 1), POINTS)):
        fault = Fault(number, chance.random() < 0.5, chance.choice([Crash, NotStored]))
        failures += _play(account, way, reloads=chance.random() < 0.5).run(fault)

    assert failures == []
