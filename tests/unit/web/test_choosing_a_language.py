"""A reader chooses the language of a page, and the pages after it keep it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from shared_code.appointments.domain import Status
from shared_code.consent.flows import recipient_hash
from shared_code.links.domain import LINK_UNKNOWN
from shared_code.visits.domain.visit import Visit, Wanted
from shared_code.visits.flows.refs import visit_ref
from shared_code.web.clinician import words as clinician
from shared_code.web.frame import Page
from shared_code.web.languages import THIS_PAGE, in_language
from shared_code.web.patient import words as patient
from tests.unit.launching.scene import opened
from tests.unit.texting.samples import SHIPPED
from tests.unit.web.catalogue import clinician_pages, patient_pages
from tests.unit.web.hospital import CANCELLED, MOVED, Hospital
from tests.unit.web.reading import Read
from tests.world.connection import TENANT
from tests.world.launches import LaunchWorld
from tests.world.line import unavailable
from tests.world.visit import PHONE, START
from tests.world.visiting import CSN, ORGANIZERS, booked

READS = {"load", "find", "list", "stops", "get", "of", "by_csn", "by_base_url"}
WITHOUT_ADDRESS = {
    *("wait-preparing", "preparing", "confirm", "confirm-second", "hop"),
    *("account-guest", "account-foreign"),
}
"""Pages that nobody can ask for again, or that are gone in a second."""


def listed(page: Page) -> dict[str, str]:
    """Return the addresses of the list of languages, by their tags."""
    links = Read(page.html).of("a")
    return {str(each["lang"]): str(each["href"]) for each in links if "hreflang" in each}


def tag_of(page: Page) -> str:
    """Return the language of the page."""
    return page.headers["Content-Language"]


@pytest.mark.parametrize("language", SHIPPED)
def test_every_page_of_a_patient_lists_all_languages(language: str) -> None:
    """By their own names; the one that is shown is no link."""
    expected = {tag: f"?language={tag}" for tag in SHIPPED if tag != language}
    names = {tag: patient.spoken(tag).say("name") for tag in SHIPPED}
    for name, page in patient_pages(language).items():
        if name in WITHOUT_ADDRESS:
            assert listed(page) == {}, name
            continue
        assert listed(page) == expected, name
        assert f'<strong aria-current="true">{names[language]}</strong>' in page.html
        for tag in expected:
            assert f">{names[tag]}</a>" in page.html


@pytest.mark.parametrize(("language", "other"), [("en", "es"), ("es", "en")])
def test_pages_of_clinicians_lead_to_the_other_language(language: str, other: str) -> None:
    """Except where the page has no address of its own."""
    for name, page in clinician_pages(language).items():
        own = name not in WITHOUT_ADDRESS and not name.startswith("refused-")
        version = "?plain=1&" if name == "live-plain" else "?"
        assert listed(page) == ({other: f"{version}language={other}"} if own else {}), name


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("en", ["Language", "Idioma", "语言"]),
        ("pt", ["Idioma", "Language", "语言"]),
        ("ar", ["اللغة", "Language", "Idioma", "语言"]),
        ("zh-Hant", ["語言", "Language", "Idioma", "语言"]),
    ],
)
def test_the_list_is_found_by_who_cannot_read_the_page(language: str, labels: list[str]) -> None:
    """Its name is in the page's language first, then in the three that most people read."""
    found = Read(patient_pages(language)["link-open"].html).inside["summary"]
    assert found.split(" · ") == labels


@pytest.mark.parametrize(
    ("address", "tag", "expected"),
    [
        ("/v/x", "", "/v/x"),
        ("/v/x", "es", "/v/x?language=es"),
        ("/v/x?texts=no", "zh-Hans", "/v/x?texts=no&language=zh-Hans"),
        (THIS_PAGE, "ar", "?language=ar"),
    ],
)
def test_a_choice_is_a_part_of_the_address(address: str, tag: str, expected: str) -> None:
    """And nothing where none was made."""
    assert in_language(address, tag) == expected


