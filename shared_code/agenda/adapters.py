"""
Table `agenda`: rows are found by their minute; the keys hold the whole row.

Partition: minute (UTC) and one of four shards; row: duty, subject, version. There are no
properties, and nothing about a patient.
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
    """The port Agenda. A row that is read back is due at the start of its minute."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, AGENDA)

    def add(self, rows: Iterable[AgendaRow]) -> None:
        """Write the rows. Writing a row again changes nothing."""
        for duty in rows:
            self._table.put(row(*_keys(duty)))

    def due(self, until: datetime) -> Iterator[AgendaRow]:
        """Yield all rows whose minute is not after `until`, the earliest first."""
        # keys continue after the digits of the minute, so the range ends at the next minute
        end = (until.astimezone(UTC) + timedelta(minutes=1)).strftime(_MINUTE)
        for found in self._table.rows("PartitionKey lt @end", end=end):
            duty = _read(found)
            if duty is not None:
                yield duty

    def remove(self, duty: AgendaRow) -> None:
        """Erase the row. Does nothing if it does not exist."""
        self._table.remove(*_keys(duty))


def _keys(duty: AgendaRow) -> tuple[str, str]:
    shard = hashlib.sha256(duty.subject.encode("utf-8")).digest()[0] % SHARDS
    minute = duty.minute().astimezone(UTC).strftime(_MINUTE)
    return f"{minute}-{shard}", f"{duty.duty}~{duty.subject}~{duty.version}"


def _read(found: Row) -> AgendaRow | None:
    """
    Return the row, or None if this release cannot read its keys: it must not stop the other rows.
    """
    duty, _, rest = found["RowKey"].partition("~")
    subject, _, version = rest.rpartition("~")
    try:
        due = datetime.strptime(found["PartitionKey"][:12], _MINUTE).replace(tzinfo=UTC)
        return AgendaRow(due, Duty(duty), subject, version)
    except ValueError:
        logs.warn("agenda.unreadable")
        return None
