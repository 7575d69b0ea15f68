"""
Table `sessions`: the pages of those who launched, by the hash of their handle.

Partition: the ten minutes in which it was made and the first hex digit of the hash. The sign-in
name is sealed for its row.
"""

from __future__ import annotations

from shared_code.appointments.domain import AppointmentRef
from shared_code.attendance.domain import Role
from shared_code.launching import SESSIONS
from shared_code.launching.adapters.erasing import erase, keys_of
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.tokens import TokenKey
from shared_code.rows import Stored
from shared_code.security.keys import Rings, seal_text, unseal_text
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, read_optional, row, written
from shared_code.visits.domain.visit import VisitRef


class TableSessions:
    """The port Sessions. A name whose key is gone raises Refused(PAYLOAD_UNREADABLE)."""

    def __init__(self, account: StorageAccount, rings: Rings) -> None:
        self._table = Table(account, SESSIONS, settles=True)
        self._rings = rings

    def insert(self, session: Session) -> None:
        """Write a new session. Raises Conflict if it exists."""
        self._table.insert(self._write(session))

    def load(self, key: TokenKey) -> Stored[Session] | None:
        """Return the session, or None."""
        found = self._table.get(*keys_of(key))
        return Stored(self._read(key, found.value), found.etag) if found else None

    def replace(self, session: Session, etag: str) -> str:
        """Replace the session and return its ETag. Raises Conflict if the ETag differs."""
        return self._table.replace(self._write(session), etag)

    def erase(self, bucket: str, most: int) -> bool:
        """Erase up to `most` rows of a bucket; return whether none is left."""
        return erase(self._table, bucket, most)

    def _write(self, session: Session) -> Row:
        name = session.signed_in_as
        sealed = seal_text(self._rings.payload, name, _context(session.key)) if name else None
        return row(
            *keys_of(session.key),
            visit=str(session.visit),
            appointment=str(session.appointment),
            role=session.role.value,
            user=session.user,
            browser=session.browser,
            created=written(session.created),
            expires=written(session.expires),
            returned=session.returned,
            account=session.account,
            signed_in_as=sealed,
            opened_meeting=written(session.opened_meeting),
            started_waiting=written(session.started_waiting),
            language=session.language,
            named=session.named,
        )

    def _read(self, key: TokenKey, found: Row) -> Session:
        sealed = found.get("signed_in_as")
        name = unseal_text(self._rings.payload, sealed, _context(key)) if sealed else ""
        return Session(
            key=key,
            visit=VisitRef.parse(found["visit"]),
            appointment=AppointmentRef.parse(found["appointment"]),
            role=Role(found["role"]),
            user=found["user"],
            browser=found["browser"],
            created=read_moment(found["created"]),
            expires=read_moment(found["expires"]),
            returned=found["returned"],
            account=found["account"],
            signed_in_as=name,
            opened_meeting=read_optional(found.get("opened_meeting")),
            started_waiting=read_optional(found.get("started_waiting")),
            language=found["language"],
            named=found["named"],
        )


def _context(key: TokenKey) -> str:
    return f"session|{key}"
