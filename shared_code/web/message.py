"""A page of a few sentences with one way on: most pages of both sides are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared_code.language import dates
from shared_code.language.phrases import Language
from shared_code.web.frame import Call, Hospital, Page, make_page
from shared_code.web.languages import LanguageList


@dataclass(frozen=True, slots=True)
class Way:
    """A link. `main` is what most people want."""

    url: str
    label: str
    main: bool = True
    target: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """A moment as it is shown, with a heading."""

    heading: str
    moment: str
    date: str
    time: str
    zone: str


@dataclass(frozen=True, slots=True)
class Message:
    """
    What such a page holds.

    `at_once` is the address the page goes on to by itself. `points` are rows of a word, its
    sentence, and an address to copy or nothing. `copied` is a link to copy, after the words `copy`.
    """

    title: str
    lines: Sequence[str]
    when: When | None = None
    ways: Sequence[Way] = ()
    further: Sequence[str] = ()
    points_title: str = ""
    points_before: str = ""
    points: Sequence[tuple[str, str, str]] = ()
    points_after: str = ""
    copy: str = ""
    copied: str = ""
    at_once: str = ""
    call: Call | None = None
    emergency: str = ""
    reason: str = ""
    code: str = ""


def message_page(
    message: Message,
    language: Language,
    hospital: Hospital,
    *,
    status: int = 200,
    languages: LanguageList | None = None,
) -> Page:
    """Return the message as a page."""
    words: dict[str, Any] = {name: getattr(message, name) for name in Message.__slots__}
    return make_page(
        "templates/message.html",
        language,
        words,
        hospital=hospital,
        status=status,
        languages=languages,
    )


def shown_time(moment: datetime, zone: str, region: str, language: Language) -> str:
    """Return the time of day with the zone's abbreviation."""
    there = dates.local(moment, zone)
    return f"{dates.time_of_day(there, _locale(region, language))} {dates.zone_abbreviation(there)}"


def shown_when(heading: str, moment: datetime, zone: str, region: str, language: Language) -> When:
    """Return date, time and zone in words, for `when.html`."""
    there, locale = dates.local(moment, zone), _locale(region, language)
    return When(
        heading=heading,
        moment=there.isoformat(timespec="minutes"),
        date=dates.full_date(there, locale),
        time=shown_time(moment, zone, region, language),
        zone=dates.zone_name(there, locale),
    )


def _locale(region: str, language: Language) -> Any:
    return dates.locale_for(language.tag, region, language.phrases["locale"])
