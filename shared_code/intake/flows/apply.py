"""
A queued HL7 message becomes an appointment: read, decide, agenda, row under its ETag, hints.

Doing it twice changes nothing: the row remembers the hashes of its last events, agenda rows and
problems have deterministic names, and a lost hint is sent again by the duty `settle`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from shared_code import logs, retry
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import appointment_ref, number_hash, patient_hashes
from shared_code.clock import Clock
from shared_code.connections.domain import Connection, Environment
from shared_code.connections.errors import CONNECTION_UNKNOWN
from shared_code.connections.ports import Connections
from shared_code.errors import Conflict, NotStored, Reason, Refused
from shared_code.hl7 import framing
from shared_code.hl7.schedule_event import ScheduleEvent
from shared_code.intake.domain.decide import Decision, Incoming, decide
from shared_code.intake.flows import sealed_message
from shared_code.intake.flows.csn_names import CsnNames
from shared_code.intake.flows.dead_messages import DeadMessages
from shared_code.intake.flows.feed import FeedAlive
from shared_code.intake.flows.occurrences import (
    OCCURRENCE_DOUBTFUL,
    Occurrences,
)
from shared_code.intake.flows.sealed_message import QueuedMessage, SealedMessages
from shared_code.intake.siu import read_processing_id, read_schedule_events
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND, SMS_URGENT, Queues
from shared_code.security import keys
from shared_code.security.keys import Rings
from shared_code.texting.domain import attention
from shared_code.texting.domain.reasons import OCCURRENCE_UNSAID, PROCESSING_ID_NOT_ALLOWED
from shared_code.texting.domain.text import TextKind, TextRef, is_urgent
from shared_code.texting.flows.counting import Counting
from shared_code.texting.flows.number_places import NumberPlaces

_TRIES = 8
PROCESSING_IDS = frozenset({"P", "T", "D"})
"""The values of MSH-11 (HL7 table 0103) that a problem names; any other could be anything."""


@dataclass(frozen=True, slots=True)
class ApplySchedule:
    """
    Applies queued messages. `confirmation_delay` is how long a confirmation waits for corrections,
    `grace` how long after its start a visit is over.
    """

    connections: Connections
    appointments: Appointments
    messages: SealedMessages
    dead_messages: DeadMessages
    occurrences: Occurrences
    csn_names: CsnNames
    problems: Problems
    places: NumberPlaces
    feed: FeedAlive
    counting: Counting
    agenda: Agenda
    queues: Queues
    rings: Rings
    grace: timedelta
    confirmation_delay: timedelta
    clock: Clock

    def on_message(self, work: Mapping[str, str]) -> None:
        """Apply one message; transient trouble puts it back, a broken one is dead-lettered."""
        with logs.bound(correlation=work.get("correlation", "")):
            try:
                self._apply_or_keep(work)
                sealed_message.retire(work, self.agenda, self.clock())
            except (NotStored, Conflict) as error:
                logs.warn("schedule.again", code=error.code)
                retry.try_again(self.queues, HL7_INBOUND, work)

    def _apply_or_keep(self, work: Mapping[str, str]) -> None:
        try:
            self._apply(self.messages.unpack(work))
        except Refused as error:
            self.dead_messages.keep(work, error.code)

    def _apply(self, message: QueuedMessage) -> None:
        connection = self.connections.find(message.connection)
        if connection is None:
            raise Refused(CONNECTION_UNKNOWN)
        text = framing.decode(message.content, message.charset or None)
        said = read_processing_id(text)
        if not connection.takes(said):  # before anything of it can be refused
            self._pass_over(said, message, connection)
            return
        for nth, event in enumerate(read_schedule_events(text, connection)):
            incoming = self._incoming(event, nth, message, connection)
            decision = self._commit(incoming, connection)
            for ref in decision.texts:
                if decision.appointment is not None:
                    self.places.expect(ref, decision.appointment, connection)
                self._hint(ref, decision, message.correlation)
        self.feed.note(connection.id)

    def _pass_over(self, said: str, message: QueuedMessage, connection: Connection) -> None:
        """
        Count a message of another system than the connection's, and change nothing. Among tests
        everything is expected but that a message does not say what it is.
        """
        reason, subject = PROCESSING_ID_NOT_ALLOWED, "other" if said else "empty"
        if connection.environment is Environment.PRODUCTION or not said:
            subject = said if said in PROCESSING_IDS else subject
            owner = Owner(connection.tenant, connection.id)
            self.problems.report(reason.code, subject, message.arrival, owner)
            logs.warn("schedule.problem", code=reason.code)
        ref = AppointmentRef(connection.id, self._event_hash(message, 0))  # its key is not read
        self.counting.not_texted(ref, reason, None)
        logs.event("schedule.unchanged", connection=connection.id, code=reason)

    def _hint(self, ref: TextRef, decision: Decision, correlation: str) -> None:
        """A correction may follow a booking; nobody waits to hear that a visit is cancelled."""
        start = decision.appointment.start if decision.appointment else None
        urgent = start is not None and is_urgent(ref, start, self.clock())
        waits = ref.kind is TextKind.CONFIRMATION
        self.queues.send(
            SMS_URGENT if urgent else SMS_OUTBOUND,
            {"text": str(ref), "correlation": correlation},
            int(self.confirmation_delay.total_seconds()) if waits else 0,
        )

    def _incoming(
        self, event: ScheduleEvent, nth: int, message: QueuedMessage, connection: Connection
    ) -> Incoming:
        """`nth` counts the events of one message, from 0."""
        return Incoming(
            event=event,
            ref=appointment_ref(self.rings, connection.id, event.key),
            event_hash=self._event_hash(message, nth),
            patients=patient_hashes(self.rings, connection.tenant, event.patients),
            arrival=message.arrival,
            number=number_hash(self.rings, connection.id, event.phone),
        )

    def _event_hash(self, message: QueuedMessage, nth: int) -> str:
        content, which = message.content.decode("latin-1"), (str(nth),) if nth else ()
        return keys.keyed_hash(self.rings.hash, "event", message.connection, content, *which)

    def _commit(self, incoming: Incoming, connection: Connection) -> Decision:
        """Decide again from the newest row as often as somebody else was first."""
        for _ in range(_TRIES):
            place = self.occurrences.place(incoming.event, connection)
            if place is None:
                self._report(OCCURRENCE_UNSAID, str(incoming.ref), incoming, connection)
                return Decision()
            incoming, stored = replace(incoming, ref=place.ref), place.stored
            state = stored.value if stored else None
            decision = decide(state, incoming, connection, self.clock(), self.grace)
            if place.doubtful:
                self._report(OCCURRENCE_DOUBTFUL, str(place.ref), incoming, connection)
            _log(incoming, decision, state)
            if decision.appointment is None:
                return decision
            for reason in decision.problems:
                self._report(reason, str(incoming.ref), incoming, connection)
            self._settle_problems(decision, incoming, connection)
            self.agenda.add(decision.agenda)
            try:
                self.occurrences.enlist(place, incoming.event)
                self.csn_names.give(state, decision.appointment, connection, incoming.arrival)
                if stored is None:
                    self.appointments.insert(decision.appointment)
                else:
                    self.appointments.replace(decision.appointment, stored.etag)
            except Conflict:
                continue
            self._count(state, decision.appointment)
            return decision
        raise Conflict

    def _report(
        self, reason: Reason, subject: str, incoming: Incoming, connection: Connection
    ) -> None:
        """Before the row is written: once it knows the event, nobody would report it any more."""
        owner, each = Owner(connection.tenant, connection.id), attention.of(reason.code).each
        self.problems.report(reason.code, subject, incoming.arrival, owner, each=each)
        logs.warn("schedule.problem", code=reason.code, row=incoming.ref.row)

    def _settle_problems(
        self, decision: Decision, incoming: Incoming, connection: Connection
    ) -> None:
        owner = Owner(connection.tenant, connection.id)
        for reason in decision.settled:
            self.problems.settle(reason.code, str(incoming.ref), owner, self.clock())

    def _count(self, before: Appointment | None, after: Appointment) -> None:
        """Count a new version about which nobody is texted."""
        why = after.texting.blocked
        if why is not None and (before is None or before.version != after.version):
            self.counting.not_texted(after.ref, why, after)


def _log(incoming: Incoming, decision: Decision, before: Appointment | None) -> None:
    after = decision.appointment
    logs.event(
        "schedule.applied" if after else "schedule.unchanged",
        connection=incoming.ref.connection,
        row=incoming.ref.row,
        trigger=incoming.event.trigger,
        version=str(after.version) if after else str(before.version) if before else "",
        state=after.status if after else "",
        code=after.texting.blocked if after else "",
    )
