"""
The doors of a clinician's sign-in at Microsoft.

    GET /signin   GET /signin/callback   POST /signin/confirm   POST /visit/{handle}/not-me
"""

from __future__ import annotations

from dataclasses import replace

from shared_code import logs
from shared_code.errors import REQUEST_MALFORMED, ConnectorError, ErrorInfo
from shared_code.identity.errors import CREDENTIAL_REFUSED
from shared_code.launching.domain import errors
from shared_code.launching.domain.launch import Door
from shared_code.launching.domain.outcomes import ComeBack, Refusal, ShowVisit
from shared_code.launching.flows.confirm import ConfirmAccount, ConfirmRequest
from shared_code.launching.flows.sign_in import (
    Confirm,
    Hop,
    SignInCallback,
    SignInRefusal,
    SignIns,
)
from shared_code.web import cookies
from shared_code.web.browser import (
    BrowserRequest,
    hospital_of,
    page_cookie,
    sign_in_cookie,
)
from shared_code.web.clinician import sign_in as pages
from shared_code.web.clinician import views
from shared_code.web.clinician.words import chosen, language_for
from shared_code.web.frame import Page, go_to, see_other, with_cookies
from shared_code.web.languages import in_language
from shared_code.web.launch import trouble_page
from shared_code.web.trouble import page_status

_REFUSED = {
    errors.SIGN_IN_CANCELLED.code: views.SignInRefusal.CANCELLED,
    errors.SIGN_IN_CONSENT.code: views.SignInRefusal.CONSENT,
    errors.SIGN_IN_INTERACTION.code: views.SignInRefusal.INTERACTION,
    errors.SIGN_IN_UNAVAILABLE.code: views.SignInRefusal.UNAVAILABLE,
    errors.SIGN_IN_START_AGAIN.code: views.SignInRefusal.EXPIRED,
    CREDENTIAL_REFUSED.code: views.SignInRefusal.OUR_CREDENTIAL,
}
_NOT_ALLOWED = {
    errors.ACCOUNT_GUEST.code: views.NotAllowed.GUEST,
    errors.ACCOUNT_FOREIGN.code: views.NotAllowed.FOREIGN,
}

_HOP = "&hop=1"
"""Ends the address that our own page loads, so that it is loaded once."""


def begin_sign_in(request: BrowserRequest, sign_ins: SignIns) -> Page:
    """Answer GET /signin: send the browser to Microsoft's account picker."""
    nothing = request.without_effect()
    if nothing is not None:
        return nothing
    try:
        handoff, attempts = (
            request.query().get("handoff", ""),
            request.cookies_of(cookies.SIGN_IN_PREFIX),
        )
        outcome = sign_ins.begin(handoff, attempts)
    except ConnectorError as error:
        return _trouble(request, error.info)
    if isinstance(outcome, SignInRefusal):
        return _refused(request, outcome)
    page = go_to(outcome.url)
    return with_cookies(page, sign_in_cookie(*outcome.cookie)) if outcome.cookie else page


def finish_sign_in(request: BrowserRequest, sign_ins: SignIns) -> Page:
    """Answer GET /signin/callback: ask the clinician to confirm who signed in."""
    nothing = request.without_effect()
    if nothing is not None:
        return nothing
    hopped = request.url.endswith(_HOP)
    attempts = request.cookies_of(cookies.SIGN_IN_PREFIX)
    try:
        outcome = sign_ins.finish(SignInCallback(request.query(), attempts, hopped))
    except ConnectorError as error:
        return _trouble(request, error.info)
    match outcome:
        case Confirm():
            return _confirm(request, outcome)
        case Hop():
            again = f"/signin/callback?{request.url.partition('?')[2]}{_HOP}"
            view = views.GoOnView(_language(request), hospital_of(None), again)
            return pages.same_site_hop_page(view)
        case ComeBack():
            same = f"/signin/callback?{request.url.partition('?')[2]}"
            view = views.GoOnView(_language(request), hospital_of(outcome.connection), same)
            return pages.same_site_hop_page(replace(view, seconds=outcome.seconds))
        case SignInRefusal():
            return _refused(request, outcome)


def confirm_account(request: BrowserRequest, confirm: ConfirmAccount) -> Page:
    """Answer POST /signin/confirm: link the account, and show the visit in this window."""
    form = request.form()
    if form is None:
        return _trouble(request, REQUEST_MALFORMED)
    attempts = request.cookies_of(cookies.SIGN_IN_PREFIX)
    asked = ConfirmRequest(
        state=form.get("attempt", ""),
        attempts=attempts,
        browser=request.browser(),
        twice=form.get("second") == "yes",
    )
    try:
        outcome = confirm.confirm(asked)
    except ConnectorError as error:
        return _trouble(request, error.info)
    match outcome:
        case ShowVisit(handle, browser, used):
            name = f"{cookies.SIGN_IN_PREFIX}{used}"
            gone = cookies.removed(name, partitioned=False)
            return with_cookies(see_other(f"/visit/{handle}"), page_cookie(browser), gone)
        case Confirm():
            return _confirm(request, outcome)
        case SignInRefusal():
            return _refused(request, outcome)


def forget_account(request: BrowserRequest, handle: str, confirm: ConfirmAccount) -> Page:
    """Answer POST /visit/{handle}/not-me: the account was somebody else's."""
    if request.form() is None:
        return _trouble(request, REQUEST_MALFORMED)
    try:
        done = confirm.forget(handle, request.browser())
    except ConnectorError as error:
        return _trouble(request, error.info)
    if not done:
        return _trouble(request, errors.VISIT_PAGE_CLOSED)
    return see_other(in_language(f"/visit/{handle}", chosen(request.language())))


def _confirm(request: BrowserRequest, asked: Confirm) -> Page:
    connection = asked.connection
    return pages.confirm_page(
        views.ConfirmView(
            language=_language(request),
            hospital=hospital_of(connection),
            action="/signin/confirm",
            attempt=asked.state,
            username=asked.username,
            other_account_url=f"/signin?handoff={asked.handoff}",
            opened=asked.session.created,
            zone=connection.epic_zone,
            region=connection.region,
            second=asked.linked_elsewhere,
        )
    )


def _refused(request: BrowserRequest, refusal: SignInRefusal) -> Page:
    info, language = refusal.info, _language(request)
    hospital = hospital_of(refusal.connection)
    again = f"/signin?handoff={refusal.handoff}" if refusal.handoff else ""
    logs.event("page.trouble", code=info.code, status=info.status, kind="sign_in")
    if info.code in _NOT_ALLOWED:
        return pages.account_not_allowed_page(
            views.AccountNotAllowedView(
                language, hospital, _NOT_ALLOWED[info.code], refusal.username, again, info.code
            )
        )
    kind = _REFUSED.get(info.code, views.SignInRefusal.OTHER)
    return pages.sign_in_refused_page(
        views.SignInRefusedView(
            language, hospital, kind, info.code, page_status(info), again, refusal.aadsts
        )
    )


def _trouble(request: BrowserRequest, info: ErrorInfo) -> Page:
    return trouble_page(request, Refusal(info, door=Door.PROVIDER))


def _language(request: BrowserRequest) -> str:
    return language_for(request.language(), *request.languages())
