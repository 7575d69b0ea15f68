"""
Reads Epic's discovery documents: where to authorize, where to redeem, whose keys sign.

    <base>/.well-known/smart-configuration          R4 bases (SMART App Launch §3)
    <base>/metadata                                 every base; DSTU2 has nothing else
    <issuer>/.well-known/openid-configuration       keys, where the others name none

Values only; discovery.py fetches. What cannot be read is None, never half a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Endpoints:
    """
    The endpoints of a base URL.

    `keys_url` is empty if Epic names no keys. `elsewhere` is empty, or the host that Epic's newest
    document names and nobody approved, while these older endpoints stay in use.
    """

    authorize: str
    token: str
    issuer: str
    keys_url: str
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """
    Reads documents. Endpoints are https; `browser_http` also takes an authorize address on plain
    http, which only the browser opens: the simulator's, on one machine.
    """

    browser_http: bool = False

    def smart_configuration(self, body: bytes) -> Endpoints | None:
        """Return the endpoints that a smart-configuration names."""
        read = _json_object(body)
        found = self._endpoints(read.get("authorization_endpoint"), read.get("token_endpoint"))
        if found is None:
            return None
        issuer, keys_url = read.get("issuer"), read.get("jwks_uri")
        return replace(
            found,
            issuer=str(issuer) if is_https(issuer) else found.issuer,
            keys_url=str(keys_url) if is_https(keys_url) else "",
        )

    def metadata(self, body: bytes) -> Endpoints | None:
        """Return the endpoints of the first whole `oauth-uris` extension, wherever it stands."""
        for uris in _oauth_uris(_json_object(body)):
            found = self._endpoints(uris.get("authorize"), uris.get("token"))
            if found is not None:
                return found
        return None

    def _endpoints(self, authorize: object, token: object) -> Endpoints | None:
        plain = self.browser_http and _is_address(authorize, "http")
        if not (plain or is_https(authorize)) or not is_https(token):
            return None
        # on one machine the authorize page stands on a site of its own, which has no keys
        issuer = _parent(str(token if plain else authorize))
        return Endpoints(str(authorize), str(token), issuer, "")


def openid_keys_url(body: bytes) -> str:
    """Return the `jwks_uri` of an openid-configuration, or an empty text."""
    keys_url = _json_object(body).get("jwks_uri")
    return str(keys_url) if is_https(keys_url) else ""


def first_unapproved(endpoints: Endpoints, base_url: str, hosts: frozenset[str]) -> str:
    """Return the first host that is neither the base URL's own nor in `hosts`, or an empty text."""
    approved = {host_of(base_url), *(host.lower() for host in hosts)}
    named = (endpoints.authorize, endpoints.token, endpoints.issuer, endpoints.keys_url)
    return next((host for url in named if url and (host := host_of(url)) not in approved), "")


def json_type(base_url: str) -> str:
    """Return what to accept: Epic answers XML to anything else, and DSTU2 has its own JSON type."""
    dstu2 = base_url.rstrip("/").lower().endswith("/dstu2")
    return "application/json+fhir, application/json" if dstu2 else "application/json"


def is_https(url: object) -> bool:
    """Return whether this is an absolute https address that can be called as it stands."""
    return _is_address(url, "https")


def host_of(url: str) -> str:
    """Return the host of an address, in small letters."""
    return urlsplit(url).hostname or ""


def _is_address(url: object, scheme: str) -> bool:
    if not isinstance(url, str) or len(url) > _LONGEST or not url.isascii():
        return False
    if not url.isprintable() or any(sign in url for sign in ' "<>\\^`{|}#'):
        return False
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return parts.scheme == scheme and has_host and "@" not in parts.netloc


def _parent(url: str) -> str:
    """Return the address without its query and its last segment."""
    return url.partition("?")[0].rstrip("/").rpartition("/")[0]


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _oauth_uris(document: object) -> Iterator[dict[str, object]]:
    """Yield every `oauth-uris` extension, in the order of the document, as {url: valueUri}."""
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(reversed(node))
        elif isinstance(node, dict):
            if str(node.get("url", "")).endswith("/oauth-uris"):
                yield _uris(node.get("extension"))
            waiting.extend(reversed(node.values()))


def _uris(extensions: object) -> dict[str, object]:
    each = extensions if isinstance(extensions, list) else []
    return {
        str(extension.get("url")): extension.get("valueUri")
        for extension in each
        if isinstance(extension, dict)
    }
