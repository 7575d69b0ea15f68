"""The port AppTokens over MSAL, which keeps tokens in the memory of the worker."""

from __future__ import annotations

import time
from collections.abc import Callable

from shared_code.errors import ConnectorError
from shared_code.identity.entra import EntraApp, aadsts
from shared_code.identity.errors import CredentialRefused
from shared_code.outbound.errors import NoAnswer, Phase
from shared_code.outbound.http import OutboundHttp
from shared_code.settings import Settings

_NOT_OURS = frozenset({"temporarily_unavailable", "server_error"})


class MsalAppTokens:
    """`secrets` returns a secret of the vault, or None; `ticks` are seconds of a steady clock."""

    def __init__(
        self,
        settings: Settings,
        http: OutboundHttp,
        secrets: Callable[[str], str | None],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = EntraApp(settings, http, secrets, ticks)

    def token(self, tenant: str, scope: str, *, seconds: float = 5.0) -> str:
        """Return an access token of that tenant; see the port."""
        with self._app.http.within(seconds):
            result = self._answer(tenant, scope)
        if isinstance(found := result.get("access_token"), str):
            return found
        if result.get("error") in _NOT_OURS:
            raise NoAnswer(Phase.BODY)
        self._app.forget(tenant)
        raise CredentialRefused(aadsts(result.get("error_description")))

    def _answer(self, tenant: str, scope: str) -> dict[str, object]:
        client = self._app.client(tenant)
        try:
            return dict(client.acquire_token_for_client([scope]) or {})
        except ConnectorError:
            raise
        except Exception:  # noqa: BLE001 - whatever MSAL raises may repeat a secret
            raise NoAnswer(Phase.BODY) from None
