"""The pages of a patient's link, read the way a browser reads them."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared_code.errors import STORAGE_UNAVAILABLE, WRITE_CONFLICT, ErrorInfo
from shared_code.links.domain import (
    LINK_CANCELLED,
    LINK_DEAD,
    LINK_EXPIRED,
    LINK_NOT_VIRTUAL,
    LINK_UNKNOWN,
)
from shared_code.security.keys import PAYLOAD_UNREADABLE
from shared_code.web import patient
from shared_code.web.frame import Hospital, see_other
from shared_code.web.patient.page import link_page, trouble_page
from shared_code.web.patient.views import Choice, LinkView
from shared_code.web.patient.words import language_for
from shared_code.wiring.codes import ERRORS
from tests.unit.web.reading import Read, shown

HOSTILE = "<script>alert(1)</script> \"'&lt; {{ 7*7 }} {contact} </title></style>"
VIEW = LinkView(
    language="en",
    hospital=Hospital("Lamna Healthcare", "(608) 555-0100"),
    start=datetime(2026, 6, 10, 18, 30, tzinfo=UTC),
    zone="America/Chicago",
    region="US",
)
FOLDER = Path(patient.__file__).parent / "languages"
LANGUAGES = sorted(file.parent.name for file in FOLDER.glob("*/patient.toml"))
RIGHT_TO_LEFT = {"ar"}
TEXTS = "/v/abcdefghijklmnopqrstuvwxyz/texts"
NEW = "https://visits.example.org/v/zyxwvutsrqponmlkjihgfedcba"
CHOICES = [
    Choice(TEXTS, allowed, changed) for allowed in (True, False) for changed in (True, False)
]
PLAIN = [
    *(link_page(replace(VIEW, language=language)) for language in LANGUAGES),
    *(link_page(replace(VIEW, language=language, moved_to=NEW)) for language in LANGUAGES),
    *(trouble_page(error, language) for error in ERRORS.values() for language in LANGUAGES),
    *(trouble_page(error, "en", pressed=True) for error in ERRORS.values()),
]
WITH_CHOICE = [
    page
    for language in LANGUAGES
    for choice in CHOICES
    for page in (
        link_page(replace(VIEW, language=language, choice=choice)),
        link_page(replace(VIEW, language=language, choice=choice, moved_to=NEW)),
        trouble_page(LINK_CANCELLED, language, choice),
    )
]
PAGES = PLAIN + WITH_CHOICE
LIGHT, DARK = range(2)


def test_the_visit_in_english() -> None:
    """What, when in the patient's zone, and whom to call."""
    assert shown(link_page(VIEW)) == (
        "Lamna Healthcare Your video visit You have a video visit with Lamna Healthcare. "
        "Date and time Wednesday, June 10, 2026 1:30 PM CDT Central Daylight Time "
        "This link is only for you. Please do not share it. "
        "Questions, or can't make it? Call (608) 555-0100"
    )


def test_the_visit_in_spanish() -> None:
    """The same in the other language."""
    assert shown(link_page(replace(VIEW, language="es"))) == (
        "Lamna Healthcare Su videoconsulta Usted tiene una videoconsulta con Lamna Healthcare. "
        "Fecha y hora miércoles, 10 de junio de 2026 1:30 p.m. CDT hora de verano central "
        "Este enlace es solo para usted. No lo comparta, por favor. "
        "¿Tiene preguntas o no puede asistir? Llame al (608) 555-0100"
    )


def test_the_time_is_there_for_machines_too() -> None:
    """With its offset."""
    read = Read(link_page(VIEW).html)
    (time,) = read.of("time")
    assert time["datetime"] == "2026-06-10T13:30-05:00"
    assert datetime.fromisoformat(str(time["datetime"])) == VIEW.start


def test_without_a_region_the_language_has_its_own_habits() -> None:
    """And a region that is unknown for the language changes nothing."""
    for region in ("", "CA", "ZZ", "../"):
        page = link_page(replace(VIEW, language="es", region=region))
        assert "1:30 p.m. CDT" in page.html
    assert "13:30 CDT" in link_page(replace(VIEW, language="es", region="ES")).html


@pytest.mark.parametrize(
    ("contact", "dialled"),
    [
        ("(608) 555-0100", "tel:6085550100"),
        (" +1 608 555 0100 ", "tel:+16085550100"),
        ("the front desk", None),
        ("(608) 555-0100;ext=1", None),
        ("javascript:alert(1)", None),
        ("(((((((((", None),
    ],
)
def test_a_telephone_number_can_be_dialled(contact: str, dialled: str | None) -> None:
    """Anything else is only shown."""
    page = link_page(replace(VIEW, hospital=replace(VIEW.hospital, contact=contact)))
    links = [link["href"] for link in Read(page.html).of("a")]
    assert links == ([dialled] if dialled else [])
    assert f"Call {' '.join(contact.split())}" in shown(page)


