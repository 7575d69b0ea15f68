"""docs/words.md: its table is what the code measures."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from shared_code.language.template_names import TemplateName
from shared_code.texting.adapters.wording import SAMPLE_LINK
from tests.unit.texting.samples import SHIPPED, WORDS
from tests.world.connection import connection

DOCUMENT = Path(__file__).parents[3] / "docs" / "words.md"
HOSPITAL = connection(
    organization_name="N" * 24, contact="(608) 555-0100", epic_zone="America/Chicago", region="US"
)


def _rows() -> list[str]:
    later = WORDS.segments_by_language(HOSPITAL, first=False)
    first = WORDS.segments_by_language(HOSPITAL, first=True)
    return [
        f"| `{language}` | {length.encoding} | `{template}` | "
        f"{length.segments} | {first[language, template].segments} |"
        for (language, template), length in later.items()
    ]


def test_the_table_is_what_is_measured() -> None:
    """Language, encoding, what is said, parts of a later text and of the first."""
    written = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `[\w-]+` \| (?:GSM-7|UCS-2) \|.*$", written, re.MULTILINE)
    assert rows == _rows()


def test_every_language_and_saying_is_measured() -> None:
    """With one encoding for a language, and never shorter with the first part."""
    later = WORDS.segments_by_language(HOSPITAL, first=False)
    first = WORDS.segments_by_language(HOSPITAL, first=True)
    assert set(later) == set(first) == set(product(SHIPPED, TemplateName))
    assert all(first[key].segments >= later[key].segments for key in later)
    assert all(first[key].encoding == later[key].encoding for key in later)


def test_a_longer_link_is_counted() -> None:
    """As the portal will ask for it."""
    long = WORDS.segments_by_language(HOSPITAL, SAMPLE_LINK + 200 * "a", first=True)
    assert long["en", TemplateName.SCHEDULED].segments == 3
    assert long["en", TemplateName.CANCELLED].segments == 1
    assert len(SAMPLE_LINK) == 55
