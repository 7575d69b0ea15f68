"""The pages of a patient's link, read the way a browser reads them."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from shared_code.errors import TABLE, ErrorCode
from shared_code.portal.patient_page import Page, VisitView, language_for, trouble_page, visit_page

HOSTILE = "<script>alert(1)</script> \"'&lt; {{ 7*7 }} {contact} </title></style>"
VIEW = VisitView(
    language="en",
    organization="Lamna Healthcare",
    contact="(608) 555-0100",
    start=datetime(2026, 6, 10, 18, 30, tzinfo=UTC),
    zone="America/Chicago",
    region="US",
)
PAGES = [
    *(visit_page(replace(VIEW, language=language)) for language in ("en", "es")),
    *(trouble_page(code, language) for code in ErrorCode for language in ("en", "es")),
]
LIGHT, DARK = range(2)


@dataclass
class Read(HTMLParser):
    """Tags with their attributes, and the text inside each kind of tag."""

    html: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    inside: dict[str, str] = field(default_factory=dict)
    open_tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()
        assert self.open_tags == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open_tags):
            self.inside[tag] = self.inside.get(tag, "") + data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]


def _shown(page: Page) -> str:
    return " ".join(Read(page.html).inside["body"].split())


def test_the_visit_in_english() -> None:
    """What, when in the patient's zone, and whom to call."""
    assert _shown(visit_page(VIEW)) == (
        "Lamna Healthcare Your video visit You have a video visit with Lamna Healthcare. "
        "Date and time Wednesday, June 10, 2026 1:30 PM CDT Central Daylight Time "
        "This link is only for you. Please do not share it. "
        "Questions, or you cannot make it? Call (608) 555-0100"
    )


def test_the_visit_in_spanish() -> None:
    """The same in the other language."""
    assert _shown(visit_page(replace(VIEW, language="es"))) == (
        "Lamna Healthcare Su videoconsulta Usted tiene una videoconsulta con Lamna Healthcare. "
        "Fecha y hora miércoles, 10 de junio de 2026 1:30 p.m. CDT hora de verano central "
        "Este enlace es solo para usted. No lo comparta, por favor. "
        "¿Tiene preguntas o no puede asistir? Llame al (608) 555-0100"
    )


def test_the_time_is_there_for_machines_too() -> None:
    """With its offset."""
    read = Read(visit_page(VIEW).html)
    (time,) = read.of("time")
    assert time["datetime"] == "2026-06-10T13:30-05:00"
    assert datetime.fromisoformat(str(time["datetime"])) == VIEW.start


def test_without_a_region_the_language_has_its_own_habits() -> None:
    """And a region that is unknown for the language changes nothing."""
    for region in ("", "CA", "ZZ", "../"):
        page = visit_page(replace(VIEW, language="es", region=region))
        assert "1:30 p.m. CDT" in page.html
    assert "13:30 CDT" in visit_page(replace(VIEW, language="es", region="ES")).html


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
    page = visit_page(replace(VIEW, contact=contact))
    links = [link["href"] for link in Read(page.html).of("a")]
    assert links == ([dialled] if dialled else [])
    assert f"Call {' '.join(contact.split())}" in _shown(page)


@pytest.mark.parametrize("contact", ["", "  "])
def test_without_a_contact_the_clinic_is_named(contact: str) -> None:
    """Patients know their clinic's number."""
    page = visit_page(replace(VIEW, contact=contact))
    assert _shown(page).endswith("Questions, or you cannot make it? Please call your clinic.")


def test_there_is_nothing_to_click_but_the_telephone() -> None:
    """No form, no button and no script: the visit itself cannot be joined here yet."""
    for page in PAGES:
        tags = {tag for tag, _ in Read(page.html).tags}
        assert tags.isdisjoint({"form", "button", "input", "script", "img", "link", "iframe"})


def test_a_hostile_organization_is_only_text() -> None:
    """Not markup, not a template, not the end of the title or the style."""
    read = Read(visit_page(replace(VIEW, organization=HOSTILE, contact=HOSTILE)).html)
    assert read.of("script") == []
    assert len(read.of("style")) == len(read.of("title")) == 1
    assert read.inside["header"] == HOSTILE
    assert HOSTILE in read.inside["title"]
    assert f"Call {HOSTILE}" in read.inside["main"]


def test_codes_have_the_status_of_the_table() -> None:
    """Every code gets a page; one that belongs to no door is our own mistake."""
    for code in ErrorCode:
        page = trouble_page(code, "en")
        status = TABLE[code].status
        assert page.status == (status if status >= 400 else 500)
        assert Read(page.html).inside["code"] == code.value
    assert visit_page(VIEW).status == 200


@pytest.mark.parametrize(
    ("code", "status", "title", "titulo"),
    [
        (
            ErrorCode.LINK_UNKNOWN,
            404,
            "We cannot find this visit",
            "No encontramos esta consulta",
        ),
        (ErrorCode.LINK_EXPIRED, 410, "This link has expired", "Este enlace ha caducado"),
        (
            ErrorCode.LINK_DEAD,
            410,
            "This link is no longer in use",
            "Este enlace ya no está en uso",
        ),
        (
            ErrorCode.STORAGE_UNAVAILABLE,
            503,
            "Something is not working on our side",
            "Hay un problema de nuestro lado",
        ),
    ],
)
def test_trouble_is_told_in_plain_words(
    code: ErrorCode, status: int, title: str, titulo: str
) -> None:
    """With what to do, and the code for whoever is called."""
    english, spanish = trouble_page(code, "en"), trouble_page(code, "es")
    assert (english.status, spanish.status) == (status, status)
    assert Read(english.html).inside["h1"] == title
    assert Read(spanish.html).inside["h1"] == titulo
    assert "call your clinic" in _shown(english)
    assert "llame a su clínica" in _shown(spanish)
    assert TABLE[code].sentence not in english.html


def test_pages_are_built_for_everyone() -> None:
    """Language and direction, one heading, one main landmark, a title, room to zoom."""
    for page in PAGES:
        read = Read(page.html)
        (html,) = read.of("html")
        assert html == {"lang": page.headers["Content-Language"], "dir": "ltr"}
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
        assert page.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{base64.b64encode(digest).decode()}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
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
            "Referrer-Policy": "no-referrer",
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
    [(("es", "en"), "es"), (("hmn", "es"), "es"), ((None, "es-US"), "es"), (("zh", ""), "en")],
)
def test_the_first_language_there_is(wanted: tuple[str | None, ...], expected: str) -> None:
    """The patient's, then the hospital's, then English."""
    assert language_for(*wanted) == expected
