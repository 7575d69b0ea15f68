"""Give whoever launched a page of the visit: a session, its handle, and the browser's cookie."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.attendance.domain import Role
from shared_code.clock import Clock
from shared_code.launching.domain import session, tokens
from shared_code.launching.domain.launch import Result
from shared_code.launching.domain.place import Person, Place
from shared_code.launching.domain.session import Session
from shared_code.launching.flows.buckets import RETIRE_SESSIONS, Buckets
from shared_code.launching.flows.secrets import BrowserSecrets, digest_of
from shared_code.launching.ports import Sessions


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Makes sessions. Raises NotStored."""

    sessions: Sessions
    buckets: Buckets
    secrets: BrowserSecrets
    clock: Clock

    def open(
        self,
        place: Place,
        person: Person,
        browser: str,
        language: str = "",
    ) -> Result:
        """
        Return the handle of a new page.

        `browser` is the page cookie that came, "" if none did. `language` is that of the text whose
        link was pressed.
        """
        now = self.clock()
        chance = self.secrets.randomness(tokens.RANDOM_BYTES)
        handle = tokens.new_token(now, chance, staff=person.role is Role.STAFF)
        key = tokens.key_of(handle)
        assert key is not None  # noqa: S101
        cookie = self.secrets.of_browser(person.owner, browser)
        self.buckets.plan(RETIRE_SESSIONS, key)
        self.sessions.insert(
            Session(
                key=key,
                visit=place.visit,
                appointment=place.ref,
                role=person.role,
                user=person.user,
                owner=person.owner,
                named=person.named,
                browser=digest_of(cookie),
                created=now,
                expires=session.expiry(now, place.end(now)),
                language=language,
            )
        )
        return Result(handle=handle, browser=cookie)
