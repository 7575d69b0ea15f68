"""What a table does beyond what any port shows: merging, and erasing rows that are gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.storage.tables import Table, row
from tests.world import stored


@pytest.fixture
def table(azurite: Emulator, raw_tables: TableServiceClient, mine: str) -> Iterator[Table]:
    """Return a table that nothing has written to; the account is shared, so it goes afterwards."""
    yield Table(stored.account(azurite.connection_string), mine)
    raw_tables.delete_table(mine)


def _keys(table: Table) -> list[str]:
    return [each["RowKey"] for each in table.rows("PartitionKey eq @partition", partition="p")]


def test_a_merge_creates_table_and_row(table: Table) -> None:
    """Nobody has to write them first."""
    table.merge(row("p", "r", one="1"))

    found = table.get("p", "r")
    assert found is not None
    assert found.value["one"] == "1"


def test_a_merge_sets_its_properties_and_leaves_the_others(table: Table) -> None:
    """A property that it does not name keeps its value; one that is None is not named."""
    table.put(row("p", "r", one="1", two="2"))

    table.merge(row("p", "r", two="3", three=3, one=None))

    found = table.get("p", "r")
    assert found is not None
    assert (found.value["one"], found.value["two"], found.value["three"]) == ("1", "3", 3)


@pytest.mark.parametrize("rows", [0, 1, 100, 101])
def test_rows_of_a_partition_are_erased_together(table: Table, rows: int) -> None:
    """Also more than a transaction takes, and none at all."""
    keys = [f"{number:03}" for number in range(rows)]
    for each in (*keys, "stays"):
        table.put(row("p", each))

    table.remove_all("p", keys)

    assert _keys(table) == ["stays"]


@pytest.mark.parametrize("gone", [["0"], ["2"], ["0", "1", "2"]], ids=["first", "last", "all"])
def test_rows_that_are_gone_are_no_error(table: Table, gone: list[str]) -> None:
    """The others are erased."""
    for each in ("0", "1", "2"):
        table.put(row("p", each))
    for each in gone:
        table.remove("p", each)

    table.remove_all("p", ["0", "1", "2"])

    assert _keys(table) == []


def test_nothing_is_erased_where_no_table_is(table: Table) -> None:
    """A table is made by its first write."""
    table.remove_all("p", ["0"])

    assert _keys(table) == []
