"""The list of languages: by keyboard, without JavaScript, at 360 pixels, from right to left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.site import Site
from tests.browser.test_pages import NARROW, PICTURES, TOO_WIDE, WIDE
from tests.unit.texting.samples import SHIPPED
from tests.unit.web.catalogue import clinician_pages, patient_pages


@pytest.mark.parametrize("scripts", [True, False])
def test_a_language_is_chosen_by_keyboard(browser: Browser, site: Site, scripts: bool) -> None:
    """Open the list, go to a language, press: the same page with what its address said before."""
    site.serve("/v/x", patient_pages("en")["link-open"])
    spanish = site.serve("/v/x?language=es", patient_pages("es")["link-open"])
    tab = browser.new_context(java_script_enabled=scripts).new_page()
    tab.goto(site.url + "/v/x")
    assert not tab.get_by_role("link", name="Español").is_visible()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("link")).to_have_count(len(SHIPPED) - 1 + 3)
    tab.get_by_role("link", name="Español").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(spanish)
    expect(tab.locator("html")).to_have_attribute("lang", "es")
    tab.context.close()


@pytest.mark.parametrize("language", ["en", "ar", "vi", "zh-Hant"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_list_is_accessible_and_fits(
    browser: Browser, site: Site, language: str, scheme: str
) -> None:
    """By day and by night, wide and at 360 pixels; each language in its own words."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    tab = browser.new_page(viewport=NARROW)
    tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.goto(site.serve("/v/x", patient_pages(language)["link-open"]))
    tab.locator("summary").click()
    assert violations(tab) == []
    assert not tab.evaluate(TOO_WIDE)
    tab.screenshot(path=PICTURES / f"languages-{language}-{scheme}.png")
    tab.set_viewport_size(WIDE)
    tab.screenshot(path=PICTURES / f"languages-{language}-{scheme}-wide.png")
    tab.close()


def test_a_choice_leaves_the_version_of_the_page(browser: Browser, site: Site) -> None:
    """Without JavaScript a clinician's page has a version of its own, which stays."""
    site.serve("/visit/x", clinician_pages("en")["live-plain"])
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(f"{site.url}/visit/x?plain=1")
    tab.locator("summary").click()
    tab.get_by_role("link", name="Español").click()
    tab.wait_for_url("**/visit/x?plain=1&language=es")
    assert site.asked == ["GET /visit/x?plain=1", "GET /visit/x?plain=1&language=es"]
    tab.context.close()
