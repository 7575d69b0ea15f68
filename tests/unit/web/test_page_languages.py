"""The patient's page in every language in which there are texts."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from shared_code.errors import STORAGE_UNAVAILABLE
from shared_code.web.frame import Hospital, Page
from shared_code.web.patient.page import link_page, trouble_page
from shared_code.web.patient.views import Choice, LinkView
from shared_code.web.patient.words import language_for
from shared_code.wiring.codes import ERRORS
from tests.unit.texting.samples import SHIPPED
from tests.unit.web.catalogue import patient_pages

FOLDER = Path(__file__).parents[3] / "shared_code" / "web" / "patient" / "languages"
OTHERS = [language for language in SHIPPED if language != "en"]
NAME, CONTACT = "Lamna Healthcare", "(608) 555-0100"
MEANT_ALIKE = {"direction"}
_FORMAT = re.compile("[\u2066-\u2069]")


def _phrases(language: str) -> dict[str, str]:
    return tomllib.loads((FOLDER / language / "patient.toml").read_text(encoding="utf-8"))


def _view(language: str) -> LinkView:
    start = datetime(2026, 6, 10, 18, 30, tzinfo=UTC)
    return LinkView(language, Hospital(NAME, CONTACT), start, "America/Chicago", region="US")


def _pages(language: str) -> list[Page]:
    view = _view(language)
    said = ((True, True), (False, True), (True, True, "+18005550100"))
    choices = [None, *(Choice("/v/x", *each) for each in said)]
    return [
        *(link_page(replace(view, choice=choice)) for choice in choices),
        link_page(replace(view, moved_to="/v/y", hospital=Hospital(NAME))),
        *(trouble_page(error, language) for error in ERRORS.values()),
        trouble_page(STORAGE_UNAVAILABLE, language, pressed=True),
        *patient_pages(language).values(),
    ]


def _shown(page: Page) -> str:
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page.html, flags=re.DOTALL))


def test_pages_and_texts_have_the_same_languages() -> None:
    """A patient who is texted in a language reads the page in it."""
    assert sorted(file.parent.name for file in FOLDER.glob("*/patient.toml")) == SHIPPED
    assert [language_for(language) for language in SHIPPED] == SHIPPED


@pytest.mark.parametrize("language", OTHERS)
def test_every_phrase_is_there_and_translated(language: str) -> None:
    """The same names as in English, in the same order, and no English left."""
    english, phrases = _phrases("en"), _phrases(language)
    assert list(phrases) == list(english)
    same = {name for name, phrase in phrases.items() if phrase == english[name]}
    assert same <= MEANT_ALIKE
    for name, phrase in phrases.items():
        for word in ("STOP", "START", "{organization}", "{contact}"):
            assert phrase.count(word) == english[name].count(word), name


@pytest.mark.parametrize("language", SHIPPED)
def test_every_page_says_its_language_and_direction(language: str) -> None:
    """To browsers and screen readers; nothing is left unfilled."""
    direction = "rtl" if language == "ar" else "ltr"
    for page in _pages(language):
        assert f'<html lang="{language}" dir="{direction}">' in page.html
        assert page.headers["Content-Language"] == language
        shown = _shown(page)
        assert set("{}").isdisjoint(shown)
        assert {each for each in shown if each.isdigit()} <= set("0123456789")


@pytest.mark.parametrize("language", SHIPPED)
def test_the_visit_is_shown_whole(language: str) -> None:
    """Who, when with the zone, whom to call."""
    page = link_page(_view(language))
    shown = " ".join(_FORMAT.sub("", _shown(page)).split())
    assert f'<a href="tel:{CONTACT.translate({ord(each): None for each in "() -"})}">' in page.html
    for each in (NAME, CONTACT, "2026", "CDT"):
        assert each in shown
    assert re.search(r"(?<!\d)1?[13]:30", shown)


def test_every_phrase_is_used() -> None:
    """What is in the file is on some page; English stands for the others."""
    changed = [Choice("/v/x", *each, changed=True) for each in ((True,), (False,))]
    pages = [*_pages("en"), *(link_page(replace(_view("en"), choice=each)) for each in changed)]
    shown = " ".join(" ".join(_shown(page).split()) for page in pages)
    phrases = {name: phrase.partition("{")[0] for name, phrase in _phrases("en").items()}
    unused = {name for name, phrase in phrases.items() if phrase.strip() not in shown}
    assert unused == {"locale", "direction"}


def test_names_are_set_apart_in_arabic() -> None:
    """Each phrase that takes a value closes what it opens."""
    for phrase in _phrases("ar").values():
        assert phrase.count("{") == phrase.count("\u2068") == phrase.count("\u2069")


@pytest.mark.parametrize("language", OTHERS)
def test_dates_are_in_the_language_of_the_page(language: str) -> None:
    """No English day, month or zone."""
    shown = _shown(link_page(_view(language)))
    assert [each for each in ("Wednesday", "June", "Central Daylight") if each in shown] == []
