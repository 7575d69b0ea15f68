"""The keyed hash of a number, as an allow-list holds it."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.connections.domain import Connection
from shared_code.consent.flows import recipient_hash
from shared_code.security.keys import Rings


@dataclass(frozen=True, slots=True)
class AllowListHash:
    """Nothing is stored, and the number is in no log."""

    rings: Rings

    def of(self, connection: Connection, number: str) -> str:
        """The hash of a number (E.164) for the connection's tenant. Raises NotStored."""
        return recipient_hash(self.rings, connection.tenant, number)
