"""Entra's errors by their codes: where each is met, and in which words."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from uuid import UUID


class Stage(StrEnum):
    """Where a sign-in or a request for a token meets an error."""

    PAGE = "its own page, before an account is chosen"
    CHOSEN = "its own page, after an account was chosen"
    RETURNED = "returned to the app"
    CLIENT = "the token endpoint, about the app"
    CODE = "the token endpoint, about the code or the account"
    ID_TOKEN = "an id_token that is wrong"


@dataclass(frozen=True, slots=True)
class Kind:
    """One error: its stage, what OAuth calls it, and Entra's sentence (may hold `{username}`)."""

    stage: Stage
    error: str = ""
    message: str = ""
    status: HTTPStatus = HTTPStatus.BAD_REQUEST


_DENIED = "access_denied"
_GRANT, _CLIENT = "invalid_grant", "invalid_client"
_UNAUTHORIZED = HTTPStatus.UNAUTHORIZED

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "50011": Kind(
            Stage.PAGE,
            "invalid_request",
            "The redirect URI specified in the request does not match the redirect URIs configured "
            "for the application.",
        ),
        "700016": Kind(
            Stage.PAGE,
            "unauthorized_client",
            "Application with this identifier was not found in the directory. This can happen if "
            "the application has not been installed by the administrator of the tenant.",
        ),
        "90002": Kind(Stage.PAGE, "invalid_tenant", "Tenant not found."),
        "900144": Kind(
            Stage.PAGE, "invalid_request", "The request body is missing a required parameter."
        ),
        "50105": Kind(
            Stage.CHOSEN,
            _DENIED,
            "Your administrator has configured the application to block users unless they are "
            "specifically granted access. The signed in user '{username}' is blocked.",
        ),
        "50020": Kind(
            Stage.CHOSEN,
            "invalid_request",
            "User account '{username}' from identity provider does not exist in tenant.",
        ),
        "90072": Kind(
            Stage.CHOSEN,
            _GRANT,
            "User account '{username}' from external identity provider does not exist in tenant. "
            "The account needs to be added as an external user in the tenant first.",
        ),
        "90094": Kind(
            Stage.CHOSEN,
            "consent_required",
            "An administrator of your organization must grant permission to this application.",
        ),
        "53000": Kind(
            Stage.CHOSEN, "interaction_required", "Device is not in required device state."
        ),
        "53003": Kind(
            Stage.CHOSEN,
            "interaction_required",
            "Access has been blocked by Conditional Access policies.",
        ),
        "530001": Kind(
            Stage.CHOSEN, "interaction_required", "Your browser is not supported by the policy."
        ),
        "cancelled": Kind(Stage.RETURNED, _DENIED),
        "65004": Kind(
            Stage.RETURNED,
            "consent_required",
            "User '{username}' declined to consent to access the app.",
        ),
        "50079": Kind(
            Stage.RETURNED,
            "interaction_required",
            "User '{username}' is required to use multi-factor authentication.",
        ),
        "90033": Kind(
            Stage.RETURNED, "temporarily_unavailable", "A transient error has occurred. Try again."
        ),
        "9002325": Kind(
            Stage.RETURNED, "invalid_request", "The code challenge must be made with S256."
        ),
        "700051": Kind(
            Stage.RETURNED, "unsupported_response_type", "The response_type is not supported."
        ),
        "7000215": Kind(
            Stage.CLIENT, _CLIENT, "Invalid client secret provided.", status=_UNAUTHORIZED
        ),
        "7000218": Kind(
            Stage.CLIENT,
            _CLIENT,
            "The request body must contain the following parameter: 'client_assertion' or "
            "'client_secret'.",
            status=_UNAUTHORIZED,
        ),
        "7000222": Kind(
            Stage.CLIENT,
            _CLIENT,
            "The provided client secret keys for the app are expired.",
            status=_UNAUTHORIZED,
        ),
        "700024": Kind(
            Stage.CLIENT,
            _CLIENT,
            "Client assertion is not within its valid time range.",
            status=_UNAUTHORIZED,
        ),
        "700027": Kind(
            Stage.CLIENT,
            _CLIENT,
            "The certificate used to sign the client assertion is not registered on application.",
            status=_UNAUTHORIZED,
        ),
        "700211": Kind(
            Stage.CLIENT,
            _CLIENT,
            "No matching federated identity record found for presented assertion issuer.",
            status=_UNAUTHORIZED,
        ),
        "700212": Kind(
            Stage.CLIENT,
            _CLIENT,
            "No matching federated identity record found for presented assertion audience.",
            status=_UNAUTHORIZED,
        ),
        "700213": Kind(
            Stage.CLIENT,
            _CLIENT,
            "No matching federated identity record found for presented assertion subject.",
            status=_UNAUTHORIZED,
        ),
        "50059": Kind(Stage.CLIENT, "invalid_request", "No tenant-identifying information found."),
        "70011": Kind(Stage.CLIENT, "invalid_scope", "The provided value for scope is not valid."),
        "500011": Kind(
            Stage.CLIENT, "invalid_resource", "The resource principal was not found in the tenant."
        ),
        "70003": Kind(
            Stage.CLIENT, "unsupported_grant_type", "The app requested an unsupported grant type."
        ),
        "54005": Kind(
            Stage.CODE,
            _GRANT,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code.",
        ),
        "70008": Kind(
            Stage.CODE, _GRANT, "The provided authorization code is expired. Send the user again."
        ),
        "50148": Kind(
            Stage.CODE,
            _GRANT,
            "The code_verifier does not match the code_challenge supplied in the authorization "
            "request for PKCE.",
        ),
        "50076": Kind(
            Stage.CODE,
            "interaction_required",
            "Due to a configuration change made by your administrator, you must use multi-factor "
            "authentication, '{username}'.",
        ),
        **{
            f"id_token_{name}": Kind(Stage.ID_TOKEN)
            for name in (
                "tenant",
                "issuer",
                "audience",
                "nonce",
                "expired",
                "not_yet_valid",
                "unknown_key",
                "missing",
            )
        },
    }
)


class EntraError(Exception):
    """An error answer; `code` is one of `KINDS`."""

    def __init__(self, code: str, username: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.kind = KINDS[code]
        self.username = username

    def described(self, now: datetime) -> str:
        """Return the description as Entra words it: with names, ids and the time."""
        sentence = self.kind.message.replace("{username}", self.username)
        return (
            f"AADSTS{self.code}: {sentence} Trace ID: {new_id()} "
            f"Correlation ID: {new_id()} Timestamp: {now:%Y-%m-%d %H:%M:%SZ}"
        )

    def as_json(self, now: datetime) -> dict[str, Any]:
        return {
            "error": self.kind.error,
            "error_description": self.described(now),
            "error_codes": [int(self.code)],
            "timestamp": f"{now:%Y-%m-%d %H:%M:%SZ}",
            "trace_id": new_id(),
            "correlation_id": new_id(),
            "error_uri": f"https://login.microsoftonline.com/error?code={self.code}",
        }


def new_id() -> str:
    return str(UUID(bytes=secrets.token_bytes(16)))
