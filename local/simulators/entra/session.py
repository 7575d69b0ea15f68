"""Whom a browser signed in last: the cookie that Microsoft's own sites see."""

from http.cookies import CookieError, SimpleCookie

from local.faults.listener import Request
from local.simulators.entra.directory import ACCOUNTS

SESSION = "ESTSAUTH"


def signed_in(request: Request) -> str:
    """Return the username of whom this browser signed in last, or ""."""
    try:
        cookie = SimpleCookie(request.header("Cookie")).get(SESSION)
    except CookieError:
        return ""
    found = [one.username for one in ACCOUNTS.values() if cookie and one.oid == cookie.value]
    return found[0] if found else ""
