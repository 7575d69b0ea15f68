"""
The page of a patient's link: the visit, or the reason why it cannot be shown.

Also handles its form: *Stop text messages* and *Turn text messages back on*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from shared_code import logs
from shared_code.errors import REQUEST_MALFORMED, ConnectorError, ErrorInfo, Refused
from shared_code.hl7.errors import BODY_TOO_LARGE, CONTENT_TYPE_UNSUPPORTED
from shared_code.launching.flows.join_by_link import JoinByLink, JoinRefused, Joins, LookAgain
from shared_code.links.flows import OpenedLink, PatientLink, PatientLinks
from shared_code.web.browser import BrowserRequest, hospital_of, page_cookie
from shared_code.web.frame import Hospital, Page, see_other, with_cookies
from shared_code.web.patient.page import link_page, trouble_page
from shared_code.web.patient.views import Choice, HandOffView, Join, LinkView
from shared_code.web.patient.visit import hand_off_page
from shared_code.web.patient.words import language_for

LARGEST_BODY = 1024
_LONGEST_HEADER = 256
_LONGEST_WAIT = 60
"""Seconds until the page looks again while it is too early."""
_FORM = "application/x-www-form-urlencoded"
_CHOICES = {b"allow=no": False, b"allow=yes": True}
_PRESSED = {False: "no", True: "yes"}


@dataclass(frozen=True, slots=True)
class TextsRequest:
    """One POST of the form: header names in lower case, the body as sent."""

    token: str
    headers: Mapping[str, str]
    body: bytes


def show_link(token: str, accept_language: str, links: PatientLinks, pressed: str = "") -> Page:
    """
    Return the page of the link. Never raises for invalid input. The token is not logged.

    `pressed` comes from the redirect after the form; it is shown only if it agrees with what is
    stored.
    """
    try:
        opened = links.open(token)
    except ConnectorError as error:
        logs.event("link.refused", code=error.code)
        return trouble_page(error.info, language_for(*_accepted_tags(accept_language)))
    subject, choice = opened.subject, _choice(token, opened, pressed)
    with logs.bound(connection=subject.connection, row=subject.row):
        if isinstance(opened.found, PatientLink):
            logs.event("link.opened", state="moved" if opened.found.moved_to else "current")
            view = _view(token, opened.found, opened, choice, links.clock())
            return link_page(view)
        logs.event("link.refused", code=opened.found.code)
    wanted = opened.languages or _accepted_tags(accept_language)
    same_person = bool(opened.languages)
    hospital = hospital_of(opened.connection) if same_person else Hospital()
    return trouble_page(opened.found, language_for(*wanted), choice, hospital=hospital)


def change_texts(request: TextsRequest, links: PatientLinks) -> Page:
    """Stop or allow texts, then redirect to the link's page. Never raises for invalid input."""
    try:
        allowed = _checked(request, links.public_url)
        subject = links.allow_texts(request.token, allowed)
    except ConnectorError as error:
        logs.event("link.refused", code=error.code)
        wanted = _accepted_tags(request.headers.get("accept-language", ""))
        return trouble_page(error.info, language_for(*wanted), pressed=True)
    logs.event(
        "link.texts_changed",
        connection=subject.connection,
        row=subject.row,
        state="allowed" if allowed else "stopped",
    )
    return see_other(f"/v/{request.token}?texts={_PRESSED[allowed]}")


def join_visit(request: BrowserRequest, token: str, join: JoinByLink) -> Page:
    """
    Answer POST /v/{token}/join: the meeting, or the page that waits for it.

    The path is the secret, so only a form that another site sent is refused. Never raises for
    invalid input.
    """
    wanted = request.languages()
    if not request.is_same_origin():
        return trouble_page(REQUEST_MALFORMED, language_for(*wanted))
    try:
        outcome = join.join(token, request.browser())
    except ConnectorError as error:
        logs.event("link.refused", code=error.code)
        return trouble_page(error.info, language_for(*wanted))
    match outcome:
        case LookAgain():
            return see_other(f"/v/{token}")
        case JoinRefused(info, opened):
            logs.event("link.refused", code=info.code)
            return _refused(info, opened, wanted)
        case Joins():
            return _joins(outcome)


def _joins(joins: Joins) -> Page:
    mark = page_cookie(joins.browser)
    if joins.handle:
        return with_cookies(see_other(f"/visit/{joins.handle}"), mark)
    view = HandOffView(
        language=language_for(*joins.opened.languages),
        hospital=hospital_of(joins.opened.connection),
        url=joins.url,
    )
    return with_cookies(hand_off_page(view), mark)


def _refused(info: ErrorInfo, opened: OpenedLink | None, wanted: list[str]) -> Page:
    same_person = opened is not None and bool(opened.languages)
    if opened is None or not same_person:
        return trouble_page(info, language_for(*wanted))
    hospital = hospital_of(opened.connection)
    return trouble_page(info, language_for(*opened.languages), hospital=hospital)


def _checked(request: TextsRequest, public_url: str) -> bool:
    """Return the form's answer. Raises Refused unless our own page sent exactly one answer."""
    if not _is_same_origin(request.headers, public_url):
        raise Refused(REQUEST_MALFORMED)
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if content_type.strip().lower() != _FORM:
        raise Refused(CONTENT_TYPE_UNSUPPORTED)
    if len(request.body) > LARGEST_BODY:
        raise Refused(BODY_TOO_LARGE)
    allowed = _CHOICES.get(request.body)
    if allowed is None:
        raise Refused(REQUEST_MALFORMED)
    return allowed


def _is_same_origin(headers: Mapping[str, str], public_url: str) -> bool:
    """
    Return whether the form was sent by our own page.

    Browsers say so in Sec-Fetch-Site (Fetch Metadata); older ones only name the origin.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    ours = urlsplit(public_url)
    return headers.get("origin") == f"{ours.scheme}://{ours.netloc}"


def _choice(token: str, opened: OpenedLink, pressed: str) -> Choice:
    allowed = opened.texts_allowed
    return Choice(f"/v/{token}/texts", allowed, pressed == _PRESSED[allowed])


def _view(
    token: str, link: PatientLink, opened: OpenedLink, choice: Choice, now: datetime
) -> LinkView:
    appointment, connection = link.appointment, opened.connection
    return LinkView(
        language=language_for(*opened.languages),
        hospital=hospital_of(connection),
        start=link.start,
        zone=connection.display_zone(appointment.department),
        region=connection.region,
        moved=link.moved,
        moved_to=link.moved_to,
        join=_join(token, link, now),
        choice=choice,
    )


def _join(token: str, link: PatientLink, now: datetime) -> Join | None:
    """Return the way in, or until when it is too early; None if the visit is held elsewhere."""
    window = link.join_window
    if window is None or link.moved_to:
        return None
    action = f"/v/{token}/join"
    if not window.is_early(now):
        return Join(action)
    left = math.ceil((window.opens - now).total_seconds())
    return Join(action, window.opens, max(1, min(left, _LONGEST_WAIT)))


def _accepted_tags(accept_language: str) -> list[str]:
    """Return the tags a browser accepts, in its order, without checking them."""
    tags = accept_language[:_LONGEST_HEADER].split(",")
    return [tag.partition(";")[0].strip() for tag in tags]
