"""An organization's own words: what is wrong with them, and that no patient suffers from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared_code.domain.text_message import Saying, measure
from shared_code.sms.templates import check_template
from tests.unit.builders import ENABLED
from tests.unit.sms.samples import LINK, LINKED, said

WHOLE = "{organization} {when} {link}"
WITHOUT_LINK = "{organization} {when}"
WORD = "Zauberwort"


def _own(language: str, saying: Saying, template: str) -> dict[str, Any]:
    return {"sms": replace(ENABLED, templates={language: {saying.value: template}})}


@pytest.mark.parametrize("saying", Saying)
@pytest.mark.parametrize("more", ["", "\n{contact}", " {{}}", " {when} ñ 视频", "\u2066x\u2069"])
def test_fit(saying: Saying, more: str) -> None:
    """What a text must say, and whatever else."""
    template = (WHOLE if saying in LINKED else WITHOUT_LINK) + more
    if "\u2066" in more:
        template = template.replace(more, " " + more)
    assert check_template(saying, template) == []


@pytest.mark.parametrize("saying", LINKED)
@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (f"{WORD} {{when}} {{link}}", "{organization} is missing"),
        (f"{WORD} {{organization}} {{link}}", "{when} is missing"),
        (f"{WORD} {{organization}} {{when}}", "{link} is missing"),
        (f"{WHOLE} {{{WORD}}}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{}} {WORD}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{contact!r}} {WORD}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{contact:9}} {WORD}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{contact.{WORD}}}", "only {organization}, {when}, {link} and {contact}"),
        (f"{WHOLE} {{{WORD}", "a brace is not closed or not opened"),
        (f"{WHOLE} {WORD}}}", "a brace is not closed or not opened"),
        (f"{WHOLE} {WORD}\t", "it has control characters"),
        (f"{WHOLE} {WORD}\r\n", "it has control characters"),
        (f"{WHOLE} {WORD}\u2028", "it has control characters"),
        (f"{WHOLE} {WORD}\ud800", "it has control characters"),
        (f"{WHOLE} {WORD * 100}", "it has more than 1,000 characters"),
        (f"{{organization}} {{when}} {{link}}{WORD}", "{link} must stand apart"),
        ("{organization} {when} {link}请点击", "{link} must stand apart"),
        ("{organization} {when}{link}", "{link} must stand apart"),
    ],
)
def test_unfit(saying: Saying, template: str, problem: str) -> None:
    """One sentence for one mistake, and nothing of the template in it."""
    (sentence,) = check_template(saying, template)
    assert sentence.startswith(problem)
    assert WORD not in sentence


@pytest.mark.parametrize("saying", [Saying.CANCELLED, Saying.FAREWELL])
def test_there_is_nothing_to_join(saying: Saying) -> None:
    """No link in a text that says that there is no video visit."""
    (sentence,) = check_template(saying, WHOLE)
    assert sentence.startswith("{link} must not be used")


def test_every_mistake_is_named() -> None:
    """In one go."""
    assert len(check_template(Saying.SCHEDULED, "\t{patient}")) == 5
    assert len(check_template(Saying.SCHEDULED, "")) == 3
    assert len(check_template(Saying.SCHEDULED, "\t{" + 1000 * "x")) == 3


def test_own_words_are_used() -> None:
    """For this language and occasion; the others are as they were."""
    own = _own("en", Saying.REMINDER, "Soon: {organization}, {when}\n{link}")
    assert said("en", Saying.REMINDER, first=False, **own) == (
        f"Soon: Lamna Healthcare, Wed, Jun 10, 1:30 PM CDT\n{LINK}"
    )
    assert said("en", Saying.SCHEDULED, **own) == said("en", Saying.SCHEDULED)
    assert said("es", Saying.REMINDER, **own) == said("es", Saying.REMINDER)


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh", "zh-Hans"), ("zh-TW", "zh-Hant"), ("fil", "tl"), ("PT", "pt-BR"), ("en-US", "en")],
)
def test_own_words_go_by_any_tag_of_the_language(tag: str, language: str) -> None:
    """As patients' languages do."""
    text = said(language, Saying.SCHEDULED, **_own(tag, Saying.SCHEDULED, f"{WORD} {WHOLE}"))
    assert text.startswith(WORD)


def test_own_words_are_completed() -> None:
    """With whom to call and how to stop, unless they say it themselves."""
    plain = said("en", first=True, **_own("en", Saying.SCHEDULED, WHOLE))
    assert plain.splitlines()[1:] == ["Call (608) 555-0100", "Text STOP to end"]
    calling = said("en", first=True, **_own("en", Saying.SCHEDULED, WHOLE + "\nDial {contact}"))
    assert calling.splitlines()[1:] == ["Dial (608) 555-0100", "Text STOP to end"]
    stopping = said("en", first=True, **_own("en", Saying.SCHEDULED, WHOLE + "\n回复STOP退订"))
    assert stopping.splitlines()[1:] == ["回复STOP退订", "Call (608) 555-0100"]
    gone = said("en", Saying.CANCELLED, first=False, **_own("en", Saying.CANCELLED, WITHOUT_LINK))
    assert gone.splitlines()[1:] == ["Call (608) 555-0100"]


def test_own_words_keep_their_letters() -> None:
    """Only the day loses its accents, and only where that makes the text shorter."""
    own = _own("es", Saying.REMINDER, "Mañana en {organization}: {when}\n{link}")
    assert measure(said("es", Saying.REMINDER, **own)).encoding == "GSM-7"
    own = _own("es", Saying.REMINDER, "Próxima cita en {organization}: {when}\n{link}")
    assert "Próxima cita en Lamna Healthcare: mié" in said("es", Saying.REMINDER, **own)


def test_own_arabic_words_are_set_apart_too() -> None:
    """Name, zone and telephone."""
    own = _own("ar", Saying.REMINDER, "تذكير من {organization}\n{when}\n{link}\n{contact}")
    text = said("ar", Saying.REMINDER, first=False, **own)
    assert text.splitlines()[0] == "تذكير من \u2066Lamna Healthcare\u2069"
    assert text.splitlines()[2:] == [LINK, "\u2066(608) 555-0100\u2069"]


@pytest.mark.parametrize("saying", Saying)
@pytest.mark.parametrize(
    "template",
    ["", "{", "{organization}", "{patient} " + WHOLE, WHOLE + "\x07", WHOLE + 1000 * "x", "{0}"],
)
def test_a_broken_template_is_never_sent(saying: Saying, template: str) -> None:
    """The shipped words are."""
    assert said("en", saying, **_own("en", saying, template)) == said("en", saying)


def test_a_template_that_would_lose_its_sense_is_not_sent() -> None:
    """Without a contact its only line would be left out."""
    own = _own("en", Saying.SCHEDULED, WHOLE + " or call {contact}")
    assert "or call" in said("en", **own)
    assert said("en", contact="", **own) == said("en", contact="")


def test_a_template_that_the_service_would_refuse_is_not_sent() -> None:
    """More than 2,048 bytes."""
    own = _own("zh", Saying.SCHEDULED, WHOLE + " " + 900 * "请")
    assert said("zh", **own) == said("zh")
