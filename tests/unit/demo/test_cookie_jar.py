"""Which cookies the demo's browser keeps, and to whom it shows them."""

from __future__ import annotations

import pytest

from local.demo.cookie_jar import CookieJar, Navigation, site_of

OURS, EPIC, REMOTE = (
    "http://localhost:7071/visit",
    "http://127.0.0.1:7080/epic",
    "http://a.example/",
)
OWN = "__Host-visit=v1; max-age=600; domain=; path=/; secure; samesite=none; httponly"
PARTITIONED = OWN.replace("path=/", "path=/; Partitioned")


def _in_window(url: str, initiator: str = "", *, posts: bool = False) -> Navigation:
    return Navigation(url, initiator, site_of(url), posts)


def _in_frame(url: str) -> Navigation:
    return Navigation(url, EPIC, site_of(EPIC))


@pytest.mark.parametrize(
    "header",
    [
        OWN,
        PARTITIONED,
        "name=v1; path=/; secure; samesite=none",
        "name=v1",
        "name=v1; domain=localhost",
    ],
)
def test_a_sound_cookie_is_kept_and_comes_back(header: str) -> None:
    """This machine's own host counts as secure, and an empty domain as none."""
    jar = CookieJar()

    kept = jar.keep(header, _in_window(OURS))

    assert (kept, header.partition(";")[0]) == (True, jar.header(_in_window(OURS, EPIC)))


@pytest.mark.parametrize(
    ("header", "url"),
    [
        (OWN.replace("secure", "other"), OURS),
        (OWN.replace("path=/", "path=/visit"), OURS),
        (OWN.replace("domain=", "domain=localhost"), OURS),
        (OWN, REMOTE),
        ("name=v1; samesite=none", OURS),
        ("name=v1; Partitioned", OURS),
        ("name=v1; domain=other.example", OURS),
        ("name", OURS),
    ],
)
def test_what_browsers_refuse_is_not_kept(header: str, url: str) -> None:
    """Prefix, domain and Secure are checked."""
    jar = CookieJar()

    kept = jar.keep(header, _in_window(url))

    assert (kept, "") == (False, jar.header(_in_window(url)))


def test_a_frame_keeps_partitioned_cookies_only() -> None:
    """Third-party cookies are blocked, and a partition is not seen from a window of its own."""
    jar = CookieJar()

    kept = [jar.keep(header, _in_frame(OURS)) for header in (OWN, PARTITIONED)]

    assert kept == [False, True]
    assert (jar.header(_in_frame(OURS)), jar.header(_in_window(OURS))) == ("__Host-visit=v1", "")


def test_a_cookie_ends() -> None:
    """Max-Age 0 removes the cookie."""
    jar = CookieJar()
    jar.keep(OWN, _in_window(OURS))

    jar.keep(OWN.replace("600", "0"), _in_window(OURS))

    assert (jar.header(_in_window(OURS)), jar.names()) == ("", [])


@pytest.mark.parametrize(
    ("same_site", "posts", "sent"),
    [("none", True, True), ("lax", False, True), ("lax", True, False), ("strict", False, False)],
)
def test_same_site_is_kept_to(same_site: str, posts: bool, sent: bool) -> None:
    """Another site's link sends what is lax, another site's form only what is none."""
    jar = CookieJar()
    jar.keep(f"name=v1; secure; samesite={same_site}", _in_window(OURS))

    header = jar.header(_in_window(OURS, EPIC, posts=posts))

    assert sent == bool(header)
