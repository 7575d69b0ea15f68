"""
The page of whoever launched, and the part of it that is asked for again and again.

    GET /visit/{handle}   GET /live/{handle}
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.attendance.domain import Role, Side, Some
from shared_code.errors import ConnectorError, ErrorInfo
from shared_code.launching.domain import tokens
from shared_code.launching.domain.gate import TooEarly
from shared_code.launching.domain.launch import Door
from shared_code.launching.domain.outcomes import Refusal, ShowVisit
from shared_code.launching.domain.showing import (
    ClinicianMayJoin,
    PatientMayJoin,
    SignInNeeded,
    VisitPage,
    Waiting,
    WindowOnly,
)
from shared_code.launching.flows.visit_page import VisitPages
from shared_code.web.browser import BrowserRequest, hospital_of, page_cookie
from shared_code.web.clinician import live as clinician_live
from shared_code.web.clinician import sign_in as clinician_sign_in
from shared_code.web.clinician import views as clinician
from shared_code.web.clinician.words import chosen
from shared_code.web.clinician.words import language_for as clinician_language
from shared_code.web.frame import Page, again_if_ours, no_fragment, see_other, with_cookies
from shared_code.web.languages import THIS_PAGE, in_language
from shared_code.web.launch import trouble_page
from shared_code.web.patient import views as patient
from shared_code.web.patient import visit as patient_visit
from shared_code.web.patient.words import language_for as patient_language
from shared_code.web.trouble import page_status

_SOON, _LATER = 1, 10
"""Seconds until a page that waits looks again: while somebody works on it, and later on."""
_LONGEST_WAIT = 60
_LATE_AFTER = timedelta(seconds=30)
"""From then on a page that waits also says whom to call."""
_DOORS = {Role.STAFF: Door.PROVIDER, Role.PATIENT: Door.PATIENT}
_EXPLAINED_AFTER = timedelta(seconds=55)


def show_visit(request: BrowserRequest, handle: str, pages: VisitPages) -> Page:
    """Answer GET /visit/{handle}. Never raises for what a caller sends."""
    nothing = request.without_effect()
    if nothing is not None:
        return nothing
    try:
        shown = pages.show(handle, request.browser(), own_window=request.is_own_window())
    except ConnectorError as error:
        door = Door.PROVIDER if tokens.is_of_staff(handle) else Door.PATIENT
        return again_if_ours(trouble_page(request, Refusal(error.info, door=door), here=THIS_PAGE))
    if isinstance(shown, ShowVisit):
        page = see_other(in_language(f"/visit/{handle}", chosen(request.language())))
        return with_cookies(page, page_cookie(shown.browser)) if shown.browser else page
    if isinstance(shown.showing, ErrorInfo):
        refusal = Refusal(shown.showing, shown.connection, _DOORS[shown.role])
        return trouble_page(request, refusal, shown.languages, THIS_PAGE)
    logs.event(
        "visit.shown",
        connection=shown.connection.id,
        kind=shown.role.value,
        state=type(shown.showing).__name__,
    )
    now = pages.clock()
    if shown.role is Role.PATIENT:
        return _patient(request, shown, now)
    return _clinician(request, handle, shown, pages, now)


def show_live(request: BrowserRequest, handle: str, pages: VisitPages) -> Page:
    """
    Answer GET /live/{handle}: who is there, with an ETag.

    Without content: 4xx makes the script load the page again, which then says why; after 503 it
    asks again.
    """
    nothing = request.without_effect()
    if nothing is not None:
        return nothing
    language = clinician_language(request.language(), *request.languages())
    try:
        shown = pages.live(handle, request.browser())
    except ConnectorError as error:
        return no_fragment(page_status(error.info))
    assert isinstance(shown.showing, ClinicianMayJoin)  # noqa: S101
    presence = _presence(language, shown.showing, pages.clock())
    return clinician_live.presence_fragment(presence, request.headers.get("if-none-match", ""))


def _clinician(
    request: BrowserRequest, handle: str, shown: VisitPage, pages: VisitPages, now: datetime
) -> Page:
    language = clinician_language(request.language(), *request.languages())
    hospital = hospital_of(shown.connection)
    match shown.showing:
        case SignInNeeded() as needed:
            return _sign_in_needed(request, handle, shown, needed, pages)
        case ClinicianMayJoin() as joins:
            return _joins(request, handle, shown, joins, now)
        case WindowOnly(url):
            page = in_language(f"/visit/{handle}", chosen(request.language()))
            return clinician_live.window_page(
                clinician.WindowView(language, hospital, url, page, THIS_PAGE)
            )
        case Waiting(why, since):
            late = why is not None or now - since >= _LATE_AFTER
            return clinician_live.preparing_page(
                clinician.PreparingView(
                    language=language,
                    hospital=hospital,
                    again_in=_LATER if late else _SOON,
                    late=late,
                    code=why.code if why else "",
                    here=THIS_PAGE,
                )
            )
        case _:
            raise AssertionError("a patient's page")


def _sign_in_needed(
    request: BrowserRequest,
    handle: str,
    shown: VisitPage,
    needed: SignInNeeded,
    pages: VisitPages,
) -> Page:
    tag, top = chosen(request.language()), "top" in request.query()
    window, at_top = (in_language(f"/visit/{handle}{each}", tag) for each in ("", "?top=1"))
    return clinician_sign_in.sign_in_needed_page(
        clinician.SignInNeededView(
            language=clinician_language(request.language(), *request.languages()),
            hospital=hospital_of(shown.connection),
            handoff_url=f"{pages.public_url}/signin?handoff={needed.handoff}",
            again=at_top if top else window,
            callback_url=f"{pages.public_url}/signin/callback",
            top=top,
            other_way=window if top else at_top,
            explained=pages.clock() - needed.since >= _EXPLAINED_AFTER,
            here="?top=1" if top else THIS_PAGE,
        )
    )


def _joins(
    request: BrowserRequest,
    handle: str,
    shown: VisitPage,
    joins: ClinicianMayJoin,
    now: datetime,
) -> Page:
    language = clinician_language(request.language(), *request.languages())
    hospital, tag = hospital_of(shown.connection), chosen(request.language())
    if joins.direct and not request.is_framed():  # Teams refuses to be framed
        view = clinician.HandOffView(language, hospital, joins.url, joins.signed_in_as, THIS_PAGE)
        return clinician_live.hand_off_page(view)
    is_plain = "plain" in request.query()
    return clinician_live.live_page(
        clinician.LiveView(
            language=language,
            hospital=hospital,
            url=joins.url,
            presence=_presence(language, joins, now),
            live=in_language(f"/live/{handle}", tag),
            plain=in_language(f"/visit/{handle}?plain=1", tag),
            you=joins.signed_in_as,
            not_you=in_language(f"/visit/{handle}/not-me", tag),
            is_plain=is_plain,
            open_now=joins.opens_now,
            start=joins.start,
            zone=shown.connection.display_zone(shown.department),
            region=shown.connection.region,
            notices=tuple(clinician.Notice(each.value) for each in joins.cautions),
            here="?plain=1" if is_plain else THIS_PAGE,
        )
    )


def _patient(request: BrowserRequest, shown: VisitPage, now: datetime) -> Page:
    language = patient_language(request.language(), *shown.languages, *request.languages())
    connection, hospital = shown.connection, hospital_of(shown.connection)
    zone = connection.display_zone(shown.department)
    match shown.showing:
        case TooEarly(_, opens):
            left = math.ceil((opens - now).total_seconds())
            return patient_visit.waiting_page(
                patient.WaitingView(
                    language=language,
                    hospital=hospital,
                    waiting=patient.Waiting.TOO_EARLY,
                    again_in=max(1, min(left, _LONGEST_WAIT)),
                    opens=opens,
                    zone=zone,
                    region=connection.region,
                    here=THIS_PAGE,
                )
            )
        case PatientMayJoin(url, goes_on):
            view = patient.HandOffView(
                language, hospital, url, goes_on, THIS_PAGE, request.is_framed()
            )
            return patient_visit.hand_off_page(view)
        case Waiting(why, since):
            late = now - since >= _LATE_AFTER
            return patient_visit.waiting_page(
                patient.WaitingView(
                    language=language,
                    hospital=hospital,
                    waiting=patient.Waiting.NOT_READY if late else patient.Waiting.PREPARING,
                    again_in=_SOON if why is None and not late else _LATER,
                    code=why.code if why and late else "",
                    here=THIS_PAGE,
                )
            )
        case _:
            raise AssertionError("a clinician's page")


def _presence(language: str, joins: ClinicianMayJoin, now: datetime) -> clinician.PresenceView:
    return clinician.PresenceView(
        language=language, patient=_side(joins.patients, now), staff=_side(joins.staff, now)
    )


def _side(side: Side, now: datetime) -> clinician.Side:
    return clinician.Side(
        opened=side.opened.count,
        opened_minutes=_minutes(side.opened, now),
        pressed=side.pressed.count,
        pressed_minutes=_minutes(side.pressed, now),
        faded=side.faded.count,
        faded_minutes=_minutes(side.faded, now),
    )


def _minutes(some: Some, now: datetime) -> int:
    return max(0, int((now - some.last).total_seconds() // 60)) if some.last else 0
