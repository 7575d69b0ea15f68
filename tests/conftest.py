"""
What every room of tests may ask for, and what workers begin with.

Services start when the first test needs them; with `-n`, each worker starts its own. A worker gets
one file after another, whole, so that tests of a file share what they have started.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import processes
from local.azurite.emulator import Emulator, start
from tests.world import stored

LONG = (
    "tests/stories/test_soak.py",
    "tests/stories/test_story.py",
    "tests/host/test_conformance.py",
    "tests/stories/test_retention.py",
    "tests/browser/test_visit_story.py",
    "tests/unit/texting/test_simulation.py",
    "tests/faults/test_crash_points.py",
    "tests/faults/test_crashes_on_storage.py",
    "tests/fuzz/test_hl7_reader.py",
    "tests/host/test_queues.py",
    "tests/host/test_stopping.py",
    "tests/faults/test_crashes_in_every_order.py",
    "tests/faults/test_clock_changes.py",
    "tests/faults/test_long_outage.py",
)
"""
Files that take long, in the order in which workers get them. The soak keeps both processors busy,
so what mostly waits runs beside it: the story, then the conformance of the host.
"""


def pytest_report_header(config: pytest.Config) -> str | None:
    """Says why nothing seems to happen at first."""
    if not config.getoption("numprocesses", None):
        return None
    return "long files come first: in a whole run the first dot comes after about two minutes"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In workers long files come first; the others, and what is inside a file, stay shuffled."""
    if hasattr(config, "workerinput"):
        ranks = {name: rank for rank, name in enumerate(LONG)}
        items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(LONG)))


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
    stored.close_all()
