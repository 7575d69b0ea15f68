"""
A browser for the tests of this folder.

Playwright keeps an event loop in the thread that started it, so the browser ends with this folder
and not with the session: tests elsewhere start loops of their own.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.site import Site, serving

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return the Chromium on the PATH, without its sandbox: root has none."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.fail("Chromium is missing: `make browser` says how to get it.", pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program,
            chromium_sandbox=False,
            args=["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        yield launched
        launched.close()


@pytest.fixture
def site() -> Iterator[Site]:
    """Return a site of the test's own."""
    with serving() as served:
        yield served
