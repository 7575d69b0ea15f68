"""
Table `audit`: who did what. Kept for years; it never names an appointment.

Partition: tenant and month; row: time and a short hash, so that an entry is stored only once.
"""

from __future__ import annotations

import hashlib
from datetime import UTC

from shared_code.oversight import AUDIT
from shared_code.oversight.ports import AuditEntry
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Table, row, written


class TableAudit:
    """The port Audit."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, AUDIT)

    def record(self, entry: AuditEntry) -> None:
        """Add the entry. Adding the identical entry again changes nothing."""
        at = entry.at.astimezone(UTC)
        words = f"{entry.action}|{entry.subject}".encode()
        row_key = f"{at:%Y%m%dT%H%M%S%f}-{hashlib.sha256(words).hexdigest()[:8]}"
        self._table.insert_if_absent(
            row(
                f"{entry.tenant}-{at:%Y%m}",
                row_key,
                action=entry.action,
                subject=entry.subject,
                actor=entry.actor or None,
                at=written(at),
            )
        )