@pytest.mark.parametrize("contact", ["", "  "])
def test_without_a_contact_the_clinic_is_named(contact: str) -> None:
    """Patients know their clinic's number."""
    page = link_page(replace(VIEW, hospital=replace(VIEW.hospital, contact=contact)))
    assert shown(page).endswith("Questions, or can't make it? Please call your clinic.")


def test_a_moved_visit_in_english() -> None:
    """The new time, that the opened link is an older one, and where the new one is."""
    page = link_page(replace(VIEW, moved_to=NEW))
    assert shown(page) == (
        "Lamna Healthcare Your visit was moved "
        "Your video visit with Lamna Healthcare has a new date and time. "
        "Date and time Wednesday, June 10, 2026 1:30 PM CDT Central Daylight Time "
        "The link that you opened is an older one. Please use the new one from now on. "
        "Open the new link "
        "This link is only for you. Please do not share it. "
        "Questions, or can't make it? Call (608) 555-0100"
    )
    assert [each["href"] for each in Read(page.html).of("a")] == [NEW, "tel:6085550100"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (
            Choice(TEXTS, True),
            (
                "Text messages "
                "We send text messages about your visits to the phone that got this link. "
                "Without them, you will not be told by text when a visit is moved or cancelled. "
                "Stop text messages"
            ),
        ),
        (
            Choice(TEXTS, False),
            (
                "Text messages "
                "We send no text messages about your visits to the phone that got this link. "
                "You will not be told by text when a visit is moved or cancelled. "
                "If you replied STOP to a text message, you must also text START to the same "
                "number to get texts again. "
                "Turn text messages back on"
            ),
        ),
    ],
)
def test_texts_can_be_stopped_and_allowed(choice: Choice, expected: str) -> None:
    """What holds now, what it means, and one button for the opposite."""
    page = link_page(replace(VIEW, choice=choice))
    assert shown(page).endswith(expected)
    assert expected in shown(trouble_page(LINK_CANCELLED, "en", choice))


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_needs_no_script(choice: Choice, language: str) -> None:
    """A button that can be reached by keyboard and says what it does; nothing else is sent."""
    read = Read(link_page(replace(VIEW, language=language, choice=choice)).html)
    assert read.of("form") == [{"method": "post", "action": TEXTS}]
    assert read.of("button") == [{"name": "allow", "value": "no" if choice.allowed else "yes"}]
    assert read.inside["button"].strip()


@pytest.mark.parametrize("choice", CHOICES)
def test_what_was_done_is_a_status(choice: Choice) -> None:
    """Read aloud by screen readers, and shown once, before everything else."""
    for page in (
        link_page(replace(VIEW, choice=choice)),
        trouble_page(LINK_CANCELLED, "en", choice),
    ):
        paragraphs = Read(page.html).of("p")
        roles = [each["role"] for each in paragraphs if "role" in each]
        assert roles == (["status"] if choice.changed else [])
        assert ("Done." in shown(page)) == choice.changed
        assert ("START" in shown(page)) == (choice.changed or not choice.allowed)


def test_forms_go_nowhere_else() -> None:
    """Where there is no form, none may be sent at all."""
    for page in PAGES:
        read = Read(page.html)
        allowed = "'self'" if page in WITH_CHOICE else "'none'"
        assert f"form-action {allowed};" in page.headers["Content-Security-Policy"]
        assert (len(read.of("form")) == 1) == (page in WITH_CHOICE)
        assert {each["action"] for each in read.of("form")} <= {TEXTS}


def test_nothing_is_loaded_and_nothing_runs() -> None:
    """No script, image, field or frame."""
    for page in PAGES:
        tags = {tag for tag, _ in Read(page.html).tags}
        assert tags.isdisjoint({"input", "script", "img", "link", "iframe"})


def test_a_redirect_is_as_private_as_a_page() -> None:
    """It has no content; its address is the only thing in it."""
    page = see_other("/v/x?texts=no")
    assert (page.status, page.html) == (303, "")
    assert page.headers == {
        "Location": "/v/x?texts=no",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }


def test_a_hostile_organization_is_only_text() -> None:
    """Not markup, not a template, not the end of the title or the style."""
    read = Read(link_page(replace(VIEW, hospital=Hospital(HOSTILE, HOSTILE))).html)
    assert read.of("script") == []
    assert len(read.of("style")) == len(read.of("title")) == 1
    assert read.inside["header"].strip() == HOSTILE
    assert HOSTILE in read.inside["title"]
    assert f"Call {HOSTILE}" in read.inside["main"]


