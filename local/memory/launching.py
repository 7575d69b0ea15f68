"""The ports of launching and attendance as dictionaries under a lock, for tests of flows."""

from __future__ import annotations

from collections.abc import Sequence

from local.memory.rows import Rows
from shared_code.attendance.domain import Attendee
from shared_code.launching.domain.launch import Launch, SignInAttempt
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.domain.user import LinkedUser
from shared_code.rows import Stored
from shared_code.visits.domain.visit import VisitRef


class MemoryLaunches:
    """The port Launches."""

    def __init__(self) -> None:
        self.launches: Rows[TokenKey, Launch] = Rows()
        self.attempts: Rows[TokenKey, SignInAttempt] = Rows()

    def insert_launch(self, launch: Launch) -> None:
        """Write a new launch. Raises Conflict if it exists."""
        self.launches.insert(launch.key, launch)

    def load_launch(self, key: TokenKey) -> Stored[Launch] | None:
        """Return the launch, or None."""
        return self.launches.get(key)

    def replace_launch(self, launch: Launch, etag: str) -> str:
        """Replace the launch and return its ETag. Raises Conflict if the ETag differs."""
        return self.launches.replace(launch.key, launch, etag)

    def insert_attempt(self, attempt: SignInAttempt) -> None:
        """Write a new sign-in. Raises Conflict if it exists."""
        self.attempts.insert(attempt.key, attempt)

    def load_attempt(self, key: TokenKey) -> Stored[SignInAttempt] | None:
        """Return the sign-in, or None."""
        return self.attempts.get(key)

    def replace_attempt(self, attempt: SignInAttempt, etag: str) -> str:
        """Replace the sign-in and return its ETag. Raises Conflict if the ETag differs."""
        return self.attempts.replace(attempt.key, attempt, etag)

    def erase(self, bucket: str, most: int) -> bool:
        """Erase up to `most` rows of a bucket; return whether none is left."""
        launches = [each.key for each in self.launches.values() if each.key.bucket == bucket]
        attempts = [each.key for each in self.attempts.values() if each.key.bucket == bucket]
        for key in launches[:most]:
            self.launches.remove(key)
        for key in attempts[: most - len(launches[:most])]:
            self.attempts.remove(key)
        return len(launches) + len(attempts) <= most


class MemorySessions:
    """The port Sessions."""

    def __init__(self) -> None:
        self.rows: Rows[TokenKey, Session] = Rows()

    def insert(self, session: Session) -> None:
        """Write a new session. Raises Conflict if it exists."""
        self.rows.insert(session.key, session)

    def load(self, key: TokenKey) -> Stored[Session] | None:
        """Return the session, or None."""
        return self.rows.get(key)

    def replace(self, session: Session, etag: str) -> str:
        """Replace the session and return its ETag. Raises Conflict if the ETag differs."""
        return self.rows.replace(session.key, session, etag)

    def erase(self, bucket: str, most: int) -> bool:
        """Erase up to `most` rows of a bucket; return whether none is left."""
        found = [each.key for each in self.rows.values() if each.key.bucket == bucket]
        for key in found[:most]:
            self.rows.remove(key)
        return len(found) <= most


class MemoryLinkedUsers:
    """The port LinkedUsers."""

    def __init__(self) -> None:
        self.rows: Rows[tuple[str, str], LinkedUser] = Rows()

    def load(self, connection: str, user: str) -> Stored[LinkedUser] | None:
        """Return the link of an EHR user, or None."""
        return self.rows.get((connection, user))

    def put(self, link: LinkedUser) -> None:
        """Write the link of an EHR user, in place of any other."""
        self.rows.put((link.connection, link.user), link)

    def others_of(self, connection: str, account: str, user: str) -> bool:
        """Return whether the account is linked to another EHR user of the connection."""
        return any(
            (each.connection, each.account) == (connection, account) and each.user != user
            for each in self.rows.values()
        )

    def remove(self, connection: str, user: str) -> None:
        """Erase the link. Does nothing if it does not exist."""
        self.rows.remove((connection, user))


class MemoryAttendees:
    """The port Attendees."""

    def __init__(self) -> None:
        self.rows: Rows[tuple[VisitRef, str], Attendee] = Rows()

    def record(self, attendee: Attendee) -> None:
        """Write the person, or add the newer moments to the row that exists."""
        key = (attendee.visit, attendee.person)
        found = self.rows.get(key)
        self.rows.put(key, found.value.merged(attendee) if found else attendee)

    def of(self, visit: VisitRef) -> Sequence[Attendee]:
        """Return the persons of a visit."""
        return [each for each in self.rows.values() if each.visit == visit]

    def remove(self, visit: VisitRef) -> None:
        """Erase all persons of a visit. Does nothing if there are none."""
        for each in self.of(visit):
            self.rows.remove((visit, each.person))