@pytest.mark.parametrize(
    ("said", "for_patients", "for_clinicians"),
    [
        ("es", "es", "es"),
        ("ES-mx", "es", "es"),
        ("zh-HK", "zh-Hant", ""),
        ("fil", "tl", ""),
        ("", "", ""),
        ("xx", "", ""),
        ("../es", "", ""),
        ('es"><script>', "", ""),
        ("es\r\nSet-Cookie: a=b", "", ""),
    ],
)
def test_only_known_languages_can_be_chosen(
    said: str, for_patients: str, for_clinicians: str
) -> None:
    """What is kept is the tag of a folder of ours, never what came."""
    assert (patient.chosen(said), clinician.chosen(said)) == (for_patients, for_clinicians)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("language=fr", "fr"),
        ("language=xx", "es"),
        ("language=", "es"),
        ("language=fr&language=vi", "es"),
        ("language=" + "x-" * 4000, "es"),
        ("texts=no&language=ar", "ar"),
    ],
)
def test_a_choice_wins_over_the_language_of_the_text(query: str, expected: str) -> None:
    """What is no choice changes nothing."""
    page = Hospital(appointment=replace(MOVED, language="es")).page(query=query)
    assert tag_of(page) == expected


@pytest.mark.parametrize("token", [None, "a" * 26, "short"])
def test_a_link_that_shows_nothing_can_be_read_too(token: str | None) -> None:
    """And the list does not repeat what was asked for."""
    page = Hospital(appointment=CANCELLED).page(token, accept_language="fr", query="language=vi")
    assert (tag_of(page), listed(page)["ko"]) == ("vi", "?language=ko")
    assert token is None or f"<code>{LINK_UNKNOWN.code}</code>" in page.html
    assert token is None or token not in page.html


def test_the_form_about_texts_keeps_the_language() -> None:
    """There and back; the list of the page that confirms keeps the confirmation."""
    hospital = Hospital()
    assert (
        f'action="/v/{hospital.token}/texts?language=ko"' in hospital.page(query="language=ko").html
    )
    done = hospital.press(query="language=ko")
    assert done.headers["Location"] == f"/v/{hospital.token}?texts=no&language=ko"
    page = hospital.page(query="texts=no&language=ko")
    assert 'role="status"' in page.html
    assert listed(page)["ru"] == "?texts=no&language=ru"
    assert tag_of(hospital.press(b"", query="language=ko")) == "ko"


def test_the_link_for_the_new_time_keeps_the_language() -> None:
    """A moved visit leads on to its new link."""
    page = Hospital(appointment=MOVED).page(query="language=fr")
    links = [str(each["href"]) for each in Read(page.html).of("a") if "hreflang" not in each]
    assert re.fullmatch(r"https://.*/v/[a-z2-7]{26}\?language=fr", links[0])


def patient_link(world: LaunchWorld) -> str:
    """Return the link in a text about the visit."""
    row = world.appointments.load(booked().ref)
    assert row is not None
    made = world.services.links.patient_links.make(
        row.value, recipient_hash(world.rings, TENANT, PHONE)
    )
    return urlsplit(made).path


def writes(world: LaunchWorld) -> list[str]:
    """Return what was written since the last time."""
    calls = [each for each in world.line.calls if each.split(".")[-1] not in READS]
    world.line.calls.clear()
    return calls


def test_a_press_on_join_keeps_the_language() -> None:
    """Through the form, the page that waits, and the page that goes on to Teams."""
    world, browser = opened()
    link = patient_link(world)
    browser.get(f"{link}?language=vi")
    action = Read(browser.page.html).of("form")[0]["action"]
    assert action == f"{link}/join?language=vi"
    waits = browser.post(str(action))
    assert re.fullmatch(r"/visit/[^?]+\?language=vi", waits.headers["Location"])
    goes_on = browser.follow()
    assert (tag_of(goes_on), listed(goes_on)["ko"]) == ("vi", "?language=ko")
    at_once = browser.post(str(action))
    assert (at_once.status, tag_of(at_once)) == (200, "vi")
    assert listed(at_once)["ko"] == f"{link}?language=ko"


