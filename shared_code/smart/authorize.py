"""The address of Epic's authorize endpoint that the browser is sent to, and PKCE (RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote, urlencode

from shared_code.smart.endpoints import Endpoints

SCOPE = "launch openid fhirUser"
_VERIFIER_BYTES = 32


def authorize_url(
    endpoints: Endpoints,
    *,
    client_id: str,
    redirect_uri: str,
    launch: str,
    state: str,
    aud: str,
    challenge: str,
    nonce: str,
) -> str:
    """
    Return the address that begins an EHR launch.

    `aud` is the `iss` of the launch exactly as it came, `launch` its decoded value, `challenge`
    what challenge_of() returned for the verifier that is kept.
    """
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "launch": launch,
        "state": state,
        "aud": aud,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "nonce": nonce,
    }
    mark = "&" if "?" in endpoints.authorize else "?"
    # quote: a blank becomes %20, which every server decodes; "+" is read in two ways
    return f"{endpoints.authorize}{mark}{urlencode(parameters, quote_via=quote, safe='')}"


def new_verifier(random: bytes) -> str:
    """Return the PKCE verifier of at least 32 random bytes. Raises ValueError for fewer."""
    if len(random) < _VERIFIER_BYTES:
        raise ValueError("a verifier needs 32 random bytes")
    return _base64url(random)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return _base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
