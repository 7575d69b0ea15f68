"""
Cookies come from one helper, and leave through the worker and the host as they were meant.

The host rebuilds Set-Cookie: it percent-encodes the value and does not decode what comes back, it
writes an empty path if none was given, and it drops what it cannot parse. So values must be
`[A-Za-z0-9._~-]` and the path `/`, and shared_code/web/cookies.py is the only way.
"""

from __future__ import annotations

import re

import azure.functions as func
import pytest
from azure.functions.http import HttpResponseConverter

from functions.answers import to_response
from local.host.cookies import rebuild
from shared_code.web.cookies import Cookie, cookie, removed
from shared_code.web.frame import Page, with_cookies
from tests.house.repository import name_of, text_files

_COOKIE = re.compile(r"set[-_]?cookie|simplecookie|http\.cookies|document\.cookie", re.IGNORECASE)
ALLOWED = {"functions/answers.py", "shared_code/web/cookies.py"}
"""The helper, and the one place that adds its header to an answer."""
ID = "aZ09._~-"


def sent(*cookies: Cookie) -> list[str]:
    """Return the Set-Cookie values that leave the host for a page with these cookies."""
    response = to_response(with_cookies(Page("", {}, 200), *cookies))
    datum = HttpResponseConverter.encode(response, expected_type=None)
    return rebuild(datum.value["cookies"] or ())


def test_only_the_helper_sets_a_cookie() -> None:
    """No other code, template or script of the product names a way to set one."""
    found = {
        name_of(file)
        for file in text_files("functions", "shared_code")
        if _COOKIE.search(file.read_text(encoding="utf-8"))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "code",
    [
        'headers={"Set-Cookie": "a=b"}',
        'headers={"set-cookie": "a=b"}',
        'response.set_cookie("a", "b")',
        "from http.cookies import SimpleCookie",
        "document.cookie = 'a=b'",
    ],
)
def test_a_cookie_would_be_seen(code: str) -> None:
    """A cookie is found in a header, a framework, a library and a script."""
    assert _COOKIE.search(code)


def test_cookies_leave_as_they_were_meant() -> None:
    """Several at once; the value unchanged, the path `/`, and `Partitioned` where it was asked."""
    launch = cookie("__Host-l-0a1b2c3d", ID, max_age=600, partitioned=True)
    visit = cookie("__Host-visit", ID, max_age=3600, partitioned=False)
    flags = "secure; samesite=none; httponly"

    assert sent(launch, visit) == [
        f"__Host-l-0a1b2c3d={ID}; max-age=600; domain=; path=/; Partitioned; {flags}",
        f"__Host-visit={ID}; max-age=3600; domain=; path=/; {flags}",
    ]


@pytest.mark.parametrize("partitioned", [True, False])
def test_a_removed_cookie_is_over_at_once(partitioned: bool) -> None:
    """With the same path, so that the browser finds it; `expires` is for old ones."""
    (header,) = sent(removed("__Host-visit", partitioned=partitioned))
    assert header.startswith(
        "__Host-visit=; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=0; domain=; path=/; "
    )
    assert ("; Partitioned;" in header) == partitioned


def test_a_partitioned_attribute_of_its_own_would_be_lost() -> None:
    """The reason of the quoted path; when this fails, Python knows the attribute."""
    response = func.HttpResponse("")
    response.headers.add("Set-Cookie", "__Host-l-0=1; Path=/; Secure; Partitioned")
    datum = HttpResponseConverter.encode(response, expected_type=None)
    assert rebuild(datum.value["cookies"] or ()) == []
