"""Addresses that are compared: the base URL of an Epic, in whatever spelling it is sent."""

from __future__ import annotations


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
