"""
What the flows need from the world, as protocols. Adapters implement them; nothing here runs.

Every adapter translates its SDK's exceptions: `NotStored` when the service does not answer,
`Conflict` when a row exists or its ETag differs. No other exception of an SDK gets through.
"""

from __future__ import annotations

from shared_code.ports.consent import OptOuts
from shared_code.ports.installation import (
    HL7_INBOUND,
    QUEUES,
    SMS_EVENTS,
    SMS_OUTBOUND,
    SMS_URGENT,
    Clock,
    Connections,
    Payloads,
    Queues,
    Secrets,
    Stored,
)
from shared_code.ports.oversight import (
    UNASSIGNED,
    Audit,
    AuditEntry,
    DeadLetter,
    DeadLetterStore,
    Owner,
    Problem,
    ProblemStore,
    Switch,
    Switches,
)
from shared_code.ports.records import (
    Agenda,
    Appointments,
    Counts,
    Links,
    Texts,
)
from shared_code.ports.sms import (
    Accepted,
    NotSent,
    OptOutSource,
    Outages,
    OutcomeUnknown,
    OutgoingText,
    RefusedText,
    SendResult,
    Slots,
    TextSender,
    Wording,
)

__all__ = [
    "HL7_INBOUND",
    "QUEUES",
    "SMS_EVENTS",
    "SMS_OUTBOUND",
    "SMS_URGENT",
    "Clock",
    "Connections",
    "Payloads",
    "Queues",
    "Secrets",
    "Stored",
    "Agenda",
    "Appointments",
    "Counts",
    "Links",
    "Texts",
    "Audit",
    "AuditEntry",
    "DeadLetter",
    "DeadLetterStore",
    "Problem",
    "ProblemStore",
    "Owner",
    "UNASSIGNED",
    "Switch",
    "Switches",
    "Accepted",
    "NotSent",
    "OptOuts",
    "OptOutSource",
    "Outages",
    "OutcomeUnknown",
    "OutgoingText",
    "RefusedText",
    "SendResult",
    "Slots",
    "TextSender",
    "Wording",
]
