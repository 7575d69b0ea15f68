"""
Table `agenda`: everything that must happen, found by its minute and wholly told by its keys.

Partition: minute (UTC) and one of four shards; row: duty, subject, version. Nothing about a
patient, no property at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from shared_code import logs
from shared_code.agenda import AGENDA
from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, row

SHARDS = 4
_MINUTE = "%Y%m%d%H%M"


class TableAgenda:
    """The port Agenda. A row comes back with its minute as its due time."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, AGENDA)

    def add(self, rows: Iterable[AgendaRow]) -> None:
        """Writing a row again changes nothing."""
        for duty in rows:
            self._table.put(row(*_keys(duty)))

    def due(self, until: datetime) -> Iterator[AgendaRow]:
        """All rows whose minute is not after `until`, the earliest first."""
        # keys of the minute itself go on after its digits, so the range ends at the next minute
        end = (until.astimezone(UTC) + timedelta(minutes=1)).strftime(_MINUTE)
        for found in self._table.rows("PartitionKey lt @end", end=end):
            duty = _read(found)
            if duty is not None:
                yield duty

    def remove(self, duty: AgendaRow) -> None:
        """A missing row is well."""
        self._table.remove(*_keys(duty))


def _keys(duty: AgendaRow) -> tuple[str, str]:
    shard = hashlib.sha256(duty.subject.encode("utf-8")).digest()[0] % SHARDS
    minute = duty.minute().astimezone(UTC).strftime(_MINUTE)
    return f"{minute}-{shard}", f"{duty.duty}~{duty.subject}~{duty.version}"


def _read(found: Row) -> AgendaRow | None:
    """None for a row whose keys this release cannot read: it must not stop the others."""
    duty, _, rest = found["RowKey"].partition("~")
    subject, _, version = rest.rpartition("~")
    try:
        due = datetime.strptime(found["PartitionKey"][:12], _MINUTE).replace(tzinfo=UTC)
        return AgendaRow(due, Duty(duty), subject, version)
    except ValueError:
        logs.warn("agenda.unreadable")
        return None
