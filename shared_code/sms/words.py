"""
What texts say: which organization, when, the link, whom to call and how to stop.

Never the name of a patient or clinician, never a speciality or a reason: whoever sees the phone
may read it. The sentences are in languages/; STOP stays English, carriers know no other word.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from shared_code.domain.appointment import Appointment
from shared_code.domain.connection import Connection
from shared_code.domain.text_message import is_gsm7
from shared_code.errors import ErrorCode, Refused
from shared_code.sms import when
from shared_code.sms.phrases import Language, Languages

_EXPECTED = {
    "locale": frozenset[str](),
    "date": frozenset[str](),
    "confirmation": frozenset({"organization", "when", "link", "contact"}),
}


class Words:
    """The port Wording. Raises ValueError when made with sentences that cannot be filled."""

    def __init__(self, folder: Path = Path(__file__).parent / "languages") -> None:
        self._languages = Languages(folder, "texts.toml", _EXPECTED)

    def confirmation(self, connection: Connection, appointment: Appointment, link: str) -> str:
        """The words of the confirmation, ready to send. Raises Refused without a start."""
        language = self._languages.best(appointment.language, connection.language)
        start = _when(language, connection, appointment)

        def said(moment: str) -> str:
            return language.say(
                "confirmation",
                organization=connection.organization_name,
                when=moment,
                link=link,
                contact=connection.contact,
            )

        usual, simplified = said(start), said(_simplified(start))
        return simplified if is_gsm7(simplified) else usual


def _when(language: Language, connection: Connection, appointment: Appointment) -> str:
    if appointment.start is None:
        raise Refused(ErrorCode.START_MISSING)
    phrases = language.phrases
    locale = when.locale_for(language.tag, connection.region, phrases["locale"])
    there = when.local(appointment.start, connection.display_zone(appointment.department))
    date = when.date_by_pattern(there, phrases["date"], locale)
    time = when.time_of_day(there, locale)
    return f"{date}, {time} {when.zone_abbreviation(there)}"


def _simplified(text: str) -> str:
    """Letters that would make every part of a text 70 instead of 160 lose their accents."""
    return "".join(each if is_gsm7(each) else _without_accent(each) for each in text)


def _without_accent(character: str) -> str:
    letters = unicodedata.normalize("NFKD", character)
    return "".join(each for each in letters if not unicodedata.combining(each))
