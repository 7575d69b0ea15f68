"""docs/data-map.md matches what is really stored."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local.azurite.emulator import Emulator
from shared_code.queues import QUEUES
from shared_code.wiring.ports import Ports
from shared_code.wiring.registries import CONTAINERS, TABLES
from tests.contract.ports import fill
from tests.support import raw_storage

PAGE = Path(__file__).parents[2] / "docs" / "data-map.md"
KEYS = {"PartitionKey", "RowKey"}
EARLIER = {"appointments": {"patient"}, "problems": {"subject"}}
"""Properties that no release writes any more; other tests have put them into the same storage."""
THE_HOSTS_OWN = {"azure-webjobs-hosts", "azure-webjobs-secrets"}


@pytest.fixture
def section() -> dict[str, str]:
    """Return the page's sections by heading."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _names(text: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)`", text, flags=re.MULTILINE))


def test_every_table_and_property_is_documented_and_every_documented_one_exists(
    stored_ports: Ports, azurite: Emulator, mine: str, section: dict[str, str]
) -> None:
    fill(stored_ports, mine)

    stored = {
        name: {property_ for row in rows for property_ in row} - KEYS - EARLIER.get(name, set())
        for name, rows in raw_storage.tables(azurite.connection_string).items()
    }

    assert {name: _names(section[name]) for name in TABLES} == stored


def test_every_queue_and_container_is_documented(
    stored_ports: Ports, azurite: Emulator, mine: str, section: dict[str, str]
) -> None:
    fill(stored_ports, mine)

    assert (
        _names(section["Queues"])
        == set(QUEUES)
        <= set(raw_storage.queues(azurite.connection_string))
    )
    containers = set(raw_storage.blobs(azurite.connection_string)) - THE_HOSTS_OWN
    assert _names(section["Blob containers"]) == set(CONTAINERS) == containers


def test_every_table_says_what_erases_it(section: dict[str, str]) -> None:
    silent = [
        name
        for name in TABLES
        if not re.search(r"[Ee]ras(ed|ing)|Removed|Overwritten", section[name])
    ]
    assert silent == []
