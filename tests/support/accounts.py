"""One StorageAccount for each connection string, closed at the end of the run."""

from __future__ import annotations

from functools import cache

from shared_code.storage.connect import StorageAccount
from tests.support.settings import settings_for

_made: list[StorageAccount] = []


@cache
def account(connection_string: str) -> StorageAccount:
    """The same account for the same connection string."""
    _made.append(StorageAccount(settings_for(AzureWebJobsStorage=connection_string)))
    return _made[-1]


def close_all() -> None:
    """No socket is left to the garbage collector."""
    for each in _made:
        each.close()
