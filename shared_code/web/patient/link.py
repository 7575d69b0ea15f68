"""
The page of a patient's link: the visit, or the reason why it cannot be shown.

Also handles its form: *Stop text messages* and *Turn text messages back on*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared_code import logs
from shared_code.connections.domain import Connection
from shared_code.errors import REQUEST_MALFORMED, ConnectorError, Refused
from shared_code.hl7.errors import BODY_TOO_LARGE, CONTENT_TYPE_UNSUPPORTED
from shared_code.links.flows import OpenedLink, PatientLink, PatientLinks
from shared_code.web.frame import Hospital, Page, see_other
from shared_code.web.patient.page import link_page, trouble_page
from shared_code.web.patient.views import Choice, LinkView
from shared_code.web.patient.words import language_for

LARGEST_BODY = 1024
_LONGEST_HEADER = 256
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
            return link_page(_view(opened.found, opened, choice))
        logs.event("link.refused", code=opened.found.code)
    wanted = opened.languages or _accepted_tags(accept_language)
    same_person = bool(opened.languages)
    hospital = _hospital(opened.connection) if same_person else Hospital()
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


def _view(link: PatientLink, opened: OpenedLink, choice: Choice) -> LinkView:
    appointment, connection = link.appointment, opened.connection
    return LinkView(
        language=language_for(*opened.languages),
        hospital=_hospital(connection),
        start=link.start,
        zone=connection.display_zone(appointment.department),
        region=connection.region,
        moved_to=link.moved_to,
        choice=choice,
    )


def _hospital(connection: Connection) -> Hospital:
    return Hospital(connection.organization_name, connection.contact)


def _accepted_tags(accept_language: str) -> list[str]:
    """Return the tags a browser accepts, in its order, without checking them."""
    tags = accept_language[:_LONGEST_HEADER].split(",")
    return [tag.partition(";")[0].strip() for tag in tags]
