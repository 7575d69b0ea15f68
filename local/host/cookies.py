"""
Set-Cookie as the real host sends it: parsed by the worker, rebuilt by the host.

Observed on the real host 4.1037: the value is percent-encoded, attributes are lower-cased in a
fixed order, `domain=` and `path=` are there even if empty, and what SimpleCookie cannot parse (JSON
values, `Partitioned`) is dropped silently.
"""

from collections.abc import Iterable
from datetime import datetime
from http.cookies import Morsel, SimpleCookie
from urllib.parse import quote

from local.host.errors import BadAnswer

_EXPIRES = "%a, %d %b %Y %H:%M:%S GMT"
_SAME_SITE = {"lax", "strict", "none"}


def rebuild(cookies: Iterable[SimpleCookie]) -> list[str]:
    """Return the Set-Cookie values to send for the worker's parsed cookies."""
    return [_rebuild_one(morsel) for cookie in cookies for morsel in cookie.values()]


def _rebuild_one(morsel: Morsel[str]) -> str:
    parts = [f"{morsel.key}={quote(morsel.value, safe='')}"]
    if morsel["expires"]:
        parts.append(f"expires={_expires(morsel['expires'])}")
    if morsel["max-age"]:
        parts.append(f"max-age={_seconds(morsel['max-age'])}")
    parts += [f"domain={morsel['domain']}", f"path={morsel['path']}"]
    if morsel["secure"]:
        parts.append("secure")
    if morsel["samesite"].lower() in _SAME_SITE:
        parts.append(f"samesite={morsel['samesite'].lower()}")
    if morsel["httponly"]:
        parts.append("httponly")
    return "; ".join(parts)


def _expires(text: str) -> str:
    try:
        return datetime.strptime(text, _EXPIRES).strftime(_EXPIRES)  # noqa: DTZ007 - its GMT is text
    except ValueError:
        raise BadAnswer("a cookie's expires is no HTTP date") from None


def _seconds(text: str) -> int:
    try:
        return int(float(text))
    except ValueError:
        raise BadAnswer("a cookie's max-age is no number") from None
