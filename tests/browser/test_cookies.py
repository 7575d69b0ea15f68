"""Our cookies in a browser, after the worker and the host have rewritten them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from shared_code.web import cookies
from shared_code.web.cookies import Cookie, cookie
from shared_code.web.frame import Page, with_cookies
from tests.browser.site import Site, serving

PLAIN = Page("<title>Page</title>", {"Content-Type": "text/html"}, 200)
NAME = "__Host-l-0a1b2c3d"


@pytest.fixture
def ours() -> Iterator[Site]:
    """Return our site; to the test's other site it is a third party."""
    with serving("localhost") as served:
        yield served


def launch(*, partitioned: bool) -> Cookie:
    """Return the cookie of a launch."""
    return cookie(NAME, "aZ09._~-", max_age=600, partitioned=partitioned)


@pytest.mark.parametrize("partitioned", [True, False])
def test_a_window_returns_its_cookies(browser: Browser, ours: Site, *, partitioned: bool) -> None:
    """With the value that was set, until it is removed."""
    tab = browser.new_page()
    page = with_cookies(PLAIN, launch(partitioned=partitioned))
    tab.goto(ours.serve("/launch", page))
    gone = with_cookies(PLAIN, cookies.removed(NAME, partitioned=partitioned))
    tab.goto(ours.serve("/callback", gone))
    tab.goto(ours.serve("/visit", PLAIN))
    tab.close()
    assert ours.cookies == ["", f"{NAME}=aZ09._~-", ""]


@pytest.mark.parametrize("partitioned", [True, False])
def test_a_frame_returns_only_partitioned_cookies(
    strict_browser: Browser, site: Site, ours: Site, *, partitioned: bool
) -> None:
    """Where third-party cookies are blocked; the launch goes on without one."""
    ours.serve("/launch", with_cookies(PLAIN, launch(partitioned=partitioned)))
    ours.serve("/callback", PLAIN)
    chart = '<title>Epic</title><iframe src="{}"></iframe>'
    tab = strict_browser.new_page()
    for path in ("/launch", "/callback"):
        html = Page(chart.format(ours.url + path), {"Content-Type": "text/html"}, 200)
        tab.goto(site.serve(f"/chart{path}", html), wait_until="load")
    tab.close()
    assert ours.cookies == ["", f"{NAME}=aZ09._~-" if partitioned else ""]
