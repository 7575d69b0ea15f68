"""
The doors of a launch: Epic's button, and Epic's callback.

    GET /launch/provider[/{connection}]   GET /launch/patient[/{connection}]   GET /launch/callback
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared_code import logs
from shared_code.connections.domain import Environment
from shared_code.errors import Code, ConnectorError
from shared_code.launching.domain import errors
from shared_code.launching.domain.launch import Door
from shared_code.launching.domain.outcomes import (
    ComeBack,
    GoTo,
    LaunchOutcome,
    Refusal,
    ShowVisit,
)
from shared_code.launching.flows.finish import CallbackRequest, FinishLaunch
from shared_code.launching.flows.start import LaunchRequest, StartLaunch
from shared_code.outbound.errors import UPSTREAM_UNREACHABLE
from shared_code.security.tokens import TOKEN_REFUSED
from shared_code.smart import errors as smart
from shared_code.web import cookies
from shared_code.web.browser import BrowserRequest, hospital_of, launch_cookie, page_cookie
from shared_code.web.clinician import live as clinician_live
from shared_code.web.clinician import trouble as clinician_trouble
from shared_code.web.clinician import views as clinician
from shared_code.web.clinician.words import language_for as clinician_language
from shared_code.web.frame import Page, go_to, see_other, with_cookies
from shared_code.web.patient import views as patient
from shared_code.web.patient import visit as patient_visit
from shared_code.web.patient.words import language_for as patient_language
from shared_code.web.trouble import Trouble, page_status

_TROUBLE: Mapping[Code, Trouble] = {
    info.code: trouble
    for trouble, infos in {
        Trouble.START_AGAIN: (
            errors.LAUNCH_START_AGAIN,
            errors.LAUNCH_OTHER_BROWSER,
            errors.VISIT_PAGE_CLOSED,
            smart.LAUNCH_MALFORMED,
            smart.LAUNCH_TOO_LONG,
            smart.EPIC_CODE_REFUSED,
            smart.TOKEN_ANSWER_UNREADABLE,
            TOKEN_REFUSED,
        ),
        Trouble.UNKNOWN_SENDER: (errors.LAUNCH_SENDER_UNKNOWN,),
        Trouble.CONNECTION_NEEDED: (errors.CONNECTION_NEEDED,),
        Trouble.MIXED_UP: (errors.LAUNCH_MIXED_UP,),
        Trouble.LAUNCH_REFUSED: (errors.LAUNCH_REFUSED_BY_PERSON,),
        Trouble.EPIC_REFUSED: (errors.LAUNCH_NOT_ALLOWED,),
        Trouble.EPIC_UNAVAILABLE: (
            smart.EPIC_UNAVAILABLE,
            smart.EPIC_DISCOVERY_FAILED,
            UPSTREAM_UNREACHABLE,
        ),
        Trouble.VISIT_UNKNOWN: (errors.VISIT_UNKNOWN,),
        Trouble.VISIT_DISAGREES: (errors.VISIT_DISAGREES,),
        Trouble.CANCELLED: (errors.VISIT_CANCELLED,),
        Trouble.TOO_LATE: (errors.VISIT_OVER,),
        Trouble.PLACEHOLDER: (errors.SESSION_PLACEHOLDER,),
        Trouble.KEYS_UNKNOWN: (smart.EPIC_KEYS_UNKNOWN,),
        Trouble.IDENTITY_MISSING: (errors.IDENTITY_REFUSED,),
    }.items()
    for info in infos
}
_CLINICIANS_ONLY = {
    Trouble.PLACEHOLDER: Trouble.VISIT_UNKNOWN,
    Trouble.KEYS_UNKNOWN: Trouble.OUR_SIDE,
    Trouble.IDENTITY_MISSING: Trouble.START_AGAIN,
}
"""What a patient reads instead."""


def start_launch(request: BrowserRequest, door: Door, connection: str, start: StartLaunch) -> Page:
    """Answer GET /launch/provider or /launch/patient. Never raises for what a caller sends."""
    nothing = request.without_effect()
    if nothing is not None:
        return nothing
    try:
        outcome = start.start(LaunchRequest(door, connection, request.url))
    except ConnectorError as error:
        return trouble_page(request, Refusal(error.info, door=door))
    return _page(request, outcome)


def finish_launch(request: BrowserRequest, finish: FinishLaunch) -> Page:
    """Answer GET /launch/callback. Never raises for what a caller sends."""
    nothing = request.without_effect()
    if nothing is not None:
        return nothing
    given = request.cookies_of(cookies.LAUNCH_PREFIX)
    try:
        outcome = finish.finish(
            CallbackRequest(request.url, given, request.browser(), request.is_framed())
        )
    except ConnectorError as error:
        return trouble_page(request, Refusal(error.info))
    page = _page(request, outcome)
    used = getattr(outcome, "used_cookie", "")
    if used in given:
        return with_cookies(page, launch_cookie(used, given[used], used=True))
    return page


def _page(request: BrowserRequest, outcome: LaunchOutcome) -> Page:
    match outcome:
        case GoTo(url, mark):
            page = go_to(url)
            return with_cookies(page, launch_cookie(*mark)) if mark else page
        case ShowVisit(handle, browser):
            page = see_other(f"/visit/{handle}")
            return with_cookies(page, page_cookie(browser)) if browser else page
        case ComeBack():
            return _come_back(request, outcome)
        case Refusal():
            return trouble_page(request, outcome)


def _come_back(request: BrowserRequest, outcome: ComeBack) -> Page:
    hospital, seconds = hospital_of(outcome.connection), outcome.seconds
    if outcome.door is Door.PROVIDER:
        language = clinician_language(*request.languages())
        return clinician_live.preparing_page(
            clinician.PreparingView(language, hospital, again_in=seconds)
        )
    language = patient_language(*request.languages())
    waiting = patient.Waiting.PREPARING
    return patient_visit.waiting_page(patient.WaitingView(language, hospital, waiting, seconds))


def trouble_page(
    request: BrowserRequest, refusal: Refusal, languages: Sequence[str] = (), here: str = ""
) -> Page:
    """
    Return the page that says why not, for the side that the door is for.

    `languages` are the patient's, where they are known; they come before the browser's. `here` is a
    link to the page, where it can be asked for again.
    """
    info = refusal.info
    trouble = _refine(_TROUBLE.get(info.code, Trouble.OUR_SIDE), refusal)
    hospital = hospital_of(refusal.connection)
    status = page_status(info)
    logs.event("page.trouble", code=info.code, status=status, kind=refusal.door.value)
    back = f"/visit/{refusal.way_back}" if refusal.way_back else ""
    if refusal.door is Door.PROVIDER:
        language = clinician_language(request.language(), *request.languages())
        return clinician_trouble.launch_trouble_page(
            clinician.TroubleView(language, trouble, info.code, status, hospital, back, here)
        )
    language = patient_language(request.language(), *languages, *request.languages())
    trouble = _CLINICIANS_ONLY.get(trouble, trouble)
    return patient_visit.launch_trouble_page(
        patient.TroubleView(language, trouble, info.code, status, hospital, back, here)
    )


def _refine(trouble: Trouble, refusal: Refusal) -> Trouble:
    """Say which of the two environments was mixed up with which, where that is known."""
    connection = refusal.connection
    if trouble is not Trouble.MIXED_UP or connection is None or not refusal.other_environment:
        return trouble
    production = connection.environment is Environment.PRODUCTION
    return Trouble.FROM_TEST if production else Trouble.FROM_PRODUCTION
