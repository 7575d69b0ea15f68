"""What every room of tests may ask for. Services start when the first test needs them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.azurite.emulator import Emulator, start
from tests.support import accounts

_VIRTUALENV = Path(__file__).parents[1] / ".venv" / "bin"


@pytest.fixture(scope="session")
def azurite() -> Iterator[Emulator]:
    """
    One storage emulator, in memory, for the whole run. Tests share it: they stay apart by
    connection ids, tenants and queue names of their own.
    """
    node = shutil.which("node", path=_VIRTUALENV) or shutil.which("node")
    if node is None:
        pytest.fail("Node.js is missing: any make target puts it in place")
    emulator = start(node, None)
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session", autouse=True)
def _storage_accounts_end() -> Iterator[None]:
    """Ends the connections that tests have made."""
    yield
    accounts.close_all()
