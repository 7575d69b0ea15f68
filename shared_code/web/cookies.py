"""
The one way to set and read cookies.

Two hosts stand between a function and a browser. The worker parses each Set-Cookie with
`http.cookies`, which does not know `Partitioned` and then drops the whole cookie without an error;
the Functions host writes it anew and percent-encodes its value. So a value holds only
`[A-Za-z0-9._~-]`, and `Partitioned` travels inside a quoted path: `Path="/; Partitioned"` leaves as
`path=/; Partitioned`. Observed on host 4.1037 and in Chromium; a browser that keeps no cookie at
all is expected everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

VISIT = "__Host-visit"
"""The browser that was given the page of a visit."""
LAUNCH_PREFIX = "__Host-l-"
SIGN_IN_PREFIX = "__Host-s-"
LARGEST_HEADER = 8192

_NAME = re.compile(r"__Host-[A-Za-z0-9-]{1,32}", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9._~-]{0,1024}", re.ASCII)
_LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set. `max_age` is in seconds; 0 removes it."""

    name: str
    value: str = field(repr=False)
    max_age: int
    partitioned: bool


def cookie(name: str, value: str, *, max_age: int, partitioned: bool) -> Cookie:
    """
    Return a cookie for `/` of this host only. Raises ValueError if it would not arrive as it is.

    `partitioned` is for pages that Epic may frame: such a cookie is also kept where third-party
    cookies are blocked, but a top-level window does not see it.
    """
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise ValueError("a cookie's name or value would be changed on its way")
    return Cookie(name, value, max_age, partitioned)


def removed(name: str, *, partitioned: bool) -> Cookie:
    """Return what makes the browser forget the cookie; `partitioned` as it was set."""
    return cookie(name, "", max_age=0, partitioned=partitioned)


def to_header(each: Cookie) -> str:
    """Return the value of the header that sets the cookie."""
    path = '"/; Partitioned"' if each.partitioned else "/"
    until = f"Max-Age={each.max_age}"
    if each.max_age == 0:
        until = f"Expires={_LONG_AGO}; {until}"
    return f"{each.name}={each.value}; {until}; Path={path}; Secure; HttpOnly; SameSite=None"


def read(header: str, name: str) -> str | None:
    """
    Return the value of a cookie in a Cookie header.

    None if it is missing, is there twice with different values, or has characters that we never
    set. A header above 8 KB holds nothing.
    """
    values = {value for each, value in _pairs(header) if each == name}
    value = values.pop() if len(values) == 1 else ""
    return value if value and _VALUE.fullmatch(value) else None


def names(header: str, prefix: str) -> frozenset[str]:
    """Return the names in a Cookie header that begin with the prefix."""
    return frozenset(name for name, _ in _pairs(header) if name.startswith(prefix))


def _pairs(header: str) -> list[tuple[str, str]]:
    if len(header) > LARGEST_HEADER:
        return []
    parts = (each.partition("=") for each in header.split(";"))
    return [(name.strip(), value.strip()) for name, mark, value in parts if mark]
