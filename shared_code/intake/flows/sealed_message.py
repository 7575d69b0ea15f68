"""
An HL7 message on its way through the queue: sealed, in the queue message or beside it in a blob.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.agenda.ports import Agenda
from shared_code.errors import Refused
from shared_code.queues import HL7_INBOUND, Payloads, Queues
from shared_code.security import keys
from shared_code.security.keys import PAYLOAD_UNREADABLE, Rings

RETIRE_PAYLOAD = Duty("retire_payload")
"""A duty of the agenda: it names a blob."""
INLINE_BYTES = 30_000
"""A queue message holds 64 KiB of base64; above this the sealed bytes go into a blob."""
REDELIVERY = timedelta(minutes=30)
"""By then a message whose worker was killed has come back (the host hides it for ten minutes)."""


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """One accepted HL7 message and what is known of its arrival (UTC)."""

    connection: str
    arrival: datetime
    charset: str
    correlation: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SealedMessages:
    """Puts messages on the queue `hl7-inbound` and reads them from it."""

    queues: Queues
    payloads: Payloads
    rings: Rings

    def enqueue(self, message: QueuedMessage) -> None:
        """Store the message durably. Raises NotStored."""
        work = {
            "connection": message.connection,
            "arrival": message.arrival.isoformat(),
            "charset": message.charset,
            "correlation": message.correlation,
        }
        sealed = keys.seal(self.rings.payload, message.content, _context(message.connection))
        if len(message.content) <= INLINE_BYTES:
            work["sealed"] = base64.b64encode(sealed).decode("ascii")
        else:
            work["blob"] = f"{message.arrival:%Y%m%d}-{hashlib.sha256(sealed).hexdigest()}"
            self.payloads.put(work["blob"], sealed)
        self.queues.send(HL7_INBOUND, work)

    def unpack(self, work: Mapping[str, str]) -> QueuedMessage:
        """The opposite of enqueue(). Raises Refused(PAYLOAD_UNREADABLE) and NotStored."""
        try:
            sealed: bytes | None
            if "blob" in work:
                sealed = self.payloads.get(work["blob"])
            else:
                sealed = base64.b64decode(work["sealed"], validate=True)
            arrival = datetime.fromisoformat(work["arrival"])
            connection = work["connection"]
        except (KeyError, ValueError):
            raise Refused(PAYLOAD_UNREADABLE) from None
        if sealed is None or arrival.tzinfo is None:
            raise Refused(PAYLOAD_UNREADABLE)
        content = keys.unseal(self.rings.payload, sealed, _context(connection))
        charset, correlation = work.get("charset", ""), work.get("correlation", "")
        return QueuedMessage(connection, arrival, charset, correlation, content)


def retire(work: Mapping[str, str], agenda: Agenda, now: datetime) -> None:
    """
    Have the blob of a finished message erased after REDELIVERY: until then the queue may deliver
    the message once more and must find it whole.
    """
    if "blob" in work:
        agenda.add([AgendaRow(now + REDELIVERY, RETIRE_PAYLOAD, work["blob"])])


def _context(connection: str) -> str:
    return f"hl7|{connection}"