def test_codes_have_the_status_of_the_table() -> None:
    """Every error gets a page; 503 is what a patient can do nothing about but try again."""
    for error in ERRORS.values():
        page = trouble_page(error, "en")
        ours = error in (WRITE_CONFLICT, PAYLOAD_UNREADABLE) or not 400 <= error.status < 500
        assert page.status == (503 if ours else error.status)
        assert Read(page.html).inside["code"] == error.code
    assert link_page(VIEW).status == 200


@pytest.mark.parametrize(
    ("error", "status", "title", "titulo"),
    [
        (
            LINK_UNKNOWN,
            404,
            "We cannot find this visit",
            "No encontramos esta consulta",
        ),
        (LINK_EXPIRED, 410, "This link has expired", "Este enlace ha caducado"),
        (
            LINK_DEAD,
            410,
            "This link is no longer in use",
            "Este enlace ya no está en uso",
        ),
        (
            LINK_CANCELLED,
            410,
            "This visit was cancelled",
            "Esta consulta fue cancelada",
        ),
        (
            LINK_NOT_VIRTUAL,
            410,
            "This is no longer a video visit",
            "Esta consulta ya no es por video",
        ),
        (
            STORAGE_UNAVAILABLE,
            503,
            "Something is not working on our side",
            "Hay un problema de nuestro lado",
        ),
    ],
)
def test_trouble_is_told_in_plain_words(
    error: ErrorInfo, status: int, title: str, titulo: str
) -> None:
    """With what to do, and the code for whoever is called."""
    english, spanish = trouble_page(error, "en"), trouble_page(error, "es")
    assert (english.status, spanish.status) == (status, status)
    assert Read(english.html).inside["h1"] == title
    assert Read(spanish.html).inside["h1"] == titulo
    assert "call your clinic" in shown(english)
    assert "llame a su clínica" in shown(spanish).lower()
    assert error.sentence not in english.html


def test_pages_are_built_for_everyone() -> None:
    """Language and direction, one heading, one main landmark, a title, room to zoom."""
    for page in PAGES:
        read = Read(page.html)
        (html,) = read.of("html")
        language = page.headers["Content-Language"]
        assert html == {"lang": language, "dir": "rtl" if language in RIGHT_TO_LEFT else "ltr"}
        assert len(read.of("h1")) == len(read.of("main")) == 1
        assert read.inside["title"].strip()
        viewport = [each["content"] for each in read.of("meta") if each.get("name") == "viewport"]
        assert viewport == ["width=device-width, initial-scale=1"]
        labels = [each["aria-labelledby"] for each in read.of("section")]
        assert labels == [each["id"] for each in read.of("h2")]


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    """The hash is the one of the bytes between the tags; no element has a style of its own."""
    for page in PAGES:
        style = re.search(r"<style>(.*?)</style>", page.html, re.DOTALL)
        assert style is not None
        digest = hashlib.sha256(style[1].encode("utf-8")).digest()
        form_action = "'self'" if page in WITH_CHOICE else "'none'"
        assert page.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{base64.b64encode(digest).decode()}'; "
            f"base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
        )
        attributes = [attribute for _, each in Read(page.html).tags for attribute in each]
        assert [each for each in attributes if each == "style" or each.startswith("on")] == []


def test_headers_keep_the_page_to_its_reader() -> None:
    """Not stored, not passed on, not indexed, not guessed."""
    for page in PAGES:
        others = {
            name: value
            for name, value in page.headers.items()
            if name not in ("Content-Security-Policy", "Content-Language")
        }
        assert others == {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        }


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
@pytest.mark.parametrize("colour", ["ink", "quiet", "link"])
def test_contrast_is_more_than_enough(scheme: int, colour: str) -> None:
    """At least 4.5 to 1 for text (WCAG 2.2, 1.4.3), by day and by night."""
    style = Read(PAGES[0].html).inside["style"]
    inks = re.findall(rf"--{colour}: (#\w{{6}});", style)
    papers = re.findall(r"--paper: (#\w{6});", style)
    assert len(inks) == len(papers) == 2
    light, dark = sorted((_luminance(inks[scheme]), _luminance(papers[scheme])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    ]
    return sum(w * each for w, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(("es", "en"), "es"), (("hmn", "es"), "es"), ((None, "es-US"), "es"), (("hmn", ""), "en")],
)
def test_the_first_language_there_is(wanted: tuple[str | None, ...], expected: str) -> None:
    """The patient's, then the hospital's, then English."""
    assert language_for(*wanted) == expected
