"""
One HL7 scheduling event, as far as the connector understands it.

It is read from a message and used by the decisions in intake/domain/decide.py. Every field has
three states (HL7 v2.5.1 §2.5.3): a value, empty (nothing was said: None), and the explicit null
`""` (DELETED).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from shared_code.errors import Code, Reason
from shared_code.wall_clock import LocalTime

START_UNREADABLE = Reason(Code("start_unreadable"), "The start time cannot be read.")
START_DISAGREES = Reason(
    Code("start_disagrees"), "Fields of the message disagree on the start time."
)
MESSAGE_TIME_UNREADABLE = Reason(
    Code("message_time_unreadable"),
    "The time of the message (MSH-7) is empty or cannot be read: its order is that of arrival.",
)
BIRTH_DATE_UNREADABLE = Reason(
    Code("birth_date_unreadable"),
    "The birth date is missing or unreadable, so it is not known whether the patient is a minor.",
)
PHONE_UNUSABLE = Reason(Code("phone_unusable"), "No phone number of the message can be texted.")
SEVERAL_PATIENTS = Reason(
    Code("several_patients"), "The message names several patients for one appointment."
)
_ABOUT_A_PERSON = frozenset({BIRTH_DATE_UNREADABLE, PHONE_UNUSABLE})


class Deleted(Enum):
    """The sender wrote `""`: erase what is known."""

    DELETED = '""'


DELETED = Deleted.DELETED

BOOKS = frozenset({"S12", "S13"})
CHANGES = frozenset({"S14"})
CANCELS = frozenset({"S15", "S16", "S17"})
NO_SHOW = frozenset({"S26"})
RESOURCE_CHANGES = frozenset({"S18", "S19", "S20", "S21", "S22"})
BLOCKS = frozenset({"S23", "S24"})
SUPPORTED = BOOKS | CHANGES | CANCELS | NO_SHOW | RESOURCE_CHANGES | BLOCKS


@dataclass(frozen=True, slots=True)
class PatientId:
    """One of a patient's identifiers (CX): its number, and who assigned it; "" if unsaid."""

    number: str
    authority: str = ""

    def is_same(self, other: PatientId) -> bool:
        """Return whether it is the same identifier, as far as both sides say who assigned it."""
        authorities = {self.authority.casefold(), other.authority.casefold()} - {""}
        return self.number == other.number and len(authorities) < 2


@dataclass(frozen=True, slots=True)
class ScheduleEvent:
    """
    What one SIU message says of one appointment.

    `trigger` is MSH-9.2 (S12 …), `created` MSH-7, `control_id` MSH-10, `processing_id` MSH-11.
    `phone` is E.164. `visit_codes` are the values at the virtual-visit path, over all segments and
    repetitions; None if nothing stands there, empty if it was taken away. `language` is a BCP 47
    primary tag. `remarks` are problems with the message that do not stop it. `processing_id` is in
    capitals. `consent` is the value at the connection's consent path, also None if there is no such
    path. `deceased`: True if the message says that the patient is dead, False if it takes that
    back, None if it says nothing. `status_cancels`: whether SCH-25 says that the visit is
    cancelled, None without SCH-25. `minor` is whether the patient is a minor on the day of the
    visit, None if unknown. For a minor, `phone` belongs to the person whom the connection's rule
    names. `csn` is what launches name the visit by. `minutes` is how long it lasts; DELETED if that
    was sent but is no usable duration. `patients` are the identifiers of the patient.
    `occurrence` is which visit of a series under one `key` it is about.
    """

    trigger: str
    key: str
    control_id: str
    created: LocalTime | None
    processing_id: str
    start: LocalTime | Deleted | None = None
    phone: str | Deleted | None = None
    patients: tuple[PatientId, ...] = ()
    language: str | None = None
    department: str | None = None
    visit_codes: tuple[str, ...] | None = None
    remarks: tuple[Reason, ...] = ()
    consent: str | Deleted | None = None
    minor: bool | None = None
    csn: str | None = None
    minutes: int | Deleted | None = None
    deceased: bool | None = None
    status_cancels: bool | None = None
    occurrence: str | None = None

    def of_several(self) -> Self:
        """The event of an appointment of several patients: without what it says about a person."""
        remarks = [remark for remark in self.remarks if remark not in _ABOUT_A_PERSON]
        return replace(
            self,
            phone=None,
            patients=(),
            language=None,
            minor=None,
            consent=None,
            deceased=None,
            remarks=(*remarks, SEVERAL_PATIENTS),
        )
