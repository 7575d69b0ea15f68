"""
Who operates, and what a request of an operator carries: JSON in, every argument checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared_code.agenda.ports import Agenda
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.errors import CONNECTION_UNKNOWN
from shared_code.connections.ports import Connections
from shared_code.errors import REQUEST_MALFORMED, Refused
from shared_code.oversight.flows.dead_letters import DeadLetters
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import UNASSIGNED, Audit, AuditEntry, Switches
from shared_code.queues import Queues
from shared_code.security.keys import Rings
from shared_code.texting.ports import Counts, Texts

Answer = dict[str, object]
Arguments = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Operator:
    """What the actions need."""

    connections: Connections
    appointments: Appointments
    agenda: Agenda
    queues: Queues
    dead_letters: DeadLetters
    problems: Problems
    audit: Audit
    texts: Texts
    switches: Switches
    counts: Counts
    rings: Rings
    grace: timedelta
    clock: Clock


def arguments_of(body: bytes) -> Arguments:
    """The JSON object in the body, {} for none. Raises Refused."""
    try:
        arguments = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused(REQUEST_MALFORMED) from None
    if not isinstance(arguments, dict):
        raise Refused(REQUEST_MALFORMED)
    return arguments


def text_of(arguments: Arguments, name: str) -> str:
    """An argument of 1 to 200 characters. Raises Refused."""
    value = arguments.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise Refused(REQUEST_MALFORMED)
    return value


def connection_of(arguments: Arguments, operator: Operator) -> Connection:
    """The connection that the argument names. Raises Refused."""
    connection = operator.connections.find(text_of(arguments, "connection"))
    if connection is None:
        raise Refused(CONNECTION_UNKNOWN)
    return connection


def audit(action: str, subject: str, connection_id: str, operator: Operator) -> None:
    """Before what it speaks of. `subject` and `connection_id` name nobody; the latter may be ""."""
    connection = operator.connections.find(connection_id)
    tenant = connection.tenant if connection else UNASSIGNED.tenant
    operator.audit.record(AuditEntry(tenant, action, subject, operator.clock()))
