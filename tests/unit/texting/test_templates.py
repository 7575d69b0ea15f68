"""An organization's own words: used, completed, and never in the way of a text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared_code.language.segments import measure
from shared_code.language.template_names import TemplateName
from tests.unit.texting.samples import LINK, said
from tests.world.connection import ENABLED

WHOLE = "{organization} {when} {link}"
WITHOUT_LINK = "{organization} {when}"
WORD = "Zauberwort"


def _own(language: str, name: TemplateName, template: str) -> dict[str, Any]:
    return {"sms": replace(ENABLED, templates={language: {name.value: template}})}


def test_own_words_are_used() -> None:
    """For this language and occasion; the others are as they were."""
    own = _own("en", TemplateName.REMINDER, "Soon: {organization}, {when}\n{link}")
    assert said("en", TemplateName.REMINDER, first=False, **own) == (
        f"Soon: Lamna Healthcare, Wed, Jun 10, 1:30 PM CDT\n{LINK}"
    )
    assert said("en", TemplateName.SCHEDULED, **own) == said("en", TemplateName.SCHEDULED)
    assert said("es", TemplateName.REMINDER, **own) == said("es", TemplateName.REMINDER)


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh", "zh-Hans"), ("zh-TW", "zh-Hant"), ("fil", "tl"), ("PT", "pt-BR"), ("en-US", "en")],
)
def test_own_words_go_by_any_tag_of_the_language(tag: str, language: str) -> None:
    """As patients' languages do."""
    text = said(
        language, TemplateName.SCHEDULED, **_own(tag, TemplateName.SCHEDULED, f"{WORD} {WHOLE}")
    )
    assert text.startswith(WORD)


def test_own_words_are_completed() -> None:
    """With whom to call and how to stop, unless they say it themselves."""
    plain = said("en", first=True, **_own("en", TemplateName.SCHEDULED, WHOLE))
    assert plain.splitlines()[1:] == ["Call (608) 555-0100", "Text STOP to end"]
    calling = said(
        "en", first=True, **_own("en", TemplateName.SCHEDULED, WHOLE + "\nDial {contact}")
    )
    assert calling.splitlines()[1:] == ["Dial (608) 555-0100", "Text STOP to end"]
    stopping = said(
        "en", first=True, **_own("en", TemplateName.SCHEDULED, WHOLE + "\n回复STOP退订")
    )
    assert stopping.splitlines()[1:] == ["回复STOP退订", "Call (608) 555-0100"]
    gone = said(
        "en",
        TemplateName.CANCELLED,
        first=False,
        **_own("en", TemplateName.CANCELLED, WITHOUT_LINK),
    )
    assert gone.splitlines()[1:] == ["Call (608) 555-0100"]


def test_own_words_keep_their_letters() -> None:
    """Only the day loses its accents, and only where that makes the text shorter."""
    own = _own("es", TemplateName.REMINDER, "Mañana en {organization}: {when}\n{link}")
    assert measure(said("es", TemplateName.REMINDER, **own)).encoding == "GSM-7"
    own = _own("es", TemplateName.REMINDER, "Próxima cita en {organization}: {when}\n{link}")
    assert "Próxima cita en Lamna Healthcare: mié" in said("es", TemplateName.REMINDER, **own)


def test_own_arabic_words_are_set_apart_too() -> None:
    """Name, zone and telephone."""
    own = _own("ar", TemplateName.REMINDER, "تذكير من {organization}\n{when}\n{link}\n{contact}")
    text = said("ar", TemplateName.REMINDER, first=False, **own)
    assert text.splitlines()[0] == "تذكير من \u2066Lamna Healthcare\u2069"
    assert text.splitlines()[2:] == [LINK, "\u2066(608) 555-0100\u2069"]


@pytest.mark.parametrize("name", TemplateName)
@pytest.mark.parametrize(
    "template",
    ["", "{", "{organization}", "{patient} " + WHOLE, WHOLE + "\x07", WHOLE + 1000 * "x", "{0}"],
)
def test_a_broken_template_is_never_sent(name: TemplateName, template: str) -> None:
    """The shipped words are."""
    assert said("en", name, **_own("en", name, template)) == said("en", name)


def test_a_template_that_would_lose_its_sense_is_not_sent() -> None:
    """Without a contact its only line would be left out."""
    own = _own("en", TemplateName.SCHEDULED, WHOLE + " or call {contact}")
    assert "or call" in said("en", **own)
    assert said("en", contact="", **own) == said("en", contact="")


def test_a_template_that_the_service_would_refuse_is_not_sent() -> None:
    """More than 2,048 bytes."""
    own = _own("zh", TemplateName.SCHEDULED, WHOLE + " " + 900 * "请")
    assert said("zh", **own) == said("zh")
