"""
Table `links`: which appointment a patient's token leads to, by the SHA-256 of the token.

Partition: the first two hex digits of the digest; row: the rest. Tokens are never stored.
"""

from __future__ import annotations

from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.links import LINKS
from shared_code.links.domain import LIFE_AFTER_START, Link
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Table, read_moment, read_optional, row, written


class TableLinks:
    """The port Links."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, LINKS)

    def put(self, link: Link) -> None:
        """Write the link. Writing it again changes nothing."""
        self._table.put(
            row(
                *_keys(link.digest),
                subject=str(link.subject),
                version=str(link.version),
                start=written(link.start),
                not_after=written(link.not_after),
                recipient=link.recipient,
            )
        )

    def find(self, digest: str) -> Link | None:
        """Return the link, or None."""
        stored = self._table.get(*_keys(digest))
        if stored is None:
            return None
        found = stored.value
        not_after = read_moment(found["not_after"])
        start = read_optional(found.get("start"))
        return Link(
            digest=digest,
            subject=AppointmentRef.parse(found["subject"]),
            version=Version.parse(found["version"]),
            start=start or not_after - LIFE_AFTER_START,  # how rows without a start were made
            not_after=not_after,
            recipient=found["recipient"],
        )

    def remove(self, digest: str) -> None:
        """Erase the link. Does nothing if it does not exist."""
        self._table.remove(*_keys(digest))


def _keys(digest: str) -> tuple[str, str]:
    return digest[:2], digest[2:]
