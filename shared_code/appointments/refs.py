"""The keyed hashes under which an appointment and its CSN are stored."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared_code.appointments.domain import AppointmentRef
from shared_code.hl7.schedule_event import PatientId
from shared_code.security.keys import Rings, keyed_hash

ROW = re.compile(r"[0-9A-Za-z]{1,16}-[0-9a-f]{32}", re.ASCII)
"""A keyed hash: nothing else is asked of storage."""


def appointment_ref(rings: Rings, connection: str, key: str) -> AppointmentRef:
    """Return the reference of the appointment with that key. Raises NotStored."""
    return AppointmentRef(connection, keyed_hash(rings.hash, "appointment", connection, key))


def occurrence_ref(rings: Rings, connection: str, key: str, occurrence: str) -> AppointmentRef:
    """
    Return the reference of a further visit of the series with that key; the first one that came
    has the key's own. Raises NotStored.
    """
    hashed = keyed_hash(rings.hash, "appointment", connection, key, occurrence)
    return AppointmentRef(connection, hashed)


def patient_hashes(rings: Rings, tenant: str, patients: Iterable[PatientId]) -> tuple[str, ...]:
    """Return the fingerprints of a patient's identifiers, each once. Raises NotStored."""
    return tuple(dict.fromkeys(_fingerprint(rings, tenant, each) for each in patients))


def _fingerprint(rings: Rings, tenant: str, patient: PatientId) -> str:
    number = keyed_hash(rings.hash, "patient", tenant, patient.number)
    if not patient.authority:
        return number
    authority = patient.authority.casefold()
    return f"{number}~{keyed_hash(rings.hash, 'patient', tenant, patient.number, authority)}"


def number_hash(rings: Rings, connection: str, phone: object) -> str | None:
    """Return the keyed hash of a number; None of what is none. Raises NotStored."""
    if not isinstance(phone, str):
        return None
    return keyed_hash(rings.hash, "number", connection, phone)


def csn_hash(rings: Rings, connection: str, csn: str) -> str:
    """Return the keyed hash of a CSN. Raises NotStored."""
    return keyed_hash(rings.hash, "csn", connection, csn)


def ref_in(subject: str) -> AppointmentRef | None:
    """Return the appointment in the subject of a problem: of itself, or of its text or visit."""
    connection, _, rest = subject.partition("~")
    row = rest.partition("~")[0]
    return AppointmentRef(connection, row) if connection and ROW.fullmatch(row) else None
