"""The name of a visit's row, for whoever knows its session id."""

from __future__ import annotations

from shared_code.security.keys import Rings, keyed_hash
from shared_code.visits.domain.visit import VisitRef


def visit_ref(rings: Rings, connection_id: str, session_id: str) -> VisitRef:
    """The visit of a session id, byte for byte without the blanks around it."""
    row = keyed_hash(rings.hash, "visit", connection_id, session_id.strip())
    return VisitRef(connection_id, row)
