"""
What texts say: which organization, when, the link, whom to call and how to stop.

Never the name of a patient or clinician, never a speciality or a reason: whoever sees the phone
may read it. The sentences are in languages/ or the organization's own; STOP stays English,
carriers know no other word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from shared_code.appointments.domain import START_MISSING, Appointment
from shared_code.connections.domain import Connection
from shared_code.errors import Refused
from shared_code.language import dates
from shared_code.language.phrases import Language, Languages, fill, find_tag, folders, without_empty
from shared_code.language.plain_marks import plain_marks
from shared_code.language.segments import is_gsm7
from shared_code.language.template_names import TemplateName
from shared_code.language.variables import variables
from shared_code.texting.adapters.acs.sender import LONGEST
from shared_code.texting.domain.template import LINKED, check_template, needed

_EXPECTED = {
    "locale": frozenset[str](),
    "direction": frozenset[str](),
    "date": frozenset[str](),
    "date_with_year": frozenset[str](),
    "when": frozenset({"date", "time", "zone"}),
    "call": frozenset({"contact"}),
    "stop": frozenset[str](),
} | {
    name.value: frozenset({"organization", "when", "link" if name in LINKED else "contact"})
    for name in TemplateName
}
_FAR = timedelta(days=300)
"""A start that is farther from the newest message could be taken for one of another year."""
_FOLDER, _FILE = Path(__file__).parent / "languages", "texts.toml"
_STOP = re.compile(r"(?<![A-Za-z])STOP(?![A-Za-z])")
_LEFT_TO_RIGHT, _BY_ITS_FIRST_LETTER, _END = "\u2066", "\u2068", "\u2069"


def language_of(tag: str) -> str | None:
    """The language in which texts for a tag are written, or None. No words are read for it."""
    return find_tag(tag, folders(_FOLDER, _FILE))


@dataclass(frozen=True, slots=True)
class _Occasion:
    """Everything that one text is about. `far`: the year must be said."""

    template: TemplateName
    language: Language
    connection: Connection
    start: datetime
    department: str | None
    link: str
    first: bool
    far: bool


class MessageTemplates:
    """The port Wording. Raises ValueError when made with sentences that cannot be filled."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._languages = Languages(folder, _FILE, _EXPECTED)
        for language in self._languages:
            dates.own_names(language.tag)

    def language(self, connection: Connection, appointment: Appointment) -> str:
        """The tag of the language in which the appointment's texts are written."""
        return self._languages.best(appointment.language, connection.language).tag

    def text(
        self,
        template: TemplateName,
        connection: Connection,
        appointment: Appointment,
        link: str,
        *,
        first: bool,
    ) -> str:
        """
        The words, ready to send. Raises Refused without a start.

        `first` adds how to stop and whom to call; what has no link always says the latter.
        An organization's own template that turns out unfit is passed over, never sent.
        """
        if appointment.start is None:
            raise Refused(START_MISSING.as_error())
        language = self._languages.best(appointment.language, connection.language)
        moment, department = appointment.start, appointment.department
        far = template is not TemplateName.REMINDER and moment - appointment.order.arrival > _FAR
        occasion = _Occasion(template, language, connection, moment, department, link, first, far)
        start, own = _when(occasion), self._own_template(occasion)
        said = None if own is None else _own_words(own, occasion, start)
        return said or _composed(occasion.language.phrases[occasion.template], occasion, start)

    def _own_template(self, occasion: _Occasion) -> str | None:
        sms = occasion.connection.sms
        for tag, templates in (sms.templates if sms else {}).items():
            if self._languages.find(tag) is occasion.language and occasion.template in templates:
                return templates[occasion.template]
        return None


def _own_words(pattern: str, occasion: _Occasion, start: str) -> str | None:
    """The organization's words, or None where they would not make a whole text."""
    if check_template(occasion.template, pattern):
        return None
    said_lines = without_empty(pattern, _values(occasion, start))
    if not needed(occasion.template) <= variables(said_lines):
        return None
    said = _composed(pattern, occasion, start)
    return said if len(said.encode("utf-8", "surrogatepass")) <= LONGEST else None


def _composed(pattern: str, occasion: _Occasion, start: str) -> str:
    """
    An accent is one character with its letter. The day loses its accents, and marks become plain
    ones, where nothing else keeps the text from the shorter alphabet: names and sentences keep
    their letters.
    """
    usual = unicodedata.normalize("NFC", _whole(pattern, occasion, start))
    if is_gsm7(usual):
        return usual
    simplified = plain_marks(
        unicodedata.normalize("NFC", _whole(pattern, occasion, _simplified(start)))
    )
    return simplified if is_gsm7(simplified) else usual


def _whole(pattern: str, occasion: _Occasion, start: str) -> str:
    """The template, and below it what it does not say itself but must."""
    values = _values(occasion, start)
    said = [fill(pattern, values)]
    must_name_contact = occasion.first or occasion.template not in LINKED
    if must_name_contact and "contact" not in variables(pattern):
        said.append(occasion.language.say("call", contact=values["contact"]))
    if occasion.first and not _STOP.search(pattern):
        said.append(occasion.language.say("stop"))
    return "\n".join(part for part in said if part)


def _values(occasion: _Occasion, start: str) -> dict[str, str]:
    """
    The values of the variables. In right-to-left languages each value keeps its own direction, but
    for the link: phones would include the marks in the link.
    """
    language, connection = occasion.language, occasion.connection
    return {
        "organization": _isolated(connection.organization_name, language),
        "when": start,
        "link": occasion.link if occasion.template in LINKED else "",
        "contact": _isolated(connection.contact.strip(), language),
    }


def _when(occasion: _Occasion) -> str:
    language, connection = occasion.language, occasion.connection
    phrases = language.phrases
    locale = dates.locale_for(language.tag, connection.region, phrases["locale"])
    there = dates.local(occasion.start, connection.display_zone(occasion.department))
    pattern = "date_with_year" if occasion.far else "date"
    return language.say(
        "when",
        date=dates.date_by_pattern(there, phrases[pattern], locale),
        time=dates.time_of_day(there, locale),
        zone=_isolated(dates.zone_abbreviation(there), language),
    )


def _isolated(value: str, language: Language) -> str:
    """Shown from left to right, or as its first letter demands when it has others (UAX 9)."""
    if not value or language.phrases["direction"] != "rtl":
        return value
    mixed = any(unicodedata.bidirectional(each) in ("R", "AL") for each in value)
    return f"{_BY_ITS_FIRST_LETTER if mixed else _LEFT_TO_RIGHT}{value}{_END}"


def _simplified(text: str) -> str:
    """Letters that would make every part of a text 70 instead of 160 lose their accents."""
    return "".join(each if is_gsm7(each) else _without_accent(each) for each in text)


def _without_accent(character: str) -> str:
    letters = unicodedata.normalize("NFKD", character)
    return "".join(each for each in letters if not unicodedata.combining(each))
