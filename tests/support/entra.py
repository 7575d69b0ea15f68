"""Entra as a script: discovery, keys and a token endpoint behind the port OutboundHttp."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared_code.outbound.http import Answer
from shared_code.settings import Settings
from tests.support.outbound import Scripted, ScriptedHttp, Sent, answer
from tests.support.settings import settings_for
from tests.support.tokens import Signed, claims, jwk_of, key_set, rsa_key

TENANT = "72f988bf-0000-4000-8000-000000000001"
CLIENT = "5d1f1b7c-0000-4000-8000-000000000002"
DANA = "0a000000-0000-4000-8000-00000000000d"
LOGIN = "https://login.microsoftonline.com"
DISCOVERY = f"{LOGIN}/{TENANT}/v2.0/.well-known/openid-configuration"
TOKEN = f"{LOGIN}/{TENANT}/oauth2/v2.0/token"
KEYS = f"{LOGIN}/{TENANT}/discovery/v2.0/keys"
AUTHORIZE = "http://localhost:9999/authorize"
"""The simulator shows its pages on plain http."""
SECRET = "a client secret"


def settings(**changes: str) -> Settings:
    """Return the settings of one machine with an Entra app."""
    return settings_for(
        **{
            "CONNECTOR_ENTRA_CLIENT_ID": CLIENT,
            "CONNECTOR_ENTRA_TENANT_ID": TENANT,
            "CONNECTOR_ENTRA_SECRET_NAME": "entra-secret",
            **changes,
        }
    )


class Entra(ScriptedHttp):
    """Answers discovery and keys well; the token endpoint says what a test wants."""

    def __init__(self, token: Scripted | None = None) -> None:
        discovery = {
            "issuer": f"{LOGIN}/{TENANT}/v2.0",
            "authorization_endpoint": AUTHORIZE,
            "token_endpoint": TOKEN,
        }
        super().__init__(
            {
                DISCOVERY: answer(discovery),
                KEYS: answer(key_set(jwk_of(rsa_key(), kid="1"))),
                TOKEN: token or answer({"access_token": "opaque", "expires_in": 3600}),
            }
        )

    def sign_in(self, url: str, **changes: Any) -> None:
        """Let the token endpoint answer to a sign-in that began at this address."""
        nonce = parse_qs(urlsplit(url).query)["nonce"][0]
        token = Signed(account(nonce=nonce) | changes, algorithm="RS256")
        self.answers[TOKEN] = answer({"access_token": "opaque", "id_token": str(token)})


def account(**changes: Any) -> dict[str, Any]:
    """Return the claims of Dana's id_token, on the real clock: MSAL looks at it too."""
    now = int(datetime.now(UTC).timestamp())
    dana = {"tid": TENANT, "oid": DANA, "preferred_username": "dana@lamna.example", "ver": "2.0"}
    issued = {"iss": f"{LOGIN}/{TENANT}/v2.0", "aud": CLIENT, "sub": "pairwise"}
    return claims(**issued, **dana, iat=now, exp=now + 3600) | changes


def refusal(error: str, description: str = "", status: int = 400) -> Answer:
    """Return an answer of the token endpoint that refuses."""
    return answer({"error": error, "error_description": description}, status)


def secrets(values: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return a vault that holds these."""
    return values.get


def assertion(sent: Sent) -> str:
    """Return the client assertion of a request."""
    return sent.form["client_assertion"]
