"""What every room of tests may ask for. Services start when the first test needs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import processes
from local.azurite.emulator import Emulator, start
from tests.support import accounts


@pytest.fixture(scope="session")
def azurite() -> Iterator[Emulator]:
    """
    One storage emulator, in memory, for the whole run; with `-n`, one for each worker. Tests share
    it: they stay apart by connection ids, tenants and queue names of their own.
    """
    emulator = start(processes.node(), None)
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session", autouse=True)
def _storage_accounts_end() -> Iterator[None]:
    """Ends the connections that tests have made."""
    yield
    accounts.close_all()
