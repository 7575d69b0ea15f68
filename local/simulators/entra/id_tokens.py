"""Id_tokens on the simulators' clock: right, and wrong in one chosen way."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from local.simulators.entra.directory import CLIENT_ID, FABRIKAM, Account
from local.simulators.entra.grants import Grant
from local.simulators.entra.signer import Signer, signed_by_a_stranger

LIFETIME = timedelta(hours=1)

type Claims = dict[str, Any]

_WRONG: Mapping[str, Callable[[Claims], Claims]] = MappingProxyType(
    {
        "id_token_tenant": lambda claims: {
            "tid": FABRIKAM,
            "iss": claims["iss"].replace(claims["tid"], FABRIKAM),
        },
        "id_token_issuer": lambda _: {"iss": "https://login.example/v2.0"},
        "id_token_audience": lambda _: {"aud": "0c000000-0000-4000-8000-0000000000ff"},
        "id_token_nonce": lambda _: {"nonce": "of another attempt"},
        "id_token_expired": lambda claims: {
            name: claims[name] - 7200 for name in ("iat", "nbf", "exp")
        },
        "id_token_not_yet_valid": lambda claims: {
            name: claims[name] + 7200 for name in ("iat", "nbf", "exp")
        },
    }
)


def id_token(
    grant: Grant, login_url: str, signer: Signer, now: datetime, wrong: str | None
) -> str | None:
    """Return the token for a sign-in; `wrong` is the code of an error to play with it."""
    claims = _claims(grant, login_url, now)
    if wrong == "id_token_missing":
        return None
    if wrong == "id_token_unknown_key":
        return signed_by_a_stranger(claims)
    if wrong is not None:
        claims |= _WRONG[wrong](claims)
    return signer.sign(claims)


def client_info(grant: Grant) -> str:
    """Return what MSAL reads the account's ids from."""
    document = {"uid": grant.account.oid, "utid": grant.tenant}
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _claims(grant: Grant, login_url: str, now: datetime) -> Claims:
    issued = int(now.timestamp())
    account: Account = grant.account
    claims: Claims = {
        "aud": CLIENT_ID,
        "iss": f"{login_url}/{grant.tenant}/v2.0",
        "iat": issued,
        "nbf": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
        "oid": account.oid,
        "sub": _pairwise(account.oid),
        "tid": grant.tenant,
        "ver": "2.0",
        **account.claims,
    }
    if "profile" in grant.scope.split():
        claims |= {"name": account.name, "preferred_username": account.username}
    return claims if grant.nonce is None else {**claims, "nonce": grant.nonce}


def _pairwise(oid: str) -> str:
    """The subject differs between apps: nobody may take it for the object id."""
    digest = hashlib.sha256(f"{CLIENT_ID} {oid}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
