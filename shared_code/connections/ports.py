"""The port of connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the HL7 endpoint starts faster without importing the values
    from shared_code.connections.domain import Connection


class Connections(Protocol):
    """The configured connections."""

    def find(self, connection_id: str) -> Connection | None:
        """Return the connection with that id, or None."""

    def all(self) -> Sequence[Connection]:
        """Return every connection."""

    def mistakes(self) -> Sequence[str]:
        """
        Return the mistakes of the newest configuration by place, never by value; the last valid
        one stays in use. None: the newest one is valid.
        """

    def by_base_url(self, key: str) -> Sequence[Connection]:
        """Return the connections whose Epic has the base URL with that address key."""
