"""Every page in light and dark, wide and at 360 pixels: accessible, and pictured for people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from shared_code.web.frame import Page
from tests.browser.axe import violations
from tests.browser.site import Site
from tests.support.figures import some
from tests.unit.texting.samples import SHIPPED
from tests.unit.web.catalogue import clinician_pages, patient_pages

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
WIDE = ViewportSize(width=1024, height=700)
NARROW = ViewportSize(width=360, height=740)
PAGES = {
    **{f"patient-{name}": page for name, page in patient_pages("en").items()},
    **{f"clinician-{name}": page for name, page in clinician_pages("en").items()},
}
WORDY = {"link-moved-later", "wait-not-ready", "live-notices", "confirm-second"}
"""Pages with the most words, in which a long one is found."""
ALIKE = {name for name in PAGES if "-trouble-" in name or "-refused-" in name} - {
    "patient-trouble-from_test",
    "clinician-trouble-start_again",
    "clinician-refused-consent",
}
"""Pages of two sentences and a code: what is true of one is true of all but for its words."""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def still(page: Page) -> Page:
    """Return the page as it is while nothing goes on by itself."""
    html = page.html.replace('<meta http-equiv="refresh"', "<meta")
    headers = {name: value for name, value in page.headers.items() if name != "Refresh"}
    return replace(page, html=html, headers=headers)


def test_every_page_is_accessible(browser: Browser, site: Site) -> None:
    """Axe finds nothing by day and by night; nothing is blocked, and nothing is too wide."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    broken: list[str] = []
    tab = browser.new_page(viewport=NARROW)
    tab.on("console", lambda said: broken.append(f"{tab.url}: {said.text}"))
    for name, page in PAGES.items():
        tab.goto(site.serve(f"/{name}", still(page)))
        if name not in ALIKE:
            broken += [f"{name}: {each}" for each in violations(tab)]
        if tab.evaluate(TOO_WIDE):
            broken.append(f"{name} is wider than 360 pixels")
        tab.screenshot(path=PICTURES / f"{name}.png", full_page=True)
        if name in ALIKE:
            continue
        tab.emulate_media(color_scheme="dark")
        broken += [f"{name} in the dark: {each}" for each in violations(tab, "color-contrast")]
        tab.set_viewport_size(WIDE)
        tab.screenshot(path=PICTURES / f"{name}-wide-dark.png")
        tab.set_viewport_size(NARROW)
        tab.emulate_media(color_scheme="light")
    tab.close()
    unexpected = [each for each in broken if "status of" not in each]
    assert unexpected == []


@pytest.mark.parametrize("language", some([each for each in SHIPPED if each != "en"], 2))
def test_every_language_fits(browser: Browser, site: Site, language: str) -> None:
    """At 360 pixels, with the languages' own fonts and direction; one picture of each."""
    pages = patient_pages(language)
    if language == "es":
        pages |= {name: page for name, page in clinician_pages(language).items() if name in WORDY}
    tab = browser.new_page(viewport=NARROW)
    for name in WORDY & pages.keys():
        tab.goto(site.serve(f"/{name}", still(pages[name])))
        assert not tab.evaluate(TOO_WIDE), name
    tab.goto(site.serve("/link-open", still(pages["link-open"])))
    assert violations(tab) == []
    PICTURES.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=PICTURES / f"patient-link-open-{language}.png", full_page=True)
    tab.close()
