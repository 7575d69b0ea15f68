"""One visit in any language, and what every text about it must keep to."""

from __future__ import annotations

from datetime import datetime

from shared_code.domain.appointment import Appointment, EventOrder, Status, Version
from shared_code.domain.text_message import Saying
from shared_code.sms.words import Words
from tests.unit.builders import NOW, PHONE, REF, START, connection

LINK = "https://visits.example.org/v/" + "abcdefghijklmnopqrstuvwxyz"
WORDS = Words()
GSM7 = ("en", "es", "fr", "ht", "pt", "tl")
UCS2 = ("ar", "ko", "ru", "vi", "zh-Hans", "zh-Hant")
SHIPPED = sorted(GSM7 + UCS2)
LINKED = (Saying.SCHEDULED, Saying.CHANGED, Saying.REMINDER)


def appointment(language: str | None = "en", start: datetime | None = START) -> Appointment:
    """A video visit of a patient who speaks the language."""
    return Appointment(
        REF,
        "36996",
        Status.ACTIVE,
        Version(1, "3fa9c1d2"),
        EventOrder(NOW, None, NOW),
        start=start,
        department="10501101",
        language=language,
        virtual=True,
        phone=PHONE,
    )


def said(
    language: str | None = "en",
    saying: Saying = Saying.SCHEDULED,
    *,
    first: bool = True,
    start: datetime = START,
    **changes: object,
) -> str:
    """The text of a connection with these changes, with a link where there is one."""
    link = LINK if saying in LINKED else ""
    visit = appointment(language, start)
    return WORDS.text(saying, connection(**changes), visit, link, first=first)
