"""
Addresses of other systems in configuration: what they may look like, and when two are the same.
"""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_PORT = r"(?::[1-9][0-9]{0,4})?"
_PATH = r"(?:/[a-z0-9._~!$&'()*+,;=:%/-]*)?"
_LONGEST = 500
_FLAGS = re.IGNORECASE | re.ASCII
_BASE_URL = re.compile(rf"https://{_HOST}{_PORT}{_PATH}", _FLAGS)
_HOST_AND_PORT = re.compile(rf"{_HOST}{_PORT}", _FLAGS)
_ORIGIN = re.compile(rf"https://(?:\*\.{_LABEL}\.)?{_HOST}{_PORT}", _FLAGS)
_LOOPBACK_ORIGIN = re.compile(rf"http://(?:localhost|127\.0\.0\.1){_PORT}", _FLAGS)
_LINK = re.compile(rf"https://{_HOST}{_PORT}{_PATH}(?:[?#][!-~]*)?", _FLAGS)


def address_key(url: str) -> str:
    """
    Return the same text for every spelling of one base URL: in small letters, without the usual
    port of https and without a slash at the end.

    Nothing else is normalized. Whatever is no plain https address (a user, a query, another scheme,
    a letter that only looks like a Latin one) stays in the key, so it equals that of no configured
    address.
    """
    if not url.isascii():  # str.lower() turns the Kelvin sign into a k
        return url
    scheme, mark, rest = url.lower().partition("://")
    host, slash, path = rest.partition("/")
    if scheme == "https":
        host = host.removesuffix(":443")
    return f"{scheme}{mark}{host}{slash}{path}".removesuffix("/")


def is_base_url(url: str) -> bool:
    """Return whether it is a plain https address: no user, no query, no fragment."""
    return _fits(_BASE_URL, url)


def is_host(text: str) -> bool:
    """Return whether it is a host name, with or without a port."""
    return _fits(_HOST_AND_PORT, text)


def is_origin(text: str) -> bool:
    """
    Return whether it is an https origin; `*.` may stand for the first parts of its host.

    On the reader's own machine, where nothing is on its way that could be changed, http will do.
    """
    return _fits(_ORIGIN, text) or _fits(_LOOPBACK_ORIGIN, text)


def is_link(url: str) -> bool:
    """Return whether it is an https address that a page may link to: no user."""
    return _fits(_LINK, url)


def _fits(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) <= _LONGEST and pattern.fullmatch(text) is not None
