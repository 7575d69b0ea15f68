"""
Whose visit it is: the patient first named, until a person accepts another one.

Who is named by two messages with an identifier in common is one patient. While the newest message
that named somebody named another patient, nobody is texted.
"""

from __future__ import annotations

from dataclasses import replace

from shared_code.appointments.domain import (
    Appointment,
    EventOrder,
    remember_patient,
    same_patient,
)
from shared_code.intake.domain.last_word import OF_PERSON


def name_patient(before: Appointment, named: tuple[str, ...], order: EventOrder) -> Appointment:
    """
    The row after a newer message with these fingerprints; one that names nobody changes nothing.

    What the row holds about a person (phone, age, death, consent, language) is about whom the
    newest message named. It is forgotten with the change from one to another: of two patients'
    numbers the former one's is never kept. What older messages say that come late is not heard.
    """
    if not named:
        return before
    if not before.patients or same_patient(before.patients, named):
        own = remember_patient(before.patients, named)
        patient = replace(before, patients=own, other_patients=(), patient_conflict=False)
        return _without_person(patient, order) if before.patient_conflict else patient
    again = before.patient_conflict and same_patient(before.other_patients, named)
    other = remember_patient(before.other_patients if again else (), named)
    conflict = replace(before, other_patients=other, patient_conflict=True)
    return conflict if again else _without_person(conflict, order)


def is_about(appointment: Appointment, named: tuple[str, ...]) -> bool:
    """Whether a message with these fingerprints may be about the person of whom the row tells."""
    conflict = appointment.patient_conflict
    whose = appointment.other_patients if conflict else appointment.patients
    return not named or not whose or same_patient(whose, named)


def _without_person(appointment: Appointment, order: EventOrder) -> Appointment:
    texting = replace(appointment.texting, phone=None, minor=None, deceased=False, consent=None)
    said = {**appointment.said, **dict.fromkeys(OF_PERSON, order)}
    return replace(appointment, texting=texting, language=None, said=said)
