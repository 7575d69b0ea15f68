"""
A clinician confirms that a Microsoft account is theirs, or says that the page shows somebody else.

The link is made for the EHR user of the page's launch. An account that belongs to another EHR user
as well needs a second confirmation: some people have two records in Epic.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from shared_code import logs
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.appointments.ports import Appointments
from shared_code.attendance.domain import Role
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.errors import Conflict
from shared_code.launching.domain import tokens
from shared_code.launching.domain.errors import SIGN_IN_START_AGAIN
from shared_code.launching.domain.launch import Account, Result, SignInAttempt
from shared_code.launching.domain.outcomes import ShowVisit
from shared_code.launching.domain.place import Person, Place
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.user import KEPT_UNUSED, LinkedUser
from shared_code.launching.flows.linked_users import RETIRE_LINKED_USER, subject_of
from shared_code.launching.flows.open_page import OpenPage
from shared_code.launching.flows.secrets import digest_of
from shared_code.launching.flows.sign_in import Confirm, SignInRefusal, SignIns
from shared_code.launching.ports import Launches, LinkedUsers, Sessions
from shared_code.oversight.ports import Audit, AuditEntry


@dataclass(frozen=True, slots=True)
class ConfirmRequest:
    """The form of the confirm page. `twice`: the second confirmation was given."""

    state: str = field(repr=False)
    attempts: Mapping[str, str] = field(repr=False)
    browser: str = field(repr=False)
    twice: bool


@dataclass(frozen=True, slots=True)
class ConfirmAccount:
    """Links and unlinks accounts. Every method raises NotStored."""

    sign_ins: SignIns
    sessions: Sessions
    connections: Connections
    appointments: Appointments
    launches: Launches
    users: LinkedUsers
    open_page: OpenPage
    agenda: Agenda
    audit: Audit
    clock: Clock

    def confirm(self, request: ConfirmRequest) -> ShowVisit | Confirm | SignInRefusal:
        """Link the account, and open the page of the visit in this window."""
        found = self.sign_ins.attempt(request.state, request.attempts)
        page = self.sign_ins.page(found.value.session) if found else None
        if found is None or page is None:
            return SignInRefusal(SIGN_IN_START_AGAIN)
        attempt, (session, connection) = found.value, page
        linked = self._linked_by(attempt, session)
        if linked is None:
            account = attempt.account
            if account is None:
                return SignInRefusal(SIGN_IN_START_AGAIN, connection)
            second = self.users.others_of(connection.id, account.oid, session.user)
            if second and not request.twice:
                return self.sign_ins.ask(
                    request.state, account, session, connection, linked_elsewhere=True
                )
            linked = self._link(connection, session, account, second=second)
            with suppress(Conflict):  # the same form, pressed twice at once
                self.launches.replace_attempt(attempt.used(self.clock()), found.etag)
        result = self._open(session, connection, request.browser)
        return ShowVisit(result.handle, result.browser, used_cookie=attempt.key.short)

    def forget(self, handle: str, browser: str) -> bool:
        """
        Unlink the account of the page's EHR user (*Not you?*): every page of theirs asks again.

        Returns False if the page does not belong to the browser or to a clinician. The audit comes
        first: whatever fails, nothing is unlinked that nobody can find out about.
        """
        key = tokens.key_of(handle)
        stored = self.sessions.load(key) if key else None
        if stored is None or not stored.value.admits(digest_of(browser)):
            return False
        session = stored.value
        connection = self.connections.find(session.visit.connection)
        is_staff = session.role is Role.STAFF
        if connection is None or not is_staff or session.has_expired(self.clock()):
            return False
        if self.users.load(connection.id, session.user) is not None:
            self._note(connection, "ehr_user.unlinked", session.user)
            self.users.remove(connection.id, session.user)
        return True

    def _linked_by(self, attempt: SignInAttempt, session: Session) -> LinkedUser | None:
        """Return what the same form has linked a moment ago: people press buttons twice."""
        if not attempt.was_used() or not attempt.may_repeat(self.clock()):
            return None
        stored = self.users.load(session.visit.connection, session.user)
        return stored.value if stored else None

    def _open(self, session: Session, connection: Connection, browser: str) -> Result:
        """Open the page of the visit again, in the window of the sign-in."""
        assert connection.visits is not None  # noqa: S101 - SignIns.page() gives no other
        appointment = self.appointments.load(session.appointment)
        place = Place(
            connection=connection,
            setup=connection.visits,
            visit=session.visit,
            ref=session.appointment,
            appointment=appointment.value if appointment else None,
        )
        person = Person(session.role, session.user, session.owner, named=session.named)
        return self.open_page.open(place, person, browser)

    def _link(
        self, connection: Connection, session: Session, account: Account, *, second: bool
    ) -> LinkedUser:
        now = self.clock()
        linked = LinkedUser(
            connection=connection.id,
            user=session.user,
            tenant=account.tenant,
            account=account.oid,
            name=account.username,
            used=now,
        )
        subject = subject_of(linked)
        self.agenda.add([AgendaRow(now + KEPT_UNUSED, RETIRE_LINKED_USER, subject)])
        self.users.put(linked)
        action = "ehr_user.linked_as_second" if second else "ehr_user.linked"
        self._note(connection, action, session.user)
        return linked

    def _note(self, connection: Connection, action: str, user: str) -> None:
        logs.event("sign_in.changed", connection=connection.id, action=action)
        self.audit.record(AuditEntry(connection.tenant, action, user, self.clock()))
