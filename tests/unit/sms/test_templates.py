"""An organization's own words: used, completed, and never in the way of a text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared_code.domain.text_message import Saying, measure
from tests.unit.builders import ENABLED
from tests.unit.sms.samples import LINK, said

WHOLE = "{organization} {when} {link}"
WITHOUT_LINK = "{organization} {when}"
WORD = "Zauberwort"


def _own(language: str, saying: Saying, template: str) -> dict[str, Any]:
    return {"sms": replace(ENABLED, templates={language: {saying.value: template}})}


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
