"""
The pages of a patient's link as HTML: the visit or an explanation, and the form about texts.

They need no script, no image and no other request, and their headers enforce that. All phrases are
in languages/, all markup in templates/. Nothing here reads storage, a clock or a request.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared_code.errors import ErrorInfo
from shared_code.language import dates
from shared_code.language.phrases import Language, Languages
from shared_code.links.domain import (
    LINK_CANCELLED,
    LINK_DEAD,
    LINK_EXPIRED,
    LINK_NOT_VIRTUAL,
    LINK_UNKNOWN,
)

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_EXPLAINED = (
    LINK_UNKNOWN,
    LINK_EXPIRED,
    LINK_DEAD,
    LINK_CANCELLED,
    LINK_NOT_VIRTUAL,
)
_OUR_ERRORS = (0, 200, 409)
"""Statuses of errors on our side, which a patient cannot correct: answered as 500."""
_OTHER = "trouble"
_NOT_CHANGED = "unchanged"
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_PHONE = re.compile(r"\+?[0-9 ().-]{7,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Whether texts are allowed, and the address of the form that changes it.

    `changed` is set right after a change.
    """

    action: str
    allowed: bool
    changed: bool = False


@dataclass(frozen=True, slots=True)
class LinkView:
    """
    What the page of a visit shows.

    `start` is UTC, `zone` the IANA zone to show it in, `moved_to` the URL of the page that replaces
    this one.
    """

    language: str
    organization: str
    contact: str
    start: datetime
    zone: str
    region: str = ""
    moved_to: str = ""
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An HTTP answer for a browser."""

    html: str
    headers: dict[str, str]
    status: int


def language_for(*wanted: str | None) -> str:
    """Return the first of the languages in which these pages exist, or English."""
    return _languages().best(*wanted).tag


def link_page(view: LinkView) -> Page:
    """Return the page of a visit: organization, time, and whom to call."""
    language = _languages().best(view.language)
    locale = dates.locale_for(language.tag, view.region, language.phrases["locale"])
    there = dates.local(view.start, view.zone)
    called = bool(view.contact.strip())
    call = language.say("visit_call", contact=view.contact)
    about = "moved" if view.moved_to else "visit"
    words = {
        "title": language.say(f"{about}_title"),
        "organization": view.organization,
        "what": language.say(f"{about}_what", organization=view.organization),
        "when": language.say("visit_when"),
        "moment": there.isoformat(timespec="minutes"),
        "date": dates.full_date(there, locale),
        "time": f"{dates.time_of_day(there, locale)} {dates.zone_abbreviation(there)}",
        "zone": dates.zone_name(there, locale),
        "personal": language.say("visit_personal"),
        "questions": language.say("visit_questions"),
        "call": call if called else language.say("visit_call_clinic"),
        "dial": _number_to_dial(view.contact),
        "moved_to": view.moved_to,
        "moved_old": language.say("moved_old"),
        "moved_open": language.say("moved_open"),
    }
    return _page("link.html", language, 200, words, view.choice)


def trouble_page(
    error: ErrorInfo, language: str, choice: Choice | None = None, *, pressed: bool = False
) -> Page:
    """
    Return the page that explains why no visit is shown, and what to do. Every error has one.

    `pressed`: the form was sent, so the page says that the choice was not saved.
    """
    spoken = _languages().best(language)
    about = error.code if error in _EXPLAINED else _NOT_CHANGED if pressed else _OTHER
    words = {
        "title": spoken.say(f"{about}_title"),
        "what": spoken.say(f"{about}_what"),
        "do": spoken.say(f"{about}_do"),
        "reason": spoken.say("reason"),
        "code": error.code,
    }
    status = 500 if error.status in _OUR_ERRORS else error.status
    return _page("trouble.html", spoken, status, words, choice)


def see_other(path: str) -> Page:
    """Redirect the browser to one of our pages; `path` is ASCII and begins with a slash."""
    return Page("", _PRIVATE | {"Location": path}, 303)


def _texts(choice: Choice | None, language: Language) -> dict[str, str]:
    """Return the words of the form; empty without a choice."""
    if choice is None:
        return {}
    now, pressed = ("allowed", "no") if choice.allowed else ("stopped", "yes")
    return {
        "title": language.say("texts_title"),
        "now": language.say(f"texts_{now}"),
        "means": language.say(f"texts_{now}_means"),
        "button": language.say(f"texts_{now}_button"),
        "done": language.say(f"texts_{now}_done") if choice.changed else "",
        "carrier": language.say("texts_carrier") if choice.changed or not choice.allowed else "",
        "action": choice.action,
        "pressed": pressed,
    }


def _page(
    template: str,
    language: Language,
    status: int,
    words: dict[str, str],
    choice: Choice | None,
) -> Page:
    from markupsafe import Markup

    style = _style()
    html = (
        _templates()
        .get_template(template)
        .render(
            words,
            texts=_texts(choice, language),
            language=language.tag,
            direction=language.phrases["direction"],
            style=Markup(style),  # noqa: S704 - our own file
        )
    )
    return Page(html, _headers(language.tag, style, "'self'" if choice else "'none'"), status)


def _headers(language: str, style: str, forms_to: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
            f"form-action {forms_to}; frame-ancestors 'none'"
        ),
        **_PRIVATE,
    }


def _number_to_dial(contact: str) -> str:
    """Return the number to dial if the contact is a telephone number and nothing else."""
    text = contact.strip()
    return re.sub(r"[^+0-9]", "", text) if _PHONE.fullmatch(text) else ""


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


@cache
def _style() -> str:
    return (_HERE / "templates" / "page.css").read_text(encoding="utf-8")


@cache
def _languages() -> Languages:
    plain = ["locale", "direction", "reason", "visit_title", "visit_when", "visit_personal"]
    plain += ["visit_questions", "visit_call_clinic"]
    plain += ["moved_title", "moved_old", "moved_open", "texts_title", "texts_carrier"]
    parts = ("", "_means", "_button", "_done")
    plain += [f"texts_{now}{part}" for now in ("allowed", "stopped") for part in parts]
    about = [*(each.code for each in _EXPLAINED), _OTHER, _NOT_CHANGED]
    plain += [f"{each}_{part}" for each in about for part in ("title", "what", "do")]
    expected = {name: frozenset[str]() for name in plain}
    expected["visit_what"] = expected["moved_what"] = frozenset({"organization"})
    expected["visit_call"] = frozenset({"contact"})
    return Languages(_HERE / "languages", "patient.toml", expected)
