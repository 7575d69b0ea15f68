"""The name of a visit's row, and the visit that an appointment asks for."""

from __future__ import annotations

from shared_code.appointments.domain import USUAL_MINUTES, Appointment, csn_of
from shared_code.connections.domain import Connection
from shared_code.security.keys import Rings, keyed_hash
from shared_code.visits.domain.plan import has_visit
from shared_code.visits.domain.visit import VisitRef, Wanted


def visit_ref(rings: Rings, connection_id: str, session_id: str) -> VisitRef:
    """Return the visit of a session id, byte for byte without the blanks around it."""
    row = keyed_hash(rings.hash, "visit", connection_id, session_id.strip())
    return VisitRef(connection_id, row)


def visit_of(rings: Rings, appointment: Appointment, connection: Connection) -> Wanted | None:
    """Return the visit that the appointment asks for, or None if nobody joins it here."""
    csn = csn_of(appointment, connection.fields)
    if connection.visits is None or csn is None or not has_visit(appointment, connection):
        return None
    return Wanted(
        ref=visit_ref(rings, connection.id, csn),
        tenant=connection.tenant,
        start=appointment.start,
        minutes=appointment.minutes or USUAL_MINUTES,
        organizers=connection.visits.organizers,
    )
