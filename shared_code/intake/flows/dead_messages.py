"""
HL7 messages that cannot be applied become dead letters, kept no longer than the phone number in
them would be: until the visit is over, and at most seven days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code import wall_clock
from shared_code.agenda.ports import Agenda
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.errors import Code, Refused
from shared_code.hl7 import framing
from shared_code.intake.flows import sealed_message
from shared_code.intake.flows.sealed_message import SealedMessages
from shared_code.intake.siu import read_schedule_events
from shared_code.oversight.flows.dead_letters import ATTEMPTS_EXHAUSTED, DeadLetters
from shared_code.oversight.ports import UNASSIGNED, Owner
from shared_code.queues import HL7_INBOUND
from shared_code.wall_clock import LocalTime


@dataclass(frozen=True, slots=True)
class DeadMessages:
    """Keeps HL7 messages as dead letters. `grace` is how long after its start a visit is over."""

    connections: Connections
    messages: SealedMessages
    dead_letters: DeadLetters
    agenda: Agenda
    grace: timedelta
    clock: Clock

    def keep(self, work: Mapping[str, str], code: Code) -> str:
        """Keep the work of the queue `hl7-inbound`. Returns the letter's id."""
        connection = self.connections.find(work.get("connection", ""))
        if connection is None:
            return self.dead_letters.keep(work, HL7_INBOUND, code, UNASSIGNED)
        owner, until = Owner(connection.tenant, connection.id), self._end_of_visit(work, connection)
        return self.dead_letters.keep(work, HL7_INBOUND, code, owner, until)

    def keep_poison(self, work: Mapping[str, str]) -> None:
        """Keep work that failed five times; its blob is in the letter and is erased."""
        self.keep(work, ATTEMPTS_EXHAUSTED.code)
        sealed_message.retire(work, self.agenda, self.clock())

    def _end_of_visit(self, work: Mapping[str, str], connection: Connection) -> datetime | None:
        """Start and grace of the message's last visit (UTC); None where that cannot be read."""
        try:
            message = self.messages.unpack(work)
            text = framing.decode(message.content, message.charset or None)
            events = read_schedule_events(text, connection)
        except Refused:
            return None
        ends = [
            wall_clock.resolve(event.start, ZoneInfo(connection.start_zone(event.department))).utc
            for event in events
            if isinstance(event.start, LocalTime)
        ]
        return max(ends) + self.grace if ends else None
