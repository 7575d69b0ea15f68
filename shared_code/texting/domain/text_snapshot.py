"""Everything that was read of one text and decides what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.appointments.domain import Appointment
from shared_code.connections.domain import Connection
from shared_code.oversight.ports import UNASSIGNED, Owner
from shared_code.texting.domain.text import (
    CANCELLATION_NOTICES,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
)


@dataclass(frozen=True, slots=True)
class TextSnapshot:
    """
    What was read of one text. `before` is its record, `ready` where none is stored yet (`etag` is
    "" then), `records` are all texts of its appointment, `recipient` is the keyed hash of the
    number that it has now, `stops` the senders to which that number said STOP (`link`: on its
    page), `service_stop` what the SMS service's own list says of our number (None: not known).
    `discarded`: until which arrival (UTC) an operator discarded what the brake held.
    """

    before: TextRecord
    etag: str = ""
    appointment: Appointment | None = None
    connection: Connection | None = None
    records: Sequence[TextRecord] = ()
    recipient: str = ""
    stops: frozenset[str] = frozenset()
    service_stop: bool | None = None
    paused: bool = False
    braked: bool = False
    discarded: datetime | None = None

    @property
    def ref(self) -> TextRef:
        """Which text it is."""
        return self.before.ref

    @property
    def is_claimed(self) -> bool:
        """Whether a request was made, or is about to be, and nothing is known of its outcome."""
        return self.before.state is TextState.CLAIMED

    @property
    def owner(self) -> Owner:
        """Whom a problem with the text concerns."""
        tenant = self.connection.tenant if self.connection else UNASSIGNED.tenant
        return Owner(tenant, self.ref.subject.connection)

    def others(self) -> list[TextRecord]:
        """The appointment's other texts that somebody may have read, the oldest first."""
        read = [r for r in self.records if r.ref != self.ref and r.first_sent is not None]
        return sorted(filter(TextRecord.may_have_been_read, read), key=TextRecord.request_time)

    def notified(self) -> list[TextRecord]:
        """Those of them that went to the number that the appointment has now."""
        return [r for r in self.others() if r.composed and r.composed.recipient == self.recipient]

    def last_kind(self) -> TextKind | None:
        """
        The kind of the last text to that number. A cancellation notice whose arrival is not known
        does not count: a second one is better than none.
        """
        sure = [
            record.ref.kind
            for record in self.notified()
            if record.ref.kind not in CANCELLATION_NOTICES or record.state is TextState.ACCEPTED
        ]
        return sure[-1] if sure else None
