"""
The page of a visit, for clinicians: the way into Teams, and who is there.

The link into Teams is in the page as it is made. A small script presses it once where the browser
allows that, and asks for the presence every five seconds; without JavaScript another version of the
page loads itself again. No page leads to a custom scheme.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from shared_code.language.phrases import Language
from shared_code.web.clinician.views import (
    HandOffView,
    LiveView,
    PreparingView,
    PresenceView,
    Side,
    WindowView,
)
from shared_code.web.clinician.words import list_for, masked, service_desk, spoken
from shared_code.web.frame import Hospital, Page, fragment, make_page, refresh
from shared_code.web.message import Message, Way, message_page, shown_when

POLLED_EVERY = 5
"""Seconds; live.js has the same number."""
_PRESENCE = "clinician/templates/presence.html"


def live_page(view: LiveView) -> Page:
    """Return the page of the visit."""
    from markupsafe import Markup

    language, presence = spoken(view.language), presence_fragment(view.presence)
    start = None
    if view.start is not None:
        heading = language.say("live_when")
        start = shown_when(heading, view.start, view.zone, view.region, language)
    words = {
        "title": language.say("live_title"),
        "when": start,
        "notices": [language.say(f"notice_{each}") for each in view.notices],
        "url": view.url,
        "open": language.say("live_open"),
        "open_now": view.open_now and not view.is_plain,
        "you": language.say("live_you", you=masked(view.you)),
        "not_you": view.not_you,
        "not_you_button": language.say("live_not_you"),
        "member": _member(view.hospital, language),
        "shared": language.say("live_shared"),
        "who": language.say("live_who"),
        "live": view.live,
        "plain": "" if view.is_plain else view.plain,
        "presence": Markup(presence.html),  # noqa: S704 - a template of ours
        "etag": presence.headers["ETag"],
        "call": service_desk(view.hospital, language),
    }
    page = make_page(
        "clinician/templates/live.html",
        language,
        words,
        hospital=view.hospital,
        script="" if view.is_plain else _script(),
        languages=list_for(view.here, language),
    )
    return refresh(page, POLLED_EVERY, view.plain) if view.is_plain else page


def presence_fragment(view: PresenceView, if_none_match: str = "") -> Page:
    """Return who is there, with an ETag; 304 if the browser shows just that."""
    language = spoken(view.language)
    words = {"sentences": list(_presence(view, language))}
    return fragment(_PRESENCE, language, words, if_none_match)


def window_page(view: WindowView) -> Page:
    """Return the page of a frame that keeps nothing: two ways out, nothing about anybody."""
    language = spoken(view.language)
    message = Message(
        title=language.say("window_title"),
        lines=[language.say("window_what")],
        ways=[
            Way(view.url, language.say("live_open"), target="_blank"),
            Way(view.window_url, language.say("window_button"), main=False, target="_blank"),
        ],
        further=_member(view.hospital, language),
        call=service_desk(view.hospital, language),
    )
    languages = list_for(view.here, language)
    return message_page(message, language, view.hospital, languages=languages)


def preparing_page(view: PreparingView) -> Page:
    """Return the page that goes on by itself, or says that there is no meeting yet: a 503."""
    language = spoken(view.language)
    about = "late" if view.late else "preparing"
    message = Message(
        title=language.say(f"{about}_title"),
        lines=[language.say(f"{about}_what")],
        further=[language.say("late_code")] if view.code else [],
        call=service_desk(view.hospital, language),
        reason=language.say("reason"),
        code=view.code,
    )
    page = message_page(
        message,
        language,
        view.hospital,
        status=503 if view.late else 200,
        languages=list_for(view.here if view.late else "", language),
    )
    return refresh(page, view.again_in)


def hand_off_page(view: HandOffView) -> Page:
    """Return the page that goes on to Teams at once."""
    language = spoken(view.language)
    you = [language.say("live_you", you=masked(view.you))] if view.you else []
    message = Message(
        title=language.say("go_title"),
        lines=[language.say("go_what")],
        ways=[Way(view.url, language.say("go_button"))],
        further=[*you, *_member(view.hospital, language)],
        at_once=view.url,
        call=service_desk(view.hospital, language),
    )
    languages = list_for(view.here, language)
    return message_page(message, language, view.hospital, languages=languages)


def _member(hospital: Hospital, language: Language) -> list[str]:
    said = language.say("live_member", organization=hospital.organization)
    return [said] if said else []


def _presence(view: PresenceView, language: Language) -> Iterator[str]:
    """Yield the newest thing that is known of each side, in sentences without names."""
    patient = list(_patients(view.patient, language))
    yield from patient or [language.say("patient_none")]
    if view.patient.pressed or view.patient.faded:
        yield language.say("live_admit")
    yield from _staff(view.staff, language)


def _patients(seen: Side, language: Language) -> Iterator[str]:
    if seen.pressed:
        yield _sentence("patient_pressed", seen.pressed, seen.pressed_minutes, language)
    if seen.faded:
        yield _sentence("patient_faded", seen.faded, seen.faded_minutes, language)
    if seen.opened:
        yield _sentence("patient_opened", seen.opened, seen.opened_minutes, language)


def _staff(seen: Side, language: Language) -> Iterator[str]:
    """A clinician's page leads into the meeting at once: opened and pressed are one to others."""
    last = [
        (seen.opened, seen.opened_minutes),
        (seen.pressed, seen.pressed_minutes),
        (seen.faded, seen.faded_minutes),
    ]
    minutes = [minutes for count, minutes in last if count]
    if minutes:
        count = seen.opened + seen.pressed + seen.faded
        yield _sentence("staff_opened", count, min(minutes), language)


def _sentence(about: str, count: int, minutes: int, language: Language) -> str:
    ago = _ago(minutes, language)
    if count == 1:
        return language.say(f"{about}_one", ago=ago)
    return language.say(f"{about}_many", count=str(count), ago=ago)


def _ago(minutes: int, language: Language) -> str:
    if minutes < 1:
        return language.say("ago_now")
    return (
        language.say("ago_one") if minutes == 1 else language.say("ago_many", minutes=str(minutes))
    )


@cache
def _script() -> str:
    return (Path(__file__).parent / "templates" / "live.js").read_text(encoding="utf-8")
