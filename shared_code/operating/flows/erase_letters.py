"""Erase the dead letters that are about a patient: by appointment, identifier or number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared_code.appointments.domain import AppointmentRef, same_patient
from shared_code.appointments.refs import patient_hashes
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.errors import Refused
from shared_code.hl7 import framing
from shared_code.hl7.schedule_event import ScheduleEvent
from shared_code.intake.flows.sealed_message import QueuedMessage, SealedMessages
from shared_code.intake.siu import read_schedule_events
from shared_code.operating.flows.erase_problems import EraseProblems
from shared_code.oversight.flows.dead_letters import work_in
from shared_code.oversight.ports import UNASSIGNED, DeadLetter, DeadLetterStore
from shared_code.queues import HL7_INBOUND
from shared_code.security.keys import Rings

_RUNS = (re.compile(r"[0-9][0-9 ().+/-]+[0-9]"), re.compile(r"[0-9][0-9 ().+/^-]+[0-9]"))
"""A number in one field, and one in the components of a field."""
_DIGITS_OF_A_NUMBER = 8
_LONGEST_COUNTRY_CODE = 3


@dataclass(frozen=True, slots=True)
class Patient:
    """
    Whom letters are looked for. `keys` are keys and CSNs by connection, `patients` fingerprints of
    identifiers; `number` (E.164) is empty where it is not the number that goes.
    """

    tenant: str
    refs: frozenset[AppointmentRef]
    keys: frozenset[tuple[str, str]]
    patients: tuple[str, ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class EraseLetters:
    """Erases dead letters. Raises NotStored and Conflict."""

    store: DeadLetterStore
    messages: SealedMessages
    connections: Connections
    problems: EraseProblems
    rings: Rings

    def about(self, patient: Patient) -> None:
        """
        Erase the letters of the tenant, and of nobody known, that are about the patient. One whose
        key is gone can be read by nobody and stays.
        """
        for listed in self.store.list():
            if listed.tenant not in (patient.tenant, UNASSIGNED.tenant):
                continue
            try:
                letter = self.store.find(listed.id)
            except Refused:
                continue
            if letter is not None and self._is_about(letter, patient):
                self.problems.about(letter.tenant, [letter.id])
                self.store.remove(letter.id)

    def _is_about(self, letter: DeadLetter, patient: Patient) -> bool:
        named = re.findall(r"[0-9A-Za-z_-]+~[0-9A-Za-z-]+", letter.content)
        if {str(ref) for ref in patient.refs} & set(named):
            return True
        if patient.number and mentions(letter.content, patient.number):
            return True
        work = work_in(letter.content) if letter.queue == HL7_INBOUND else None
        try:
            message = self.messages.unpack(work) if work else None
        except Refused:
            return False
        return message is not None and self._tells_of(message, patient)

    def _tells_of(self, message: QueuedMessage, patient: Patient) -> bool:
        text = message.content.decode("utf-8", "replace")
        if patient.number and mentions(text, patient.number):
            return True
        connection = self.connections.find(message.connection)
        if connection is None or connection.tenant != patient.tenant:
            return False
        try:
            decoded = framing.decode(message.content, message.charset or None)
            events = read_schedule_events(decoded, connection)
        except Refused:
            words = set(re.findall(r"[^|^~&\r\n]+", text))
            return any((connection.id, word.strip()) in patient.keys for word in words)
        return any(self._names(event, connection, patient) for event in events)

    def _names(self, event: ScheduleEvent, connection: Connection, patient: Patient) -> bool:
        keys = {(connection.id, each) for each in (event.key, event.csn) if each}
        hashes = patient_hashes(self.rings, connection.tenant, event.patients)
        number = event.phone == patient.number and bool(patient.number)
        return number or bool(keys & patient.keys) or same_patient(patient.patients, hashes)


def mentions(text: str, number: str) -> bool:
    """Whether the text has the number (E.164), also without its country code or in parts."""
    digits = number.removeprefix("+")
    least = max(_DIGITS_OF_A_NUMBER, len(digits) - _LONGEST_COUNTRY_CODE)
    return any(len(each) >= least and digits.endswith(each) for each in _numbers(text))


def _numbers(text: str) -> Iterator[str]:
    for run in _RUNS:
        for found in run.findall(text):
            yield re.sub(r"[^0-9]", "", found).lstrip("0")
