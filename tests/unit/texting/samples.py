"""One visit in any language, and what every text about it must keep to."""

from __future__ import annotations

from datetime import datetime

from shared_code.language.template_names import TemplateName
from shared_code.texting.adapters.wording import MessageTemplates
from tests.world.connection import connection
from tests.world.visit import START, appointment

LINK = "https://visits.example.org/v/" + "abcdefghijklmnopqrstuvwxyz"
WORDS = MessageTemplates()
GSM7 = ("en", "es", "fr", "ht", "pt", "tl")
UCS2 = ("ar", "ko", "ru", "vi", "zh-Hans", "zh-Hant")
SHIPPED = sorted(GSM7 + UCS2)
LINKED = (TemplateName.SCHEDULED, TemplateName.CHANGED, TemplateName.REMINDER)


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
    visit = appointment(language=language, start=start)
    return WORDS.text(template, connection(**changes), visit, link, first=first)
