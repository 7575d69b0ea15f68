"""Every port once: what the stories of the product are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the door starts without the values that it never makes
    from shared_code.agenda.ports import Agenda
    from shared_code.appointments.ports import Appointments
    from shared_code.attendance.ports import Attendees
    from shared_code.clock import Clock
    from shared_code.connections.ports import Connections
    from shared_code.consent.ports import OptOuts
    from shared_code.identity.sign_in import SignIn
    from shared_code.launching.ports import Epic, Launches, LinkedUsers, Sessions
    from shared_code.links.ports import Links
    from shared_code.oversight.ports import (
        Audit,
        CircuitBreaker,
        DeadLetterStore,
        ProblemStore,
        Switches,
    )
    from shared_code.queues import Payloads, Queues
    from shared_code.security.keys import Rings
    from shared_code.texting.ports import (
        Counts,
        NumberDays,
        OptOutSource,
        RateWindow,
        Texts,
        TextSender,
        Wording,
    )
    from shared_code.vault.ports import Secrets
    from shared_code.visits.ports import MeetingCircuits, Meetings, OrganizerDays, Visits


class Ports(Protocol):
    """Azure's (azure.py) or memory's (local/memory). Reading one may be the first time."""

    @property
    def clock(self) -> Clock: ...

    @property
    def connections(self) -> Connections: ...

    @property
    def queues(self) -> Queues: ...

    @property
    def payloads(self) -> Payloads: ...

    @property
    def rings(self) -> Rings: ...

    @property
    def secrets(self) -> Secrets: ...

    @property
    def appointments(self) -> Appointments: ...

    @property
    def agenda(self) -> Agenda: ...

    @property
    def texts(self) -> Texts: ...

    @property
    def links(self) -> Links: ...

    @property
    def problem_store(self) -> ProblemStore: ...

    @property
    def dead_letter_store(self) -> DeadLetterStore: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def switches(self) -> Switches: ...

    @property
    def counts(self) -> Counts: ...

    @property
    def number_days(self) -> NumberDays: ...

    @property
    def opt_outs(self) -> OptOuts: ...

    @property
    def opt_out_source(self) -> OptOutSource | None: ...

    @property
    def circuit(self) -> CircuitBreaker: ...

    @property
    def rate(self) -> RateWindow: ...

    @property
    def text_sender(self) -> TextSender: ...

    @property
    def wording(self) -> Wording: ...

    @property
    def attendees(self) -> Attendees: ...

    @property
    def launches(self) -> Launches: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def linked_users(self) -> LinkedUsers: ...

    @property
    def epic(self) -> Epic: ...

    @property
    def microsoft(self) -> SignIn: ...
    @property
    def visits(self) -> Visits: ...
    @property
    def organizer_days(self) -> OrganizerDays: ...
    @property
    def meetings(self) -> Meetings: ...
    @property
    def meeting_circuits(self) -> MeetingCircuits: ...
