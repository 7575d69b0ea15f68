"""
Table `sessions`: the pages of those who launched, by the hash of their handle.

Partition: the ten minutes in which it was made and the first hex digit of the hash.
"""

from __future__ import annotations

from shared_code.appointments.domain import AppointmentRef
from shared_code.attendance.domain import Role
from shared_code.launching import SESSIONS
from shared_code.launching.adapters.erasing import erase, keys_of
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.tokens import TokenKey
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, read_optional, row, written
from shared_code.visits.domain.visit import VisitRef


class TableSessions:
    """The port Sessions."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, SESSIONS, settles=True)

    def insert(self, session: Session) -> None:
        """Write a new session. Raises Conflict if it exists."""
        self._table.insert(_write(session))

    def load(self, key: TokenKey) -> Stored[Session] | None:
        """Return the session, or None."""
        found = self._table.get(*keys_of(key))
        return Stored(_read(key, found.value), found.etag) if found else None

    def replace(self, session: Session, etag: str) -> str:
        """Replace the session and return its ETag. Raises Conflict if the ETag differs."""
        return self._table.replace(_write(session), etag)

    def erase(self, bucket: str, most: int) -> bool:
        """Erase up to `most` rows of a bucket; return whether none is left."""
        return erase(self._table, bucket, most)


def _write(session: Session) -> Row:
    return row(
        *keys_of(session.key),
        visit=str(session.visit),
        appointment=str(session.appointment),
        role=session.role.value,
        user=session.user,
        owner=session.owner,
        browser=session.browser,
        created=written(session.created),
        expires=written(session.expires),
        returned=session.returned,
        given_again=session.given_again,
        asked=session.asked,
        opened_meeting=written(session.opened_meeting),
        started_waiting=written(session.started_waiting),
        language=session.language,
        named=session.named,
    )


def _read(key: TokenKey, found: Row) -> Session:
    return Session(
        key=key,
        visit=VisitRef.parse(found["visit"]),
        appointment=AppointmentRef.parse(found["appointment"]),
        role=Role(found["role"]),
        user=found["user"],
        owner=found["owner"],
        browser=found["browser"],
        created=read_moment(found["created"]),
        expires=read_moment(found["expires"]),
        returned=found["returned"],
        given_again=found["given_again"],
        asked=found["asked"],
        opened_meeting=read_optional(found.get("opened_meeting")),
        started_waiting=read_optional(found.get("started_waiting")),
        language=found["language"],
        named=found["named"],
    )
