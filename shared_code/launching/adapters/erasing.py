"""Erase the rows of a bucket: its partitions one after another, a hundred rows at a time."""

from __future__ import annotations

from itertools import islice

from shared_code.launching.domain.tokens import TokenKey
from shared_code.storage.tables import Table

_SHARDS = "0123456789abcdef"


def keys_of(key: TokenKey) -> tuple[str, str]:
    """Return partition and row: sixteen partitions for each bucket."""
    return f"{key.bucket}-{key.digest[0]}", key.digest


def erase(table: Table, bucket: str, most: int) -> bool:
    """Erase up to `most` rows of the bucket; return whether none is left."""
    left = most
    for shard in _SHARDS:
        partition = f"{bucket}-{shard}"
        found = table.rows("PartitionKey eq @partition", partition=partition)
        rows = [each["RowKey"] for each in islice(found, left + 1)]
        table.remove_all(partition, rows[:left])
        if len(rows) > left:
            return False
        left -= len(rows)
    return True
