"""The port of links."""

from __future__ import annotations

from typing import Protocol

from shared_code.links.domain import Link


class Links(Protocol):
    """Patients' links, by the digest of the token."""

    def put(self, link: Link) -> None:
        """Write the link. Writing it again changes nothing."""

    def find(self, digest: str) -> Link | None:
        """Return the link, or None."""

    def remove(self, digest: str) -> None:
        """Erase the link. Does nothing if it does not exist."""
