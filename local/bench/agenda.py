"""
Read what is due from an agenda of 1,000 and of 100,000 rows, with the same number of rows due.

Entities returned and requests made must not grow with what is stored; the time is reported.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import batched

from azure.data.tables import TableClient

from local.bench.counting import counted
from local.demo.machine import Machine
from shared_code.agenda import AGENDA
from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import RETIRE_PHONE
from shared_code.settings import Settings
from shared_code.wiring.azure import AzurePorts

_DUE = 200
_NOW = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)


def measure(machine: Machine) -> dict[str, float]:
    """Measure on the stack's storage. The hosts must be stopped, or they would handle the rows."""
    ours = {name: v for name, v in machine.stack.environment.items() if "IDENTITY" not in name}
    ports = AzurePorts(Settings.from_environment({**ours, "CONNECTOR_ROLE": "all"}))
    table = ports.account.table(AGENDA)
    for row in list(ports.agenda.due(_NOW + timedelta(days=4000))):
        ports.agenda.remove(row)
    ports.agenda.add(
        AgendaRow(_NOW, RETIRE_PHONE, f"bench~1-{n:032x}", "1-00000000") for n in range(_DUE)
    )
    figures: dict[str, float] = {}
    stored = 0
    for size, name in ((1_000, "1k"), (100_000, "100k")):
        _fill(table, stored, size)
        stored = size
        with counted() as requests:
            began = time.perf_counter()
            entities = sum(1 for _ in ports.agenda.due(_NOW))
            seconds = time.perf_counter() - began
        figures[f"agenda_read_{name}_entities"] = entities
        figures[f"agenda_read_{name}_requests"] = requests.number
        figures[f"agenda_read_{name}_ms"] = seconds * 1000
    figures["agenda_read_100k_vs_1k"] = (
        figures["agenda_read_100k_requests"] / figures["agenda_read_1k_requests"]
    )
    return figures


def _fill(table: TableClient, first: int, last: int) -> None:
    """Write rows of later days, a hundred in each transaction."""
    for number, rows in enumerate(batched(range(first, last), 100, strict=False)):
        minute = _NOW + timedelta(days=1, minutes=first + number)
        partition = f"{minute:%Y%m%d%H%M}-0"
        table.submit_transaction(
            [
                (
                    "upsert",
                    {"PartitionKey": partition, "RowKey": f"retire_row~bench~1-{n:032x}~1-0"},
                )
                for n in rows
            ]
        )
