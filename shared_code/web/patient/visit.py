"""
The pages of a patient on the way into the visit: waiting, going on to Teams, and why not.

Patients are never offered the Teams app, and no page needs JavaScript.
"""

from __future__ import annotations

from typing import NamedTuple

from shared_code.web.frame import Page, refresh
from shared_code.web.message import Message, Way, message_page, shown_when
from shared_code.web.patient.views import HandOffView, TroubleView, Waiting, WaitingView
from shared_code.web.patient.words import list_for, number_to_call, spoken, whom_to_call
from shared_code.web.trouble import Trouble


class _Said(NamedTuple):
    """The names of the phrases: the title, what happened, what to do."""

    title: str
    what: str
    do: str


_CALL = "visit_call_clinic"
_AGAIN = "do_again"
_OURS = _Said("trouble_title", "trouble_what", "trouble_do")
_UNKNOWN = _Said("visit_unknown_title", "visit_unknown_what", _CALL)
_SAID = {
    Trouble.START_AGAIN: _Said("start_again_title", "start_again_what", _AGAIN),
    Trouble.UNKNOWN_SENDER: _Said("unknown_sender_title", "unknown_sender_what", _CALL),
    Trouble.CONNECTION_NEEDED: _Said("unknown_sender_title", "connection_needed_what", _CALL),
    Trouble.MIXED_UP: _Said("mixed_up_title", "mixed_up_what", _AGAIN),
    Trouble.FROM_TEST: _Said("mixed_up_title", "from_test_what", _AGAIN),
    Trouble.FROM_PRODUCTION: _Said("mixed_up_title", "from_production_what", _AGAIN),
    Trouble.LAUNCH_REFUSED: _Said("launch_refused_title", "launch_refused_what", _AGAIN),
    Trouble.EPIC_REFUSED: _OURS,
    Trouble.EPIC_UNAVAILABLE: _Said(
        "epic_unavailable_title", "epic_unavailable_what", "trouble_do"
    ),
    Trouble.OUR_SIDE: _OURS,
    Trouble.VISIT_UNKNOWN: _UNKNOWN,
    Trouble.VISIT_DISAGREES: _Said("visit_disagrees_title", "visit_disagrees_what", _CALL),
    Trouble.CANCELLED: _Said("link_cancelled_title", "link_cancelled_what", "link_cancelled_do"),
    Trouble.TOO_LATE: _Said("over_title", "link_expired_what", "link_expired_do"),
    Trouble.PLACEHOLDER: _UNKNOWN,
    Trouble.KEYS_UNKNOWN: _OURS,
    Trouble.IDENTITY_MISSING: _OURS,
}


def waiting_page(view: WaitingView) -> Page:
    """
    Return a page that goes on by itself, and says whom to call.

    While somebody works on the visit it has no list of languages: the next version comes before
    anybody has found theirs.
    """
    language, waiting = spoken(view.language), view.waiting
    when = None
    if view.opens is not None:
        heading = language.say("early_opens")
        when = shown_when(heading, view.opens, view.zone, view.region, language)
    lines = [language.say(f"{waiting}_what")] if waiting != Waiting.TOO_EARLY else []
    further = [language.say("early_on")] if waiting == Waiting.TOO_EARLY else []
    message = Message(
        title=language.say(f"{waiting}_title"),
        lines=lines,
        when=when,
        further=further,
        reason=language.say("reason"),
        code=view.code,
        call=whom_to_call(view.hospital, language),
        emergency=view.hospital.emergency,
    )
    here = "" if waiting == Waiting.PREPARING else view.here
    languages = list_for(here, language)
    page = message_page(message, language, view.hospital, languages=languages)
    return refresh(page, view.again_in)


def hand_off_page(view: HandOffView) -> Page:
    """
    Return the page that goes on to Teams at once, with the same link to press and to copy.

    It answers a form as well as a launch: browsers apply `form-action` to every hop of a redirect,
    and Microsoft has more than one.
    """
    language = spoken(view.language)
    message = Message(
        title=language.say("go_title"),
        lines=[language.say("go_what")],
        ways=[Way(view.url, language.say("go_button"), target="_blank" if view.framed else "")],
        further=[language.say("go_lobby")],
        copy=language.say("go_copy"),
        copied=view.url,
        at_once=view.url if view.goes_on and not view.framed else "",
        call=whom_to_call(view.hospital, language),
        emergency=view.hospital.emergency,
    )
    languages = list_for(view.here, language)
    return message_page(message, language, view.hospital, languages=languages)


def launch_trouble_page(view: TroubleView) -> Page:
    """Return the page that says what happened, what to do and whom to call, with the code."""
    language, said = spoken(view.language), _SAID[view.trouble]
    message = Message(
        title=language.say(said.title),
        lines=[language.say(said.what), language.say(said.do)],
        ways=[Way(view.back, language.say("join_button"))] if view.back else [],
        reason=language.say("reason"),
        code=view.code,
        call=number_to_call(view.hospital, language),
        emergency=view.hospital.emergency,
    )
    languages = list_for(view.here, language)
    return message_page(message, language, view.hospital, status=view.status, languages=languages)
