"""The protocol of links."""

from __future__ import annotations

from typing import Protocol

from shared_code.links.domain import Link


class Links(Protocol):
    """Where patients' tokens lead, found by the digest of the token."""

    def put(self, link: Link) -> None:
        """Writing a link again changes nothing."""

    def find(self, digest: str) -> Link | None:
        """The link, or None."""

    def remove(self, digest: str) -> None:
        """Erases the link; a missing one is well."""
