"""The pages that say why a clinician's launch shows no visit."""

from __future__ import annotations

from shared_code.web.clinician.views import TroubleView
from shared_code.web.clinician.words import list_for, service_desk, spoken
from shared_code.web.frame import Page
from shared_code.web.message import Message, Way, message_page
from shared_code.web.trouble import Trouble

_TO_DO = {
    Trouble.START_AGAIN: "do_again",
    Trouble.UNKNOWN_SENDER: "do_epic_team",
    Trouble.CONNECTION_NEEDED: "do_epic_team",
    Trouble.MIXED_UP: "do_epic_team",
    Trouble.FROM_TEST: "do_epic_team",
    Trouble.FROM_PRODUCTION: "do_epic_team",
    Trouble.LAUNCH_REFUSED: "do_again",
    Trouble.EPIC_REFUSED: "do_epic_team",
    Trouble.EPIC_UNAVAILABLE: "do_later",
    Trouble.OUR_SIDE: "do_later",
    Trouble.VISIT_UNKNOWN: "do_epic_team",
    Trouble.VISIT_DISAGREES: "do_epic_team",
    Trouble.CANCELLED: "do_schedule",
    Trouble.TOO_LATE: "do_schedule",
    Trouble.PLACEHOLDER: "do_epic_team",
    Trouble.KEYS_UNKNOWN: "do_it_team",
    Trouble.IDENTITY_MISSING: "do_epic_team",
}
_SAID = {
    Trouble.CANCELLED: ("visit_cancelled_title", "visit_cancelled_what"),
    Trouble.FROM_TEST: ("mixed_up_title", "from_test_what"),
    Trouble.FROM_PRODUCTION: ("mixed_up_title", "from_production_what"),
}
"""Troubles whose phrases are not named like them."""


def launch_trouble_page(view: TroubleView) -> Page:
    """Return the page that says what happened, what to do and whom to call, with the code."""
    language, trouble = spoken(view.language), view.trouble
    title, what = _SAID.get(trouble, (f"{trouble}_title", f"{trouble}_what"))
    message = Message(
        title=language.say(title),
        lines=[language.say(what), language.say(_TO_DO[trouble])],
        ways=[Way(view.back, language.say("back_button"))] if view.back else [],
        call=service_desk(view.hospital, language),
        reason=language.say("reason"),
        code=view.code,
    )
    languages = list_for(view.here, language)
    return message_page(message, language, view.hospital, status=view.status, languages=languages)
