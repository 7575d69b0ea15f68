"""The protocol of connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the door starts without the values that it never makes
    from shared_code.connections.domain import Connection


class Connections(Protocol):
    """The configuration that the portal keeps."""

    def find(self, connection_id: str) -> Connection | None:
        """The connection of that id."""

    def all(self) -> Sequence[Connection]:
        """Every connection."""
