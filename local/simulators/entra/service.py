"""
Entra's addresses for programs: discovery, keys, and the token endpoint.

People sign in on pages.py. Faults are played around both; errors that Entra itself would answer are
armed with `POST /control/entra`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from local.faults.listener import Answer, Request, json_headers
from local.simulators.clock import Clock
from local.simulators.entra.conduct import WITHDRAW, read_change
from local.simulators.entra.directory import (
    ANY_TENANT,
    CLIENT_ID,
    LAMNA,
    PRINCIPALS,
    TENANTS,
)
from local.simulators.entra.errors import EntraError, Stage
from local.simulators.entra.grants import Grants
from local.simulators.entra.id_tokens import client_info, id_token
from local.simulators.entra.registration import Credentials, Registration
from local.simulators.entra.signer import Signer
from local.simulators.entra.troubles import Trouble, Troubles
from local.simulators.identity import Tokens
from local.simulators.memory import ACCEPTED, REFUSED
from local.simulators.simulator import Outcome

GRAPH = "https://graph.microsoft.com"
LIFETIME = timedelta(days=3)
"""Of access tokens. MSAL keeps them on real time, so they must outlive a move of the clock."""


class Entra:
    """All tenants at one address; `urls` holds the addresses of the simulators by their names."""

    def __init__(
        self,
        registration: Registration,
        signer: Signer,
        tokens: Tokens,
        clock: Clock,
        urls: Mapping[str, str],
    ) -> None:
        self.registration = registration
        self.signer = signer
        self.grants = Grants()
        self.troubles = Troubles()
        self._credentials = Credentials(registration, signer)
        self._tokens = tokens
        self._clock = clock
        self._urls = urls

    @property
    def login_url(self) -> str:
        return self._urls["entra"]

    def reset(self) -> None:
        """Forget codes and errors to play. Keys and the registration are kept."""
        self.grants.reset()
        self.troubles.clear()

    def remembered(self, request: Request) -> Any:
        form = _form(request)
        names = ("client_id", "grant_type", "scope", "redirect_uri")
        return {name: form[name] for name in names if name in form}

    def act(self, request: Request) -> Outcome:
        now = self._clock.now()
        try:
            document, details = self._route(request)
        except EntraError as error:
            answer = _json(error.kind.status, error.as_json(now))
            return Outcome(answer, REFUSED, details={"code": error.code})
        return Outcome(_json(HTTPStatus.OK, document), ACCEPTED, acted=True, details=details)

    def assertion(self, identity: str, audience: str) -> str:
        """Return a managed identity's token as a JWT; its times are real, as the SDKs' are."""
        now = int(self._clock.real_now().timestamp())
        return self.signer.sign(
            {
                "iss": f"{self.login_url}/{LAMNA}/v2.0",
                "aud": audience,
                "sub": PRINCIPALS[identity],
                "oid": PRINCIPALS[identity],
                "azp": identity,
                "tid": LAMNA,
                "iat": now,
                "nbf": now,
                "exp": now + 86_400,
            }
        )

    def configure(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Handle `POST /control/entra`. Raises Unusable; an empty document changes nothing."""
        change = read_change(document)
        for name, values in change.lists.items():
            self.registration.change(name, values)
        if change.errors is not None:
            self._arm(change.errors)
        if change.rotation is not None:
            self.signer.rotate(withdraw=change.rotation == WITHDRAW)
        return {
            "redirect_uris": self.registration.redirect_uris,
            "roles": self.registration.roles,
            "errors": self.troubles.pending(),
        }

    def _arm(self, errors: Sequence[Trouble]) -> None:
        """Add what is to be played; an empty list clears what was added before."""
        if not errors:
            self.troubles.clear()
        for error in errors:
            self.troubles.add(error)

    def _route(self, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
        authority, _, path = request.path.lstrip("/").partition("/")
        if authority not in TENANTS and authority not in ANY_TENANT:
            raise EntraError("90002")
        if request.method == "GET" and path == "v2.0/.well-known/openid-configuration":
            return self._discovery(authority), {}
        if request.method == "GET" and path == "discovery/v2.0/keys":
            return self.signer.published(), {}
        if request.method == "POST" and path == "oauth2/v2.0/token":
            return self._token(authority, _form(request))
        raise EntraError("900144")

    def _discovery(self, authority: str) -> dict[str, Any]:
        login, pages = f"{self.login_url}/{authority}", f"{self._urls['entra_pages']}/{authority}"
        return {
            "token_endpoint": f"{login}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "jwks_uri": f"{login}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            # the real one lives at {tenantid} too, where the authority is for any tenant
            "issuer": f"{self.login_url}/{TENANTS.get(authority, '{tenantid}')}/v2.0",
            "authorization_endpoint": f"{pages}/oauth2/v2.0/authorize",
            "end_session_endpoint": f"{pages}/oauth2/v2.0/logout",
        }

    def _token(
        self, authority: str, form: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        self.troubles.meet(Stage.CLIENT)
        token_url = f"{self.login_url}/{authority}/oauth2/v2.0/token"
        now = self._clock.real_now()
        credential = self._credentials.check(form, token_url, self.login_url, now)
        match form.get("grant_type"):
            case "client_credentials":
                document = self._app_token(authority, form)
            case "authorization_code":
                document = self._redeem(form)
            case _:
                raise EntraError("70003")
        return document, {"credential": credential}

    def _app_token(self, authority: str, form: Mapping[str, str]) -> dict[str, Any]:
        if authority in ANY_TENANT:
            raise EntraError("50059")
        tenant = TENANTS[authority]
        if tenant != LAMNA:
            raise EntraError("700016")  # nobody has consented there
        resource, found, _ = form.get("scope", "").partition("/.default")
        if not found:
            raise EntraError("70011")
        if resource not in {GRAPH, self._urls.get("graph", GRAPH)}:
            raise EntraError("500011")
        claims = {"tid": tenant, "appid": CLIENT_ID, "roles": self.registration.roles}
        return self._access_token(resource, **claims)

    def _redeem(self, form: Mapping[str, str]) -> dict[str, Any]:
        code = form.get("code", "")
        known = self.grants.find(code)
        self.troubles.meet(Stage.CODE, known.account.username if known else "")
        now = self._clock.now()
        verifier = form.get("code_verifier")
        grant = self.grants.redeem(code, form.get("redirect_uri", ""), verifier, now)
        claims = {"tid": grant.tenant, "appid": CLIENT_ID, "oid": grant.account.oid, "roles": []}
        document = {**self._access_token(GRAPH, **claims), "scope": grant.scope}
        if "openid" in grant.scope.split():
            wrong = self.troubles.take(Stage.ID_TOKEN, grant.account.username)
            token = id_token(grant, self.login_url, self.signer, now, wrong)
            document |= {} if token is None else {"id_token": token}
        if form.get("client_info") == "1":
            document["client_info"] = client_info(grant)
        return document

    def _access_token(self, resource: str, **claims: Any) -> dict[str, Any]:
        seconds = int(LIFETIME.total_seconds())
        until = self._clock.real_now() + LIFETIME
        return {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": self._tokens.issue(resource, until, **claims),
        }


def _form(request: Request) -> dict[str, str]:
    values = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: found[0] for name, found in values.items()}


def _json(status: int, document: dict[str, Any]) -> Answer:
    extra = {"Cache-Control": "no-store, no-cache"}
    return Answer(status, json.dumps(document).encode(), json_headers(extra))
