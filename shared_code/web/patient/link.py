"""
The page of a patient's link: the visit, or the reason why it cannot be shown.

Also handles its forms. The path is the secret, so only a form that another site sent is refused.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

from shared_code import logs
from shared_code.errors import REQUEST_MALFORMED, ConnectorError, ErrorInfo, Refused
from shared_code.launching.flows.join_by_link import JoinByLink, JoinRefused, Joins, LookAgain
from shared_code.links.domain import token_in
from shared_code.links.flows import OpenedLink, PatientLink, PatientLinks
from shared_code.web.browser import BrowserRequest, hospital_of, page_cookie
from shared_code.web.frame import Page, again_if_ours, see_other, with_cookies
from shared_code.web.languages import THIS_PAGE, in_language
from shared_code.web.patient.page import link_page, trouble_page
from shared_code.web.patient.views import Choice, HandOffView, Join, LinkView
from shared_code.web.patient.visit import hand_off_page
from shared_code.web.patient.words import chosen, language_for

_LONGEST_WAIT = 60
"""Seconds until the page looks again while it is too early."""
_CHOICES = {"no": False, "yes": True}
_PRESSED = {False: "no", True: "yes"}
_START_LEFT = "start"
"""Texts were allowed, and the carrier waits for START."""


def show_link(request: BrowserRequest, address: str, links: PatientLinks) -> Page:
    """
    Answer GET /v/{address}. Never raises for invalid input. The token in it is not logged.

    HEAD is answered with the same status and headers; it stores nothing and is not logged as
    opened, because mail filters and link checkers ask so. `texts` comes from the redirect after the
    form; it is shown only if it agrees with what is stored.
    """
    only_look = request.method == "HEAD"
    nothing = None if only_look else request.without_effect()
    if nothing is not None:
        return nothing
    page = _shown(request, token_in(address), links, only_look=only_look)
    return replace(page, html="") if only_look else page


def _shown(request: BrowserRequest, token: str, links: PatientLinks, *, only_look: bool) -> Page:
    """Return the visit's page, or the one that says why it cannot be shown."""
    wanted = request.languages()
    try:
        opened = links.open(token, only_look=only_look)
    except ConnectorError as error:
        logs.event("link.refused", code=error.code)
        language = language_for(request.language(), *wanted)
        return again_if_ours(trouble_page(error.info, language, here=THIS_PAGE))
    subject, choice = opened.subject, _choice(request, token, opened)
    here = f"?texts={_said(choice)}" if choice.changed else THIS_PAGE
    with logs.bound(connection=subject.connection, row=subject.row):
        if isinstance(opened.found, PatientLink):
            if not only_look:
                logs.event("link.opened", state="moved" if opened.found.moved else "current")
            view = _view(request, token, opened.found, opened, links.clock())
            return link_page(replace(view, choice=choice, here=here))
        logs.event("link.refused", code=opened.found.code)
    return _refused(request, opened.found, opened, choice, here)


def change_texts(request: BrowserRequest, address: str, links: PatientLinks) -> Page:
    """
    Answer POST /v/{address}/texts: stop or allow texts, then redirect to the link's page.

    Never raises for invalid input.
    """
    token, form = token_in(address), request.form() or {}
    try:
        allowed = _CHOICES.get(form.get("allow", ""))
        if allowed is None:
            raise Refused(REQUEST_MALFORMED)
        chosen_texts = links.allow_texts(token, allowed)
    except ConnectorError as error:
        logs.event("link.refused", code=error.code)
        language = language_for(request.language(), *request.languages())
        return trouble_page(error.info, language, pressed=True)
    logs.event(
        "link.texts_changed",
        connection=chosen_texts.subject.connection,
        row=chosen_texts.subject.row,
        state="allowed" if allowed else "stopped",
    )
    tag, said = chosen(request.language()), _PRESSED[allowed]
    if chosen_texts.start_to:
        said = _START_LEFT
    return see_other(in_language(f"/v/{token}?texts={said}", tag))


def join_visit(request: BrowserRequest, address: str, join: JoinByLink) -> Page:
    """
    Answer POST /v/{address}/join: the meeting, or the page that waits for it.

    Never raises for invalid input.
    """
    token = token_in(address)
    language = language_for(request.language(), *request.languages())
    if not request.is_same_origin():
        return trouble_page(REQUEST_MALFORMED, language)
    try:
        outcome = join.join(token, request.browser())
    except ConnectorError as error:
        logs.event("link.refused", code=error.code)
        return trouble_page(error.info, language)
    tag = chosen(request.language())
    match outcome:
        case LookAgain():
            return see_other(in_language(f"/v/{token}", tag))
        case JoinRefused(info, opened):
            logs.event("link.refused", code=info.code)
            if opened is None:
                return trouble_page(info, language)
            return _refused(request, info, opened, here=f"/v/{token}")
        case Joins(handle=""):
            return with_cookies(_hand_off(request, token, outcome), page_cookie(outcome.browser))
        case Joins(handle=handle, browser=browser):
            page = see_other(in_language(f"/visit/{handle}", tag))
            return with_cookies(page, page_cookie(browser))


def _hand_off(request: BrowserRequest, token: str, joins: Joins) -> Page:
    view = HandOffView(
        language=language_for(request.language(), *joins.opened.languages),
        hospital=hospital_of(joins.opened.connection),
        url=joins.url,
        here=f"/v/{token}",
    )
    return hand_off_page(view)


def _refused(
    request: BrowserRequest,
    info: ErrorInfo,
    opened: OpenedLink,
    choice: Choice | None = None,
    here: str = "",
) -> Page:
    """
    Return the page that says why not, and whom to call: whoever has the link got it from there. It
    is in the browser's language if it is another's visit.
    """
    language = language_for(request.language(), *(opened.languages or request.languages()))
    return trouble_page(info, language, choice, hospital=hospital_of(opened.connection), here=here)


def _choice(request: BrowserRequest, token: str, opened: OpenedLink) -> Choice:
    allowed, said = opened.texts_allowed, request.query().get("texts")
    action = in_language(f"/v/{token}/texts", chosen(request.language()))
    sms = opened.connection.sms
    if allowed and sms and said == _START_LEFT:
        return Choice(action, allowed, changed=True, start_to=sms.from_number)
    return Choice(action, allowed, changed=said == _PRESSED[allowed])


def _said(choice: Choice) -> str:
    """Return what the redirect after the form said, for links to the same page."""
    return _START_LEFT if choice.start_to else _PRESSED[choice.allowed]


def _view(
    request: BrowserRequest, token: str, link: PatientLink, opened: OpenedLink, now: datetime
) -> LinkView:
    appointment, connection = link.appointment, opened.connection
    tag = chosen(request.language())
    return LinkView(
        language=language_for(tag, *opened.languages),
        hospital=hospital_of(connection),
        start=link.start,
        zone=connection.display_zone(appointment.department),
        region=connection.region,
        moved=link.moved,
        moved_to=in_language(link.moved_to, tag) if link.moved_to else "",
        join=_join(in_language(f"/v/{token}/join", tag), link, now),
    )


def _join(action: str, link: PatientLink, now: datetime) -> Join | None:
    """Return the way in, or until when it is too early; None if the visit is held elsewhere."""
    window = link.join_window
    if window is None or link.moved_to:
        return None
    if not window.is_early(now):
        return Join(action)
    left = math.ceil((window.opens - now).total_seconds())
    return Join(action, window.opens, max(1, min(left, _LONGEST_WAIT)))
