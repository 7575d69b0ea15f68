"""
The ports of one worker, over the official SDKs, each made when it is first asked for.

services.py makes the stories of them. Everything is made under one lock: functions run in parallel
threads. The HL7 door asks only for what it needs, so its app never imports the rest.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING

from shared_code.clock import Clock, clock_with_offset, system_clock
from shared_code.connections.ports import Connections
from shared_code.oversight.ports import CircuitBreaker, Switches
from shared_code.queues import Queues
from shared_code.settings import Settings
from shared_code.texting.ports import (
    Counts,
    OptOutSource,
    RateWindow,
    TextSender,
    Wording,
)
from shared_code.wiring.once import once

if TYPE_CHECKING:
    from shared_code.agenda.adapters import TableAgenda
    from shared_code.appointments.adapters import TableAppointments
    from shared_code.attendance.adapters import TableAttendees
    from shared_code.consent.adapters import TableOptOuts
    from shared_code.graph.meetings import OnlineMeetings
    from shared_code.identity.app_tokens import AppTokens
    from shared_code.identity.sign_in import SignIn
    from shared_code.intake.adapters.payloads import BlobPayloads
    from shared_code.launching.adapters.launches import TableLaunches
    from shared_code.launching.adapters.linked_users import TableLinkedUsers
    from shared_code.launching.adapters.sessions import TableSessions
    from shared_code.launching.ports import Epic
    from shared_code.links.adapters import TableLinks
    from shared_code.outbound.http import OutboundHttp
    from shared_code.outbound.key_sets import KeySets
    from shared_code.oversight.adapters.audit import TableAudit
    from shared_code.oversight.adapters.dead_letters import StoredDeadLetters
    from shared_code.oversight.adapters.problems import TableProblems
    from shared_code.security.keys import Rings
    from shared_code.storage.connect import StorageAccount
    from shared_code.texting.adapters.number_days import TableNumberDays
    from shared_code.texting.adapters.texts import TableTexts
    from shared_code.vault.secrets import VaultSecrets
    from shared_code.visits.adapters.organizer_days import TableOrganizerDays
    from shared_code.visits.adapters.visits import TableVisits
    from shared_code.visits.ports import MeetingCircuits

_LAUNCHES_ON_THE_WIRE = 12
"""Requests to Graph of one worker. A meeting is made once however often it is asked for, so more
than the three of texts and hints may be without an answer when an outage begins."""


class AzurePorts:
    """What implements the ports in Azure and, against the emulator, on one machine."""

    def __init__(self, settings: Settings) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        offset = settings.clock_offset_file
        self.clock: Clock = clock_with_offset(offset) if offset else system_clock

    @once
    def opt_outs(self) -> TableOptOuts:
        """Who said STOP."""
        from shared_code.consent.adapters import TableOptOuts

        return TableOptOuts(self.account)

    @once
    def opt_out_source(self) -> OptOutSource | None:
        """The SMS service's own list, where a setting says that it can be asked."""
        from shared_code.texting.adapters.acs.optouts import ServiceOptOuts

        asked = self.settings.checks_opt_outs
        return ServiceOptOuts(self.settings, self.secrets) if asked else None

    @once
    def circuit(self) -> CircuitBreaker:
        """Whether the SMS service answers."""
        from shared_code.oversight.adapters.circuit import TableCircuitBreaker

        return TableCircuitBreaker(self.account, self.settings.acs_endpoint)

    @once
    def rate(self) -> RateWindow:
        """The rate of the sending numbers."""
        from shared_code.texting.adapters.rate import TableRateWindow

        return TableRateWindow(self.account)

    @once
    def account(self) -> StorageAccount:
        """The storage account."""
        from shared_code.storage.connect import StorageAccount

        return StorageAccount(self.settings)

    @once
    def connections(self) -> Connections:
        """The connections, from their file."""
        from shared_code.connections.adapters.file import ConnectionsFile
        from shared_code.texting.adapters.wording import language_of
        from shared_code.texting.domain.template import check_template

        return ConnectionsFile(self.settings.connections_file, language_of, check_template)

    @once
    def queues(self) -> Queues:
        """All queues."""
        from shared_code.storage.queues import StorageQueues

        return StorageQueues(self.account)

    @once
    def payloads(self) -> BlobPayloads:
        """Large messages."""
        from shared_code.intake.adapters.payloads import BlobPayloads

        return BlobPayloads(self.account)

    @once
    def appointments(self) -> TableAppointments:
        """Appointments."""
        from shared_code.appointments.adapters import TableAppointments

        return TableAppointments(self.account, self.rings, self.connections)

    @once
    def agenda(self) -> TableAgenda:
        """The agenda."""
        from shared_code.agenda.adapters import TableAgenda

        return TableAgenda(self.account)

    @once
    def texts(self) -> TableTexts:
        """Claims and outcomes."""
        from shared_code.texting.adapters.texts import TableTexts

        return TableTexts(self.account)

    @once
    def links(self) -> TableLinks:
        """Patients' links."""
        from shared_code.links.adapters import TableLinks

        return TableLinks(self.account)

    @once
    def problem_store(self) -> TableProblems:
        """Problems."""
        from shared_code.oversight.adapters.problems import TableProblems

        return TableProblems(self.account)

    @once
    def dead_letter_store(self) -> StoredDeadLetters:
        """Dead letters."""
        from shared_code.oversight.adapters.dead_letters import StoredDeadLetters

        return StoredDeadLetters(self.account, self.rings, self.clock)

    @once
    def audit(self) -> TableAudit:
        """The audit log."""
        from shared_code.oversight.adapters.audit import TableAudit

        return TableAudit(self.account)

    @once
    def switches(self) -> Switches:
        """Facts about the installation."""
        from shared_code.oversight.adapters.switches import TableSwitches

        return TableSwitches(self.account)

    @once
    def secrets(self) -> VaultSecrets:
        """The key vault."""
        from shared_code.vault.secrets import VaultSecrets

        return VaultSecrets(self.settings, self.clock)

    @once
    def rings(self) -> Rings:
        """The key rings."""
        from shared_code.vault.rings import VaultRings

        return VaultRings(self.secrets)

    @once
    def text_sender(self) -> TextSender:
        """Azure Communication Services."""
        from shared_code.texting.adapters.acs.sender import AcsSender

        return AcsSender(self.settings, self.secrets)

    @once
    def outbound(self) -> OutboundHttp:
        """The one way out."""
        from shared_code.outbound.gate import Gate

        return Gate(self.settings)

    @once
    def app_tokens(self) -> AppTokens:
        """The app's own tokens."""
        from shared_code.identity.msal_app_tokens import MsalAppTokens

        return MsalAppTokens(self.settings, self.outbound, self.secrets.get)

    @once
    def visits(self) -> TableVisits:
        """Visits."""
        from shared_code.visits.adapters.visits import TableVisits

        return TableVisits(self.account, self.rings)

    @once
    def organizer_days(self) -> TableOrganizerDays:
        """The use of organizers."""
        from shared_code.visits.adapters.organizer_days import TableOrganizerDays

        return TableOrganizerDays(self.account)

    @once
    def meetings(self) -> OnlineMeetings:
        """Microsoft Graph's meetings."""
        from shared_code.graph.meetings import OnlineMeetings

        return OnlineMeetings(self.outbound, self.app_tokens, self.settings.graph_url)

    @once
    def meeting_circuits(self) -> MeetingCircuits:
        """Whether Microsoft Graph answers, by tenant; launches do not queue behind hints."""
        from shared_code.oversight.adapters.circuit import WIRE, TableCircuitBreaker

        def make(tenant: str, by_hint: bool) -> TableCircuitBreaker:
            wire = WIRE if by_hint else _LAUNCHES_ON_THE_WIRE
            service = f"graph~{tenant}"
            return TableCircuitBreaker(self.account, service, wire=wire, lock_timeout=2.0)

        return cache(make)

    @once
    def counts(self) -> Counts:
        """The numbers of each day."""
        from shared_code.texting.adapters.counts import TableCounts

        return TableCounts(self.account)

    @once
    def number_days(self) -> TableNumberDays:
        """The texts of a day to a number."""
        from shared_code.texting.adapters.number_days import TableNumberDays

        return TableNumberDays(self.account)

    @once
    def wording(self) -> Wording:
        """What texts say."""
        from shared_code.texting.adapters.wording import MessageTemplates

        return MessageTemplates()

    @once
    def attendees(self) -> TableAttendees:
        """Who opened a visit and who pressed join."""
        from shared_code.attendance.adapters import TableAttendees

        return TableAttendees(self.account)

    @once
    def launches(self) -> TableLaunches:
        """Launches and sign-ins under way."""
        from shared_code.launching.adapters.launches import TableLaunches

        return TableLaunches(self.account, self.rings)

    @once
    def sessions(self) -> TableSessions:
        """The pages of those who launched."""
        from shared_code.launching.adapters.sessions import TableSessions

        return TableSessions(self.account)

    @once
    def linked_users(self) -> TableLinkedUsers:
        """EHR users with their Microsoft accounts."""
        from shared_code.launching.adapters.linked_users import TableLinkedUsers

        return TableLinkedUsers(self.account, self.rings)

    @once
    def key_sets(self) -> KeySets:
        """The public keys of Epic and Microsoft."""
        from shared_code.outbound.key_sets import KeySets

        return KeySets(self.outbound, self.clock)

    @once
    def epic(self) -> Epic:
        """Epic's side of launches."""
        from shared_code.launching.adapters.epic import SmartEpic, new_jti
        from shared_code.smart.client import SmartClient
        from shared_code.smart.discovery import Discovery

        client = SmartClient(self.outbound, self.key_sets, self.clock, new_jti)
        on_http = self.settings.outbound_loopback
        discovery = Discovery(self.outbound, self.clock, browser_http=on_http)
        return SmartEpic(client, discovery, self.secrets)

    @once
    def microsoft(self) -> SignIn:
        """Microsoft's side of sign-ins."""
        from shared_code.identity.msal_sign_in import MsalSignIn

        return MsalSignIn(self.settings, self.outbound, self.secrets.get, self.key_sets)
