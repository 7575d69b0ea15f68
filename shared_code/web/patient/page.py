"""
The pages of a patient's link as HTML: the visit or an explanation, and the form about texts.

All phrases are in languages/. Nothing here reads storage, a clock or a request.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared_code.errors import ErrorInfo
from shared_code.language.phrases import Language
from shared_code.links.domain import (
    LINK_CANCELLED,
    LINK_DEAD,
    LINK_EXPIRED,
    LINK_NOT_VIRTUAL,
    LINK_UNKNOWN,
)
from shared_code.web.frame import Hospital, Page, make_page, refresh
from shared_code.web.message import shown_time, shown_when
from shared_code.web.patient.views import Choice, LinkView
from shared_code.web.patient.words import list_for, number_to_call, spoken, whom_to_call
from shared_code.web.trouble import page_status

_EXPLAINED = (
    LINK_UNKNOWN,
    LINK_EXPIRED,
    LINK_DEAD,
    LINK_CANCELLED,
    LINK_NOT_VIRTUAL,
)
_OTHER = "trouble"
_NOT_CHANGED = "unchanged"
_NO_HOSPITAL = Hospital()
_NOTHING: dict[str, Any] = {
    "when": None,
    "join": None,
    "moved_to": "",
    "personal": "",
}


def link_page(view: LinkView) -> Page:
    """Return the page of a visit: organization, time, the way in, and whom to call."""
    language = spoken(view.language)
    about = "moved" if view.moved_to or view.moved else "visit"
    heading = language.say("visit_when")
    words = {
        **_NOTHING,
        "title": language.say(f"{about}_title"),
        "lines": [language.say(f"{about}_what", organization=view.hospital.organization)],
        "when": shown_when(heading, view.start, view.zone, view.region, language),
        "join": _join(view, language),
        "personal": language.say("visit_personal"),
        "moved_to": view.moved_to,
        "moved_old": language.say("moved_old"),
        "moved_open": language.say("moved_open"),
        "call": whom_to_call(view.hospital, language),
    }
    page = _page(language, 200, words, view.choice, view.hospital, view.here)
    early = view.join is not None and view.join.opens is not None
    return refresh(page, view.join.again_in) if view.join and early else page


def trouble_page(
    error: ErrorInfo,
    language: str,
    choice: Choice | None = None,
    *,
    pressed: bool = False,
    hospital: Hospital = _NO_HOSPITAL,
    here: str = "",
) -> Page:
    """
    Return the page that explains why no visit is shown, and what to do. Every error has one.

    `pressed`: the form about texts was sent, so the page says that the choice was not saved.
    """
    own = spoken(language)
    about = error.code if error in _EXPLAINED else _NOT_CHANGED if pressed else _OTHER
    words = {
        **_NOTHING,
        "title": own.say(f"{about}_title"),
        "lines": [own.say(f"{about}_what"), own.say(f"{about}_do")],
        "reason": own.say("reason"),
        "code": error.code,
        "call": number_to_call(hospital, own),
    }
    return _page(own, page_status(error), words, choice, hospital, here)


def _join(view: LinkView, language: Language) -> dict[str, str] | None:
    """Return the words of the way in, without its address while it is too early."""
    if view.join is None:
        return None
    if view.join.opens is not None:
        time = shown_time(view.join.opens, view.zone, view.region, language)
        return {
            "title": language.say("join_opens", time=time),
            "action": "",
            "means": language.say("join_early"),
        }
    return {
        "title": language.say("join_open"),
        "action": view.join.action,
        "button": language.say("join_button"),
        "means": language.say("join_means"),
    }


def _texts(choice: Choice | None, language: Language) -> dict[str, str]:
    """Return the words of the form; empty without a choice."""
    if choice is None:
        return {}
    now, pressed = ("allowed", "no") if choice.allowed else ("stopped", "yes")
    done = language.say(f"texts_{now}_done") if choice.changed else ""
    carrier = language.say("texts_carrier") if choice.changed or not choice.allowed else ""
    if choice.start_to:
        done, carrier = language.say("texts_allowed_step", number=choice.start_to), ""
    return {
        "title": language.say("texts_title"),
        "now": language.say(f"texts_{now}"),
        "means": language.say(f"texts_{now}_means"),
        "button": language.say(f"texts_{now}_button"),
        "done": done,
        "carrier": carrier,
        "action": choice.action,
        "pressed": pressed,
    }


def _page(
    language: Language,
    status: int,
    words: dict[str, Any],
    choice: Choice | None,
    hospital: Hospital,
    here: str,
) -> Page:
    """With `no-referrer`, some browsers would name no origin for the page's own forms."""
    page = make_page(
        "patient/templates/link.html",
        language,
        words | {"texts": _texts(choice, language), "emergency": hospital.emergency},
        hospital=hospital.unframed(),
        status=status,
        languages=list_for(here, language),
    )
    return replace(page, headers=page.headers | {"Referrer-Policy": "same-origin"})
