"""Record or withdraw a STOP for the number of an appointment, without showing the number."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.appointments.domain import Appointment
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.consent.flows import recipient_hash
from shared_code.consent.ports import OptOuts
from shared_code.errors import Refused
from shared_code.links.flows import BY_LINK
from shared_code.operating.domain import Actor, RecipientRequest, RecipientStop
from shared_code.operating.errors import NUMBER_NOT_KEPT
from shared_code.operating.flows.find_appointment import FindAppointment
from shared_code.oversight.ports import Audit, AuditEntry
from shared_code.security.keys import Rings
from shared_code.texting.ports import OptOutSource

BY_OPERATOR = "operator"
"""Stored in place of a sending number: a person asked for no more texts, and not by text."""


@dataclass(frozen=True, slots=True)
class RecipientStops:
    """
    For patients who say it to a person, and for numbers that stopped texts by mistake. Both hold
    for the whole tenant, like a STOP. Raises Refused with APPOINTMENT_UNKNOWN, or NUMBER_NOT_KEPT
    where the appointment has no number (any more); Conflict; NotStored.
    """

    find: FindAppointment
    opt_outs: OptOuts
    opt_out_source: OptOutSource | None
    audit: Audit
    rings: Rings
    clock: Clock

    def stop(self, request: RecipientRequest, actor: Actor) -> RecipientStop:
        """Record a STOP. Recording it again changes nothing."""
        appointment, recipient, _ = self._recipient(request)
        self._record("stop-recipient", request.connection, appointment, actor)
        self.opt_outs.add(request.connection.tenant, recipient, BY_OPERATOR)
        return RecipientStop(appointment.ref)

    def allow(self, request: RecipientRequest, actor: Actor) -> RecipientStop:
        """
        Withdraw every STOP. What the carrier itself blocks, because STOP was texted, it blocks
        until START is texted to the same number: the answer names our numbers where that is so.
        """
        connection = request.connection
        appointment, recipient, phone = self._recipient(request)
        stops = self.opt_outs.stops(connection.tenant, recipient)
        blocked_at = self._blocked_at(stops - {BY_LINK, BY_OPERATOR}, connection, phone)
        self._record("allow-recipient", connection, appointment, actor)
        self.opt_outs.remove(connection.tenant, recipient)
        return RecipientStop(appointment.ref, blocked_at)

    def _recipient(self, request: RecipientRequest) -> tuple[Appointment, str, str]:
        appointment = self.find.named(request.connection, request.key).value
        phone = appointment.texting.phone
        if phone is None:
            raise Refused(NUMBER_NOT_KEPT)
        return appointment, recipient_hash(self.rings, request.connection.tenant, phone), phone

    def _record(
        self, action: str, connection: Connection, appointment: Appointment, actor: Actor
    ) -> None:
        about, now = str(appointment.ref), self.clock()
        self.audit.record(AuditEntry(connection.tenant, action, about, now, actor))

    def _blocked_at(
        self, stopped: frozenset[str], connection: Connection, phone: str
    ) -> tuple[str, ...]:
        """
        Our numbers whose texts to this one the carrier blocks: those to which it is known to have
        texted STOP, unless the SMS service's own list knows better.
        """
        source = self.opt_out_source
        if source is None:
            return tuple(sorted(stopped))
        mine = {connection.sms.from_number} if connection.sms else set[str]()
        asked = {sender: source.opted_out(sender, phone) for sender in stopped | mine}
        return tuple(
            sorted(
                sender
                for sender, said in asked.items()
                if said or (said is None and sender in stopped)
            )
        )