def test_a_press_that_is_refused_is_told_in_the_chosen_language() -> None:
    """The list leads to the page of the link, which says the same."""
    world, browser = opened(status=Status.CANCELLED)
    link = patient_link(world)
    refused = browser.post(f"{link}/join?language=tl")
    assert (refused.status, tag_of(refused)) == (410, "tl")
    assert listed(refused)["en"] == f"{link}?language=en"


def test_a_page_that_waits_keeps_the_language_and_writes_nothing() -> None:
    """Its refresh names no other address, so the choice stays in the one it has."""
    world, browser = opened()
    world.clock.now = START - timedelta(hours=1)
    path = browser.launch_as_patient().headers["Location"]
    page = browser.follow()
    assert tag_of(page) == "en"
    address = path + listed(page)["ar"]
    writes(world)
    pages = [browser.get(address) for _ in range(2)]
    assert [(tag_of(each), each.headers["Refresh"]) for each in pages] == [("ar", "60")] * 2
    assert writes(world) == []


def test_a_clinicians_page_keeps_the_language() -> None:
    """In what the script asks for, in the version without it, and in *Not you?*."""
    _, browser = opened()
    browser.launch()
    browser.follow()
    browser.sign_in()
    path = browser.launch().headers["Location"]
    page = browser.get(f"{path}?language=es")
    live = f"/live/{path.rpartition('/')[2]}?language=es"
    assert (tag_of(page), listed(page)) == ("es", {"en": "?language=en"})
    assert f'data-from="{live}"' in page.html
    assert f'content="0;url={path}?plain=1&amp;language=es"' in page.html
    assert tag_of(browser.get(live)) == "es"
    plain = browser.get(f"{path}?plain=1&language=es")
    assert plain.headers["Refresh"] == f"5; url={path}?plain=1&language=es"
    assert listed(plain) == {"en": "?plain=1&language=en"}
    gone = browser.post(f"{path}/not-me?language=es")
    assert gone.headers["Location"] == f"{path}?language=es"
    asks = browser.follow()
    assert tag_of(asks) == "es"
    assert asks.headers["Refresh"] == f"60; url={path}?language=es"
    top = browser.get(f"{path}?top=1&language=es")
    assert top.headers["Refresh"] == f"60; url={path}?top=1&language=es"
    assert listed(top) == {"en": "?top=1&language=en"}


def test_a_page_that_has_ended_can_be_read_too() -> None:
    """The address is there, so the list is; nothing of the address is repeated."""
    _, browser = opened()
    page = browser.get("/visit/nothing-of-ours?language=zh-TW")
    assert (page.status, tag_of(page)) == (403, "zh-Hant")
    assert listed(page)["en"] == "?language=en"
    assert "nothing-of-ours" not in page.html


def test_presence_that_has_ended_is_an_error_without_content() -> None:
    """4xx makes the script load the page, which says why; what is on our side passes."""
    world, browser = opened()
    ended = browser.get("/live/nothing-of-ours")
    assert (ended.status, ended.html) == (403, "")
    path = browser.launch().headers["Location"]
    world.line.before = unavailable("sessions.load")
    ours = browser.get(path.replace("visit", "live"))
    assert (ours.status, ours.html) == (503, "")


@pytest.mark.parametrize("patient", [True, False])
def test_a_long_wait_leaves_time_to_read_and_to_choose(patient: bool) -> None:
    """A second while somebody works on the visit; ten, and the list, once it takes too long."""
    world, browser = opened()
    if not patient:
        browser.launch()
        browser.follow()
        browser.sign_in()
    path = (browser.launch_as_patient() if patient else browser.launch()).headers["Location"]
    pages = []
    for seconds in (0, 31):
        world.clock.now += timedelta(seconds=seconds)
        world.visits.remove(wanted(world).ref)
        visit = Visit.new(wanted(world), world.clock.now)
        world.visits.insert(visit.leased("another", world.clock.now))
        pages.append(browser.get(path))
    assert [each.headers["Refresh"] for each in pages] == ["1", "10"]
    assert [bool(listed(each)) for each in pages] == [False, True]


def wanted(world: LaunchWorld) -> Wanted:
    """Return what a launch of the visit needs."""
    ref = visit_ref(world.rings, "lamna", CSN)
    return Wanted(ref, TENANT, START, 30, ORGANIZERS)
