"""
Table `visits`: one row a visit, changed only under its ETag.

Partition: connection and the first two hex digits of the hash; row: keyed hash of the session id.
The links to join are sealed for their row.
"""

from __future__ import annotations

from shared_code.rows import Stored
from shared_code.security.keys import Rings, seal_text, unseal_text
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, read_optional, row, written
from shared_code.visits import VISITS
from shared_code.visits.domain.visit import Visit, VisitRef, VisitState


class TableVisits:
    """The port Visits. A link whose key is gone raises Refused(PAYLOAD_UNREADABLE)."""

    def __init__(self, account: StorageAccount, rings: Rings) -> None:
        self._table = Table(account, VISITS, settles=True)
        self._rings = rings

    def load(self, ref: VisitRef) -> Stored[Visit] | None:
        """Return the visit, or None."""
        found = self._table.get(_partition(ref), ref.row)
        return Stored(self._read(ref, found.value), found.etag) if found else None

    def insert(self, visit: Visit) -> str:
        """Write a new row and return its ETag. Raises Conflict if the row exists."""
        return self._table.insert(self._write(visit))

    def replace(self, visit: Visit, etag: str) -> str:
        """Replace the row and return the new ETag. Raises Conflict if `etag` differs."""
        return self._table.replace(self._write(visit), etag)

    def remove(self, ref: VisitRef) -> None:
        """Erase the visit. Does nothing if it does not exist."""
        self._table.remove(_partition(ref), ref.row)

    def _write(self, visit: Visit) -> Row:
        return row(
            _partition(visit.ref),
            visit.ref.row,
            tenant=visit.tenant,
            start=written(visit.start),
            minutes=visit.minutes,
            created=written(visit.created),
            organizer=visit.organizer or None,
            meeting_id=visit.meeting_id or None,
            join_url=self._sealed(visit.ref, "join", visit.join_url),
            guest_url=self._sealed(visit.ref, "guest", visit.guest_url),
            state=visit.state.value,
            lobby_confirmed=visit.lobby_confirmed,
            lobby_tries=visit.lobby_tries,
            lobby_tried=written(visit.lobby_tried),
            not_before=written(visit.not_before),
            leased_by=visit.leased_by or None,
            leased_until=written(visit.leased_until),
        )

    def _read(self, ref: VisitRef, found: Row) -> Visit:
        return Visit(
            ref=ref,
            tenant=found["tenant"],
            start=read_optional(found.get("start")),
            minutes=found["minutes"],
            created=read_moment(found["created"]),
            organizer=found.get("organizer", ""),
            meeting_id=found.get("meeting_id", ""),
            join_url=self._unsealed(ref, "join", found.get("join_url")),
            guest_url=self._unsealed(ref, "guest", found.get("guest_url")),
            state=VisitState(found["state"]),
            lobby_confirmed=found["lobby_confirmed"],
            lobby_tries=found["lobby_tries"],
            lobby_tried=read_optional(found.get("lobby_tried")),
            not_before=read_optional(found.get("not_before")),
            leased_by=found.get("leased_by", ""),
            leased_until=read_optional(found.get("leased_until")),
        )

    def _sealed(self, ref: VisitRef, kind: str, url: str) -> str | None:
        return seal_text(self._rings.payload, url, _context(ref, kind)) if url else None

    def _unsealed(self, ref: VisitRef, kind: str, sealed: str | None) -> str:
        return unseal_text(self._rings.payload, sealed, _context(ref, kind)) if sealed else ""


def _partition(ref: VisitRef) -> str:
    digits = ref.row.partition("-")[2]
    return f"{ref.connection}-{digits[:2]}"


def _context(ref: VisitRef, kind: str) -> str:
    return f"{VISITS}/{ref}/{kind}"
