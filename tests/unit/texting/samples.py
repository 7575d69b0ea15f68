"""One visit in any language, and what every text about it must keep to."""

from __future__ import annotations

from datetime import datetime

from shared_code.appointments.domain import Appointment, EventOrder, Status, Version
from shared_code.language.template_names import TemplateName
from shared_code.texting.adapters.wording import Words
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.visit import PHONE, REF, START

LINK = "https://visits.example.org/v/" + "abcdefghijklmnopqrstuvwxyz"
WORDS = Words()
GSM7 = ("en", "es", "fr", "ht", "pt", "tl")
UCS2 = ("ar", "ko", "ru", "vi", "zh-Hans", "zh-Hant")
SHIPPED = sorted(GSM7 + UCS2)
LINKED = (TemplateName.SCHEDULED, TemplateName.CHANGED, TemplateName.REMINDER)


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
    template: TemplateName = TemplateName.SCHEDULED,
    *,
    first: bool = True,
    start: datetime = START,
    **changes: object,
) -> str:
    """The text of a connection with these changes, with a link where there is one."""
    link = LINK if template in LINKED else ""
    visit = appointment(language, start)
    return WORDS.text(template, connection(**changes), visit, link, first=first)
