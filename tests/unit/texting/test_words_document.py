"""docs/words.md: its table is what the code measures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from operator import attrgetter
from pathlib import Path

from shared_code.language.segments import Length, measure
from shared_code.language.template_names import TemplateName
from tests.unit.texting.samples import LINK, SHIPPED, WORDS
from tests.world.connection import connection
from tests.world.visit import appointment

DOCUMENT = Path(__file__).parents[3] / "docs" / "words.md"
HOSPITAL = connection(
    organization_name="N" * 24, contact="(608) 555-0100", epic_zone="America/Chicago", region="US"
)


STARTS = tuple(
    datetime(2026, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=125 * number) for number in range(70)
)
"""Days and times of a year, as long and as short as they are written."""

type Lengths = Mapping[tuple[str, TemplateName], Length]


@cache
def longest(*, first: bool) -> Lengths:
    """By language and template, what the longest text of a year takes."""
    return {
        (language, template): _longest(language, template, LINK, first=first)
        for language, template in product(SHIPPED, TemplateName)
    }


def _longest(language: str, template: TemplateName, link: str, *, first: bool) -> Length:
    visits = [appointment(language=language, start=start, department=None) for start in STARTS]
    texts = [WORDS.text(template, HOSPITAL, visit, link, first=first) for visit in visits]
    return max(map(measure, texts), key=attrgetter("segments"))


def _rows() -> list[str]:
    later, first = longest(first=False), longest(first=True)
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


def test_the_first_text_is_never_shorter() -> None:
    """And has the same encoding."""
    later, first = longest(first=False), longest(first=True)
    assert all(first[key].segments >= later[key].segments for key in later)
    assert all(first[key].encoding == later[key].encoding for key in later)


def test_a_longer_link_is_counted() -> None:
    """Where there is one; the table's link is as long as a real one."""
    link = LINK + 200 * "a"
    assert _longest("en", TemplateName.SCHEDULED, link, first=True).segments == 3
    assert _longest("en", TemplateName.CANCELLED, link, first=True).segments == 1
    assert len(LINK) == 55
