"""
A browser for the tests of this folder.

Playwright keeps an event loop in the thread that started it, so the browser ends with this folder
and not with the session: tests elsewhere start loops of their own.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.site import Site, serving

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Return Playwright's driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Return a browser as most people have it."""
    with _chromium(playwright) as launched:
        yield launched


@pytest.fixture(scope="package")
def strict_browser(playwright: Playwright) -> Iterator[Browser]:
    """Return a browser that keeps no third-party cookies."""
    with _chromium(playwright, "--test-third-party-cookie-phaseout") as launched:
        yield launched


@contextmanager
def _chromium(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    """Yield the Chromium on the PATH, without its sandbox: root has none."""
    launched = playwright.chromium.launch(
        executable_path=chromium(), chromium_sandbox=False, args=arguments
    )
    yield launched
    launched.close()


def chromium() -> str:
    """Return the program on the PATH."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.fail("Chromium is missing: `make browser` says how to get it.", pytrace=False)
    return program


@pytest.fixture
def site() -> Iterator[Site]:
    """Return a site of the test's own."""
    with serving() as served:
        yield served
