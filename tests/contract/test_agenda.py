"""
The agenda: rows by their minute, the earliest first; writing or removing twice changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from azure.data.tables import TableServiceClient

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.links.flows import RETIRE_LINK
from shared_code.texting.domain.plan import SEND, SETTLE
from shared_code.wiring.ports import Ports
from tests.contract import examples

NOON = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class TestAgenda:
    def test_rows_come_back_whole_and_the_earliest_first(self, ports: Ports, mine: str) -> None:
        rows = [
            AgendaRow(NOON - timedelta(days=minutes), SEND, f"{mine}~{minutes}", "2-3fa9c1d2")
            for minutes in (3, 0, 7, 1, 5)
        ]
        ports.agenda.add(rows)

        assert sorted(rows, key=lambda row: row.due) == _due(ports, mine, NOON)

    @pytest.mark.parametrize("version", ["", "7-3fa9c1d2"])
    @pytest.mark.parametrize("duty", [SEND, SETTLE, RETIRE_LINK, Duty("of_another_release")])
    def test_every_duty_comes_back(self, ports: Ports, mine: str, duty: Duty, version: str) -> None:
        row = AgendaRow(NOON, duty, str(examples.text_ref(mine)), version)
        ports.agenda.add([row])

        assert [row] == _due(ports, mine, NOON)

    @pytest.mark.parametrize(
        ("until", "is_due"),
        [
            (NOON - MINUTE, False),
            (NOON - timedelta(microseconds=1), False),
            (NOON, True),
            (NOON + timedelta(seconds=1), True),
            (NOON.astimezone(timezone(timedelta(hours=9))), True),
            (NOON + MINUTE, True),
        ],
    )
    def test_a_row_is_due_from_its_minute_on(
        self, ports: Ports, mine: str, until: datetime, is_due: bool
    ) -> None:
        for number in range(8):  # this many subjects cover every shard
            ports.agenda.add([AgendaRow(NOON, SETTLE, f"{mine}~{number}", "1-00000000")])

        assert (8 if is_due else 0) == len(_due(ports, mine, until))

    def test_a_due_second_is_rounded_up(self, ports: Ports, mine: str) -> None:
        row = AgendaRow(NOON + timedelta(seconds=1), SETTLE, mine, "1-00000000")
        ports.agenda.add([row])

        assert _due(ports, mine, NOON + timedelta(seconds=59)) == []
        assert [row.later(NOON + MINUTE)] == _due(ports, mine, NOON + MINUTE)

    def test_adding_a_row_twice_makes_one(self, ports: Ports, mine: str) -> None:
        row = AgendaRow(NOON, RETIRE_LINK, mine)
        ports.agenda.add([row, row])
        ports.agenda.add([row])

        assert [row] == _due(ports, mine, NOON)

    def test_removing_a_row_twice_is_well(self, ports: Ports, mine: str) -> None:
        gone, kept = (
            AgendaRow(NOON, SEND, mine, "1-a"),
            AgendaRow(NOON, SEND, mine, "2-a"),
        )
        ports.agenda.add([gone, kept])

        ports.agenda.remove(gone)
        ports.agenda.remove(gone)

        assert [kept] == _due(ports, mine, NOON)

    def test_rows_may_be_postponed_while_they_are_read(self, ports: Ports, mine: str) -> None:
        rows = [AgendaRow(NOON, SETTLE, f"{mine}~{number}", "1-a") for number in range(5)]
        ports.agenda.add(rows)

        for row in ports.agenda.due(NOON):
            if mine in row.subject:
                ports.agenda.add([row.later(NOON + 2 * MINUTE)])
                ports.agenda.remove(row)

        assert _due(ports, mine, NOON + MINUTE) == []
        assert len(_due(ports, mine, NOON + 2 * MINUTE)) == 5

    def test_a_row_without_a_readable_minute_does_not_stop_the_others(
        self, stored_ports: Ports, raw_tables: TableServiceClient, mine: str
    ) -> None:
        ports, row = stored_ports, AgendaRow(NOON, SEND, mine, "1-a")
        ports.agenda.add([row])
        foreign = {"PartitionKey": f"{NOON:%Y%m%d}1199-0", "RowKey": f"send~{mine}~1-a"}
        table = raw_tables.get_table_client("agenda")
        table.create_entity(foreign)

        found = _due(ports, mine, NOON)

        table.delete_entity(foreign)
        assert found == [row]


def _due(ports: Ports, mine: str, until: datetime) -> list[AgendaRow]:
    return [row for row in ports.agenda.due(until) if mine in row.subject]
