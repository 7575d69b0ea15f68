"""
The app sets no cookie. The first one will need a helper that all cookies go through.

The host rebuilds Set-Cookie: it percent-encodes the value and does not decode what comes back, it
writes an empty path if none was given, and it drops what it cannot parse. So values must be
`[A-Za-z0-9._~-]` and the path `/`, and this rule makes the helper the only way.
"""

from __future__ import annotations

import re

import pytest

from tests.house.repository import name_of, text_files

_COOKIE = re.compile(r"set[-_]?cookie|simplecookie|http\.cookies|document\.cookie", re.IGNORECASE)


def test_nothing_sets_a_cookie() -> None:
    """No code, template or script of the product names a way to set one."""
    found = {
        name_of(file)
        for file in text_files("functions", "shared_code")
        if _COOKIE.search(file.read_text(encoding="utf-8"))
    }
    assert found == set()


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
