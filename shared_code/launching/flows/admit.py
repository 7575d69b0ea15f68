"""
Epic has answered: who launched, which visit it is, and where that person goes now.

Who somebody is says only Epic's verified id_token. Which visit it is says the context: the session
id of the integration record. A patient without one never gets a room of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared_code import logs
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import appointment_ref
from shared_code.attendance.domain import Role
from shared_code.attendance.flows import Attendance
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.launch_setup import EpicSetup, VisitSetup
from shared_code.errors import ConnectorError, NotStored, Refused
from shared_code.launching.domain.errors import (
    IDENTITY_KEYS_UNKNOWN,
    IDENTITY_REFUSED,
    IDENTITY_UNVERIFIED,
    LAUNCH_DISAGREES,
    LAUNCHING_NOT_CONFIGURED,
    RECORD_PLACEHOLDER,
    RECORD_WITHOUT_VISIT,
    SESSION_PLACEHOLDER,
    VISIT_DISAGREES,
    VISIT_UNKNOWN,
)
from shared_code.launching.domain.gate import TooEarly, patient_gate
from shared_code.launching.domain.launch import Door, Launch, Result
from shared_code.launching.domain.place import Person, Place
from shared_code.launching.flows.csn_check import CsnCheck
from shared_code.launching.flows.open_page import OpenPage
from shared_code.launching.flows.trouble import LaunchTrouble
from shared_code.launching.ports import Epic, LinkedUsers
from shared_code.security import keys
from shared_code.security.keys import Rings
from shared_code.smart.errors import KeysUnknown
from shared_code.smart.token_answer import TokenAnswer
from shared_code.smart.user import EhrUser, Side
from shared_code.visits.domain.visit import VisitState
from shared_code.visits.flows.refs import visit_ref
from shared_code.visits.ports import Visits


@dataclass(frozen=True, slots=True)
class Admit:
    """Decides where a launch leads. Every method raises Refused and NotStored."""

    appointments: Appointments
    visits: Visits
    users: LinkedUsers
    attendance: Attendance
    open_page: OpenPage
    csn_check: CsnCheck
    trouble: LaunchTrouble
    epic: Epic
    rings: Rings
    clock: Clock

    def admit(
        self,
        launch: Launch,
        connection: Connection,
        answer: TokenAnswer,
        browser: str,
        *,
        framed: bool = False,
    ) -> Result:
        """
        Return where the launch leads: the page of the visit, or for a patient the meeting.

        `browser` is the value of the browser's page cookie, "" if it has none. `framed`: a meeting
        refuses frames, so patients get a page there, too.
        """
        if connection.epic is None or connection.visits is None:
            raise Refused(LAUNCHING_NOT_CONFIGURED)
        person = self._person(launch, connection, connection.epic, answer)
        place = self._place(connection, connection.epic, connection.visits, answer)
        logs.event(
            "launch.admitted",
            connection=connection.id,
            row=place.visit.row,
            kind=person.role.value,
        )
        if person.role is Role.STAFF:
            return self._clinician(person, place, browser)
        return self._patient(person, place, browser, framed=framed)

    def _person(
        self, launch: Launch, connection: Connection, setup: EpicSetup, answer: TokenAnswer
    ) -> Person:
        user = self._verified(launch, connection, setup, answer)
        provider = launch.door is Door.PROVIDER
        if user is None or (user.side is None and not provider):
            if provider:
                raise Refused(IDENTITY_REFUSED)
            everybody = self._hash(connection, "patients without a name")
            return Person(Role.PATIENT, self._hash(connection, f"launch {launch.key}"), everybody)
        if user.side is None and user.named:
            raise Refused(IDENTITY_REFUSED)
        staff = user.side is Side.STAFF or user.side is None
        role = Role.STAFF if staff else Role.PATIENT
        hashed = self._hash(connection, f"user {user.id}")
        return Person(role, hashed, hashed, named=user.named)

    def _verified(
        self, launch: Launch, connection: Connection, setup: EpicSetup, answer: TokenAnswer
    ) -> EhrUser | None:
        """Return who Epic says launched; None for a patient's launch without a usable token."""
        patient = launch.door is Door.PATIENT
        if answer.id_token is None:
            if not patient or not setup.patient_without_id_token:
                raise Refused(IDENTITY_REFUSED)
            return None
        try:
            return self.epic.user(answer.id_token, setup, launch.issuer, launch.nonce)
        except NotStored:
            raise
        except ConnectorError as error:  # refused, or Epic's keys cannot be had
            if not patient or not setup.patient_without_id_token:
                if isinstance(error, KeysUnknown):
                    self.trouble.report(IDENTITY_KEYS_UNKNOWN, connection)
                raise
            self.trouble.report(IDENTITY_UNVERIFIED, connection)
            return None

    def _place(
        self, connection: Connection, epic: EpicSetup, setup: VisitSetup, answer: TokenAnswer
    ) -> Place:
        context, session = answer.context, answer.context.session_id
        if context.disagree:
            self.trouble.report(LAUNCH_DISAGREES, connection)
            raise Refused(VISIT_DISAGREES)
        if session is None and not context.has_placeholder:
            session = self.epic.csn(epic, answer)
        if session is None:
            missing = not context.has_placeholder
            self.trouble.report(RECORD_WITHOUT_VISIT if missing else RECORD_PLACEHOLDER, connection)
            raise Refused(VISIT_UNKNOWN if missing else SESSION_PLACEHOLDER)
        stored = self.appointments.by_csn(connection.id, session)
        if stored is None:
            self.csn_check.unknown(connection)
        return Place(
            connection=connection,
            setup=setup,
            visit=visit_ref(self.rings, connection.id, session),
            ref=stored.value.ref if stored else appointment_ref(self.rings, connection.id, session),
            appointment=stored.value if stored else None,
        )

    def _clinician(self, person: Person, place: Place, browser: str) -> Result:
        connection = place.connection.id
        linked = self.users.load(connection, person.user)
        if linked and linked.value.needs_note(self.clock()):
            self.users.put(linked.value.used_at(self.clock()))
        account = linked.value if linked else None
        if account is not None:
            self.attendance.opened(
                place.visit, person.user, person.role, place.end(self.clock()), account.account
            )
        return self.open_page.open(place, person, browser)

    def _patient(self, person: Person, place: Place, browser: str, *, framed: bool) -> Result:
        end = place.end(self.clock())
        gate = patient_gate(place.appointment, place.setup, self.clock())
        if gate is not None:
            self.attendance.opened(place.visit, person.user, person.role, end)
            if isinstance(gate, TooEarly):
                return self.open_page.open(place, person, browser)
            raise Refused(gate)
        stored = self.visits.load(place.visit)
        if framed or stored is None or stored.value.state is not VisitState.READY:
            self.attendance.opened(place.visit, person.user, person.role, end)
            return self.open_page.open(place, person, browser)
        self.attendance.pressed_join(place.visit, person.user, person.role, end)
        return Result(url=stored.value.patient_url)

    def _hash(self, connection: Connection, words: str) -> str:
        return keys.keyed_hash(self.rings.hash, "ehruser", connection.id, words)
