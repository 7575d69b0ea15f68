"""The ports as deployed, on the storage emulator."""

from __future__ import annotations

from functools import cache
from typing import Any

from local.memory.ports import MemoryRings
from shared_code.settings import Settings
from shared_code.storage.connect import StorageAccount
from shared_code.wiring.azure import AzurePorts
from tests.support.settings import settings_for
from tests.world.clock import FixedClock

_made: list[StorageAccount] = []


@cache
def account(connection_string: str) -> StorageAccount:
    """Return the same account for the same connection string."""
    _made.append(StorageAccount(settings_for(AzureWebJobsStorage=connection_string)))
    return _made[-1]


def close_all() -> None:
    """Close every account, so that no socket is left to the garbage collector."""
    for each in _made:
        each.close()


class StoredPorts(AzurePorts):
    """
    The deployed ports; `own` replaces some by name.

    No vault is used: rings are new unless they are given.
    """

    def __init__(self, settings: Settings, **own: Any) -> None:
        super().__init__(settings)
        vars(self).update({"clock": FixedClock(), "rings": MemoryRings(), **own})


def in_storage(connection_string: str, **own: Any) -> StoredPorts:
    """Return the ports of an account that all tests share."""
    settings = settings_for(AzureWebJobsStorage=connection_string)
    return StoredPorts(settings, account=account(connection_string), **own)
