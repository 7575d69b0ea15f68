"""
The pages on which people sign in: account picker, cancel, and Entra's own error pages.

They are served over plain HTTP, so that no browser warns of a certificate; the discovery document
names them. Like the real ones they refuse to be framed.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.faults.listener import Answer, Request
from local.simulators.clock import Clock
from local.simulators.desk.pages import form_of, static
from local.simulators.entra.directory import ACCOUNTS, ANY_TENANT, CLIENT_ID, TENANTS, Account
from local.simulators.entra.errors import EntraError, Stage, new_id
from local.simulators.entra.grants import LIFETIME, Grant
from local.simulators.entra.service import Entra
from local.simulators.entra.session import SESSION, signed_in
from local.simulators.memory import ACCEPTED, REFUSED
from local.simulators.simulator import Outcome

_STATIC = "/static/"
_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    # No form-action: browsers apply it to the redirect that follows a form, too.
    ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store, no-cache"),
)


class SignInPages:
    """`/{tenant}/oauth2/v2.0/authorize`: GET shows the accounts, POST is what was chosen."""

    def __init__(self, entra: Entra, clock: Clock) -> None:
        self._entra = entra
        self._clock = clock

    def remembered(self, request: Request) -> Any:
        """Return the request without its one-time values."""
        names = ("client_id", "redirect_uri", "response_type", "scope", "prompt", "response_mode")
        return {name: value for name, value in request.query.items() if name in names}

    def act(self, request: Request) -> Outcome:
        if request.path.startswith(_STATIC):
            return Outcome(static(request.path.removeprefix(_STATIC)), ACCEPTED)
        try:
            return self._authorize(request)
        except EntraError as error:
            if error.kind.stage in {Stage.PAGE, Stage.CHOSEN}:
                return self._error_page(error)
            return self._sent_back(request.query, error)

    def _authorize(self, request: Request) -> Outcome:
        authority = request.path.lstrip("/").partition("/")[0]
        query = request.query
        self._check(authority, query)
        if request.method == "POST":
            form = form_of(request)
            if "cancel" in form:
                raise EntraError("cancelled")
            return self._chosen(authority, query, form.get("account", ""))
        self._entra.troubles.meet(Stage.PAGE)
        remembered = signed_in(request)
        if remembered and query.get("prompt") not in {"select_account", "login"}:
            return self._chosen(authority, query, remembered)
        body = _template("pick.html", accounts=ACCOUNTS.values())
        return Outcome(Answer(HTTPStatus.OK, body, _HEADERS), ACCEPTED)

    def _check(self, authority: str, query: Mapping[str, str]) -> None:
        """Raise EntraError: what the app is not known to ask stays here, the rest is returned."""
        if authority not in TENANTS and authority not in ANY_TENANT:
            raise EntraError("90002")
        if query.get("client_id") != CLIENT_ID:
            raise EntraError("700016")
        if not query.get("scope") or query.get("response_mode", "query") != "query":
            raise EntraError("900144")
        if query.get("redirect_uri") not in self._entra.registration.redirect_uris:
            raise EntraError("50011")
        if query.get("response_type") != "code":
            raise EntraError("700051")
        if "code_challenge" in query and query.get("code_challenge_method") != "S256":
            raise EntraError("9002325")

    def _chosen(self, authority: str, query: Mapping[str, str], username: str) -> Outcome:
        account = ACCOUNTS.get(username)
        if account is None:
            raise EntraError("900144")
        for stage in (Stage.CHOSEN, Stage.RETURNED):
            self._entra.troubles.meet(stage, account.username)
        tenant = _home(authority, account)
        grant = Grant(
            account=account,
            tenant=tenant,
            redirect_uri=query["redirect_uri"],
            scope=query["scope"],
            nonce=query.get("nonce"),
            challenge=query.get("code_challenge"),
            until=self._clock.now() + LIFETIME,
        )
        place = _place(query, {"code": self._entra.grants.issue(grant), "session_state": new_id()})
        # by object id: a username is no cookie value
        cookie = f"{SESSION}={account.oid}; Path=/; HttpOnly; SameSite=Lax"
        answer = _redirect(place, [("Set-Cookie", cookie)])
        return Outcome(answer, ACCEPTED, acted=True, details={"oid": account.oid})

    def _error_page(self, error: EntraError) -> Outcome:
        sentence = error.described(self._clock.now())
        body = _template("error.html", sentence=sentence)
        status = HTTPStatus.BAD_REQUEST if error.kind.stage is Stage.PAGE else HTTPStatus.OK
        return Outcome(Answer(status, body, _HEADERS), REFUSED, details={"code": error.code})

    def _sent_back(self, query: Mapping[str, str], error: EntraError) -> Outcome:
        fields = {"error": error.kind.error}
        if error.code == "cancelled":
            fields["error_subcode"] = "cancel"
        else:
            fields["error_description"] = error.described(self._clock.now())
        answer = _redirect(_place(query, fields))
        return Outcome(answer, REFUSED, details={"code": error.code})


def _home(authority: str, account: Account) -> str:
    """Return the tenant that issues the tokens. Raises EntraError if the account is none of it."""
    if authority in ANY_TENANT and not account.is_guest:
        return account.tenant
    if TENANTS.get(authority) == account.tenant:
        return account.tenant
    raise EntraError("50020", account.username)


def _place(query: Mapping[str, str], fields: Mapping[str, str]) -> str:
    state = {"state": query["state"]} if "state" in query else {}
    target = query["redirect_uri"]
    joint = "&" if urlsplit(target).query else "?"
    return f"{target}{joint}{urlencode({**fields, **state})}"


def _redirect(place: str, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    return Answer(HTTPStatus.FOUND, headers=[("Location", place), *headers, *_HEADERS[1:]])


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )


def _template(name: str, **values: object) -> bytes:
    return _environment().get_template(name).render(**values).encode()
