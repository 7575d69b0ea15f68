"""The keyed hashes under which an appointment and its CSN are stored."""

from __future__ import annotations

from shared_code.appointments.domain import AppointmentRef
from shared_code.security.keys import Rings, keyed_hash


def appointment_ref(rings: Rings, connection: str, key: str) -> AppointmentRef:
    """Return the reference of the appointment with that key. Raises NotStored."""
    return AppointmentRef(connection, keyed_hash(rings.hash, "appointment", connection, key))


def csn_hash(rings: Rings, connection: str, csn: str) -> str:
    """Return the keyed hash of a CSN. Raises NotStored."""
    return keyed_hash(rings.hash, "csn", connection, csn)
