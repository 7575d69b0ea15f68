"""
The pages of the Microsoft sign-in.

It runs in a top-level window, because Microsoft's pages refuse to be framed. Most of Microsoft's
refusals never come back to us: the page with the button explains them after a minute.
"""

from __future__ import annotations

from dataclasses import replace

from shared_code.language.phrases import Language
from shared_code.web.clinician.views import (
    AccountNotAllowedView,
    ConfirmView,
    GoOnView,
    SignInNeededView,
    SignInRefusal,
    SignInRefusedView,
)
from shared_code.web.clinician.words import list_for, service_desk, spoken
from shared_code.web.frame import Page, make_page, refresh
from shared_code.web.message import Message, Way, message_page, shown_time

EXPLAINED_AFTER = 60
"""Seconds until the page says what Microsoft may have said; the handoff address lives as long."""
_AADSTS = {
    "50011": ("50011",),
    "700016": ("700016",),
    "50105": ("50105",),
    "50020": ("50020", "90072"),
    "90094": ("90094",),
    "53000": ("53000", "53003", "530001"),
}
"""What Microsoft shows on its own page, by the sentence that explains it."""


def sign_in_needed_page(view: SignInNeededView) -> Page:
    """Return the page with the button; after a minute with what Microsoft may have said."""
    language = spoken(view.language)
    where, other = ("top", "window") if view.top else ("window", "top")
    target = "_top" if view.top else "_blank"
    ways = [Way(view.handoff_url, language.say("sign_in_button"), target=target)]
    if view.other_way:
        ways.append(Way(view.other_way, language.say(f"sign_in_to_{other}"), main=False))
    message = Message(
        title=language.say("sign_in_title"),
        lines=[language.say("sign_in_what"), language.say(f"sign_in_{where}")],
        ways=ways,
        call=service_desk(view.hospital, language),
    )
    if view.explained:
        message = replace(
            message,
            points_title=language.say("explain_title"),
            points_before=language.say("explain_what"),
            points=_points(view, language),
            points_after=language.say("explain_nothing"),
        )
    languages = list_for(view.here, language)
    page = message_page(message, language, view.hospital, languages=languages)
    return refresh(page, EXPLAINED_AFTER, view.again)


def confirm_page(view: ConfirmView) -> Page:
    """Return the page that asks whether both accounts are the reader's."""
    language = spoken(view.language)
    time = shown_time(view.opened, view.zone, view.region, language)
    about = "second" if view.second else "confirm"
    words = {
        "title": language.say(f"{about}_title"),
        "what": language.say(f"{about}_what"),
        "accounts": [
            (language.say("confirm_ehr"), language.say("confirm_opened", time=time)),
            (language.say("confirm_microsoft"), view.username),
        ],
        "action": view.action,
        "attempt": view.attempt,
        "second": view.second,
        "button": language.say(f"{about}_button"),
        "other_url": view.other_account_url,
        "other": language.say("confirm_other"),
        "call": service_desk(view.hospital, language),
    }
    return make_page(
        "clinician/templates/confirm.html", language, words, hospital=view.hospital.unframed()
    )


def account_not_allowed_page(view: AccountNotAllowedView) -> Page:
    """Return the page that says what a guest or foreign account means."""
    language = spoken(view.language)
    message = Message(
        title=language.say(f"{view.kind}_title"),
        lines=[
            language.say("chosen", username=view.username),
            language.say(f"{view.kind}_what"),
        ],
        ways=[Way(view.other_account_url, language.say("confirm_other"))],
        call=service_desk(view.hospital, language),
        reason=language.say("reason"),
        code=view.code,
    )
    return message_page(message, language, view.hospital.unframed(), status=403)


def sign_in_refused_page(view: SignInRefusedView) -> Page:
    """Return the page after a sign-in that gave no account, with one way to begin anew."""
    language = spoken(view.language)
    begin = language.say("again_button")
    lines = [language.say(f"{view.refusal}_what")]
    if view.refusal == SignInRefusal.OUR_CREDENTIAL:
        lines.append(language.say("do_later"))
    if not view.again_url:
        lines.append(language.say("from_epic"))
    message = Message(
        title=language.say(f"{view.refusal}_title"),
        lines=lines,
        ways=[Way(view.again_url, begin)] if view.again_url else [],
        call=service_desk(view.hospital, language),
        reason=language.say("reason"),
        code=f"{view.code} AADSTS{view.aadsts}" if view.aadsts else view.code,
    )
    return message_page(message, language, view.hospital.unframed(), status=view.status)


def same_site_hop_page(view: GoOnView) -> Page:
    """
    Return the page that loads the callback once more.

    Some browsers leave a cookie out when a chain of redirects began on another site; a navigation
    from this page of ours sends it. Of two equal callbacks the later one waits for the first.
    """
    language = spoken(view.language)
    message = Message(
        title=language.say("hop_title"),
        lines=[language.say("hop_what")],
        ways=[Way(view.url, language.say("hop_button"))],
        at_once="" if view.seconds else view.url,
        call=service_desk(view.hospital, language),
    )
    page = message_page(message, language, view.hospital.unframed())
    return refresh(page, view.seconds) if view.seconds else page


def _points(view: SignInNeededView, language: Language) -> list[tuple[str, str, str]]:
    addresses = {"50011": view.callback_url, "53000": view.handoff_url}
    return [
        (
            ", ".join(f"AADSTS{each}" for each in numbers),
            language.say(f"explain_{name}"),
            addresses.get(name, ""),
        )
        for name, numbers in _AADSTS.items()
    ]
