"""
The port SignIn over MSAL, which makes PKCE, state and nonce and redeems the code.

The id_token is verified here, with our key sets and our clock: MSAL 1.39 accepts any issuer,
audience and expiry. The tokens of who signs in are not kept.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from shared_code.errors import ConnectorError
from shared_code.identity.entra import EntraApp, aadsts
from shared_code.identity.errors import CredentialRefused, SignInError, SignInRefused
from shared_code.identity.sign_in import MicrosoftAccount, SignInStart
from shared_code.outbound.http import OutboundHttp
from shared_code.outbound.key_sets import KeySets
from shared_code.security.tokens import Claims, Expected, TokenRefused
from shared_code.settings import Settings

CALLBACK = "/signin/callback"
_GUEST = "#EXT#"
_TENANT = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_OURS = frozenset({"invalid_client", "unauthorized_client"})
_ERRORS: Mapping[str, SignInError] = {
    "access_denied": SignInError.CANCELLED,
    "consent_required": SignInError.CONSENT,
    "interaction_required": SignInError.INTERACTION,
    "login_required": SignInError.INTERACTION,
    "temporarily_unavailable": SignInError.UNAVAILABLE,
    "server_error": SignInError.UNAVAILABLE,
}
_CODES: Mapping[str, SignInError] = {
    "50076": SignInError.INTERACTION,
    "50079": SignInError.INTERACTION,
    "65001": SignInError.CONSENT,
    "65004": SignInError.CONSENT,
    "90094": SignInError.CONSENT,
}
"""Microsoft's codes that say more than the error beside them."""


class MsalSignIn:
    """`secrets` returns a secret of the vault, or None; `ticks` are seconds of a steady clock."""

    def __init__(
        self,
        settings: Settings,
        http: OutboundHttp,
        secrets: Callable[[str], str | None],
        key_sets: KeySets,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._app = EntraApp(settings, http, secrets, ticks)
        self._key_sets = key_sets

    def start(self, state: str) -> SignInStart:
        """Return the address of Microsoft's account picker; see the port."""
        flow = self._client().initiate_auth_code_flow(
            [],  # MSAL adds openid and profile
            redirect_uri=f"{self._settings.public_url}{CALLBACK}",
            state=state,
            prompt="select_account",
            response_mode="query",
        )
        return SignInStart(str(flow["auth_uri"]), json.dumps(flow))

    def finish(self, flow: str, parameters: Mapping[str, str]) -> MicrosoftAccount:
        """Return who signed in; see the port."""
        kept = json.loads(flow)
        result = self._redeemed(kept, parameters)
        if "error" in result:
            self._refuse(result, redeemed="code" in parameters)
        claims = self._verified(result, kept)
        tenant, oid, name = (claims.get(part) for part in ("tid", "oid", "preferred_username"))
        if not isinstance(tenant, str) or not isinstance(oid, str) or not oid:
            raise SignInRefused(SignInError.TOKEN)
        if not isinstance(name, str) or not name.strip():
            raise SignInRefused(SignInError.OTHER)
        return MicrosoftAccount(tenant, oid, name, _is_guest(claims, tenant, name))

    def _client(self) -> Any:
        return self._app.client(
            self._settings.entra_tenant_id,
            exclude_scopes=["offline_access"],
            token_cache=_forgetful(),
        )

    def _redeemed(self, flow: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
        from msal.exceptions import MsalServiceError

        client = self._client()
        try:
            return dict(client.acquire_token_by_auth_code_flow(flow, dict(parameters)))
        except ConnectorError:
            raise
        except MsalServiceError:
            raise SignInRefused(SignInError.UNAVAILABLE) from None
        except RuntimeError:  # the nonce
            raise SignInRefused(SignInError.TOKEN) from None
        except Exception:  # noqa: BLE001 - whatever MSAL raises may repeat states and codes
            raise SignInRefused(SignInError.OTHER) from None

    def _refuse(self, result: Mapping[str, Any], *, redeemed: bool) -> None:
        """Raise what Microsoft's error means; `redeemed`: its token endpoint said it."""
        error, code = str(result["error"]), aadsts(result.get("error_description"))
        if redeemed and error in _OURS:
            self._app.forget(self._settings.entra_tenant_id)
            raise CredentialRefused(code)
        raise SignInRefused(_CODES.get(code) or _ERRORS.get(error, SignInError.OTHER), code)

    def _verified(self, result: Mapping[str, Any], flow: Mapping[str, Any]) -> Claims:
        """
        Return the claims of the id_token.

        The issuer is that of the tenant which the token names, since accounts of other tenants get
        a page of their own; the keys are one set for all tenants.
        """
        tenant = (result.get("id_token_claims") or {}).get("tid")
        if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
            raise SignInRefused(SignInError.TOKEN)
        login = self._settings.login_url
        nonce = sha256(str(flow["nonce"]).encode("ascii")).hexdigest()  # as MSAL sends it
        expected = Expected(f"{login}/{tenant}/v2.0", self._settings.entra_client_id, nonce)
        keys_url = f"{login}/{self._settings.entra_tenant_id}/discovery/v2.0/keys"
        try:
            claims = self._key_sets.verify(str(result["id_token"]), keys_url, expected)
        except TokenRefused:
            raise SignInRefused(SignInError.TOKEN) from None
        if claims.get("nonce") != nonce:
            raise SignInRefused(SignInError.TOKEN)
        return claims


def _is_guest(claims: Claims, tenant: str, username: str) -> bool:
    """
    Return whether the account is of another organization than the tenant that it signed in to.

    The name of a guest may be that of its home, so it says little. `acct` is an optional claim of
    the app registration; `idp` names the home where it is another.
    """
    own = (None, claims.get("iss"), f"https://sts.windows.net/{tenant}/")
    acct = str(claims.get("acct"))
    return acct == "1" or claims.get("idp") not in own or _GUEST in username.upper()


def _forgetful() -> Any:
    """Return a cache that keeps nothing: nobody's tokens are used after the sign-in."""
    from msal import TokenCache

    class Forgetful(TokenCache):  # type: ignore[misc]
        def add(self, event: dict[str, Any], now: float | None = None) -> None:
            """Keep nothing."""

    return Forgetful()
