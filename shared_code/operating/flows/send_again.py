"""Send a text again whose outcome nobody knows."""

from __future__ import annotations

from dataclasses import dataclass

from shared_code import logs
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.ports import Connections
from shared_code.errors import Refused
from shared_code.operating.domain import Actor
from shared_code.operating.errors import SUPERSEDED, TEXT_HAS_OUTCOME, TEXT_UNKNOWN
from shared_code.oversight.ports import UNASSIGNED, Audit, AuditEntry
from shared_code.queues import SMS_URGENT, Queues
from shared_code.texting.domain.plan import SEND
from shared_code.texting.domain.text import TextRef, TextState
from shared_code.texting.flows.send import BY_AGENDA
from shared_code.texting.ports import Texts


@dataclass(frozen=True, slots=True)
class SendAgain:
    """
    For a person who has found out that such a text did not arrive, or takes the risk that it did.
    It becomes a new request, asked the same questions as every other text; what is known of the
    old one is not forgotten.
    """

    connections: Connections
    appointments: Appointments
    texts: Texts
    agenda: Agenda
    queues: Queues
    audit: Audit
    clock: Clock

    def text(self, ref: TextRef, actor: Actor) -> None:
        """
        Audited. Raises Refused with TEXT_UNKNOWN, TEXT_HAS_OUTCOME, or SUPERSEDED if the visit
        has changed since; NotStored; Conflict if somebody else was first.
        """
        stored = self.texts.load(ref)
        if stored is None:
            raise Refused(TEXT_UNKNOWN)
        if stored.value.state is not TextState.UNKNOWN:
            raise Refused(TEXT_HAS_OUTCOME)
        appointment = self.appointments.load(ref.subject)
        if appointment is None or appointment.value.version != ref.version:
            raise Refused(SUPERSEDED)
        connection = self.connections.find(ref.subject.connection)
        tenant = connection.tenant if connection else UNASSIGNED.tenant
        now = self.clock()
        self.agenda.add([AgendaRow(now, SEND, str(ref), str(ref.version))])
        self.audit.record(AuditEntry(tenant, "send-again", str(ref), now, actor))
        self.texts.replace(stored.value.sent_again(), stored.etag)
        self.queues.send(
            SMS_URGENT, {"text": str(ref), "by": BY_AGENDA, "correlation": logs.correlation()}
        )
