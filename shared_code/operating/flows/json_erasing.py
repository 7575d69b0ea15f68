"""The command that erases a patient: from JSON and to it. Its answer holds counts alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared_code.connections.domain import Connection
from shared_code.errors import REQUEST_MALFORMED, Refused
from shared_code.hl7.phones import normalise
from shared_code.operating.domain import Actor
from shared_code.operating.errors import NUMBER_UNREADABLE
from shared_code.operating.flows.erase_patient import ErasePatient
from shared_code.operating.flows.json_door import Answer, Arguments, Command

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def erasing_commands(erase: ErasePatient) -> Mapping[str, Command]:
    """Everything of a patient, by an appointment or by the number."""

    def erase_patient(arguments: Arguments, actor: Actor) -> Answer:
        connection = arguments.connection()
        named = arguments.text_if_given("appointment")
        number = arguments.text_if_given("number")
        if number is not None and named is None:
            erased = erase.of_number(connection, _read(number, connection), actor)
        elif named is not None and number is None:
            erased = erase.of_appointment(connection, named, actor)
        else:
            raise Refused(REQUEST_MALFORMED)
        return {"erased": erased.count, "continue": erased.more}

    return {"erase-patient": erase_patient}


def e164(text: str) -> str:
    """Return a number that is written with its country code. Raises Refused."""
    number = re.sub(r"[\s().-]", "", text)
    if not _E164.fullmatch(number):
        raise Refused(NUMBER_UNREADABLE)
    return number


def _read(text: str, connection: Connection) -> str:
    """Return the number as it stands, or as the connection's messages would be read."""
    try:
        return e164(text)
    except Refused:
        number = normalise(text, connection.region, connection.allowed_regions)
    if number is None:
        raise Refused(NUMBER_UNREADABLE)
    return number
