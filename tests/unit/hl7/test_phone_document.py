"""docs/connections.md says how a number is chosen; an analyst checks messages by it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared_code.connections.domain import GUARDIANS
from shared_code.hl7 import phone_words
from shared_code.hl7.phones import PhoneRules, normalise, pick_number

_PAGE = (Path(__file__).parents[3] / "docs" / "connections.md").read_text(encoding="utf-8")
_SECTION = _PAGE.split("## How a number is chosen")[1].split("\n## ")[0]
_ROWS = [re.split(r" ?\| ?", line)[1:-1] for line in _SECTION.splitlines() if line[:3] == "| `"]
ALLOWED = frozenset({"US", "CA"})


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("mobile", phone_words.MOBILE),
        ("home", phone_words.HOME),
        ("work", phone_words.WORK),
        ("another one", phone_words.OTHER),
        ("none", phone_words.HARMLESS),
    ],
)
def test_the_page_lists_every_word(mark: str, words: frozenset[str]) -> None:
    (row,) = (line for line in _SECTION.splitlines() if line.startswith(f"| {mark} | `"))

    assert set(re.findall("`([A-Z]+)`", row)) == {word.upper() for word in words}


@pytest.mark.parametrize(("field", "texted"), [(row[0], row[1]) for row in _ROWS])
def test_the_examples_of_the_page_are_so(field: str, texted: str) -> None:
    telecoms = [each.split("^") for each in field.strip("`").split("~")]

    found = pick_number(telecoms, PhoneRules("US", ALLOWED, mobile=frozenset({"1"})))

    assert found == (None if texted == "none" else normalise(texted.strip("`"), "US", ALLOWED))
    assert len(_ROWS) == 8


def test_the_page_lists_the_usual_guardians() -> None:
    minors = " ".join(_PAGE.split("## Minors")[1].split("\n## ")[0].split())

    assert all(f"`{one}`" in minors or f"*{one.lower()}*" in minors for one in GUARDIANS)
