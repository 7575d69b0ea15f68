"""Every shipped language, on every occasion: complete, short, readable from its own side."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from shared_code.language.segments import Length, measure
from shared_code.language.template_names import TemplateName
from shared_code.texting.adapters.wording import MessageTemplates
from shared_code.texting.domain.template import VARIABLES
from tests.unit.texting.samples import GSM7, LINK, LINKED, SHIPPED, UCS2, said
from tests.world.connection import CONNECTION
from tests.world.visit import appointment

FOLDER = Path(__file__).parents[3] / "shared_code" / "texting" / "adapters" / "languages"
OCCASIONS = list(product(SHIPPED, TemplateName, (True, False)))
NAME, CONTACT = "N" * 24, "(608) 555-0100"
"""Of the longest length for which a single part is promised."""
ZONES = [
    *product(["US"], ["America/New_York", "America/Phoenix", "America/Anchorage"]),
    *product(["CA"], ["America/Toronto", "America/Vancouver", "America/St_Johns"]),
]
YEAR = [datetime(2026, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=59 * n) for n in range(149)]
OPENING, CLOSING = "\u2066\u2067\u2068", "\u2069"
FORBIDDEN = r"(?i)\b(patient|paciente|dr|doctor|doctora|docteur|pasyente|provider|clinician)\b"


def test_these_are_shipped() -> None:
    """A folder each."""
    assert sorted(path.parent.name for path in FOLDER.glob("*/texts.toml")) == SHIPPED


@pytest.mark.parametrize(("language", "template", "first"), OCCASIONS)
def test_a_text_is_complete(language: str, template: TemplateName, first: bool) -> None:
    """Who, the zone, the link where there is one, whom to call and STOP where they are due."""
    text = said(language, template, first=first, organization_name=NAME)
    assert NAME in text
    assert re.search(r"\bCDT\b", text)
    assert text.splitlines().count(LINK) == (1 if template in LINKED else 0)
    assert ("http" in text) == (template in LINKED)
    assert text.count(CONTACT) == (1 if first or template not in LINKED else 0)
    assert len(re.findall(r"\bSTOP\b", text)) == (1 if first else 0)


@pytest.mark.parametrize(("language", "template", "first"), OCCASIONS)
def test_a_text_names_nobody(language: str, template: TemplateName, first: bool) -> None:
    """No brace is left, and no template speaks of a patient or clinician."""
    text = said(language, template, first=first)
    assert set("{}").isdisjoint(text)
    assert re.search(FORBIDDEN, text) is None


@pytest.mark.parametrize(("language", "template", "first"), OCCASIONS)
def test_without_a_contact_nobody_is_told_to_call_nothing(
    language: str, template: TemplateName, first: bool
) -> None:
    """The line is left out; the others stay."""
    usual = said(language, template, first=first)
    lines = [line for line in usual.splitlines() if CONTACT not in line]
    for empty in ("", "  "):
        assert said(language, template, first=first, contact=empty).splitlines() == lines


@pytest.mark.parametrize(("language", "template"), list(product(GSM7, TemplateName)))
def test_one_segment_on_every_day_of_the_year(language: str, template: TemplateName) -> None:
    """The first text too, with a name of 24 letters, at hours of one and of two digits."""
    for region, zone in ZONES:
        for start in YEAR:
            text = said(
                language,
                template,
                start=start,
                organization_name=NAME,
                epic_zone=zone,
                region=region,
            )
            assert measure(text) == Length("GSM-7", 1), text


@pytest.mark.parametrize(("language", "template"), list(product(UCS2, TemplateName)))
def test_three_segments_at_most_in_the_other_alphabets(
    language: str, template: TemplateName
) -> None:
    """The same for those of which 67 letters make a part."""
    for region, zone in ZONES:
        for start in YEAR:
            text = said(
                language,
                template,
                start=start,
                organization_name=NAME,
                epic_zone=zone,
                region=region,
            )
            length = measure(text)
            assert length.encoding == "UCS-2"
            assert length.segments <= 3, text


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("region", ["US", "CA", "SA", "EG", "IN", "TW", "BR", "HT", "ZZ"])
def test_digits_and_spaces_are_the_ordinary_ones(language: str, region: str) -> None:
    """Readable by every phone; the locale data's narrow spaces would double the length."""
    for template in TemplateName:
        text = said(language, template, region=region)
        assert {each for each in text if each.isdigit()} <= set("0123456789")
        assert set(re.findall(r"\s", text)) <= {" ", "\n"}
        assert re.search(r"(?<!\d)1:30|13:30|13 h 30", text)


@pytest.mark.parametrize(("language", "template", "first"), OCCASIONS)
def test_what_runs_from_left_to_right_is_set_apart(
    language: str, template: TemplateName, first: bool
) -> None:
    """In Arabic only: name, zone and telephone; the link has a line of its own and no marks."""
    text = said(language, template, first=first)
    marks = "".join(each for each in text if each in OPENING + CLOSING)
    if language != "ar":
        assert marks == ""
        return
    assert marks == (OPENING[0] + CLOSING) * text.count(CLOSING)
    for value in ("Lamna Healthcare", "CDT", CONTACT):
        assert text.count(value) == text.count(f"\u2066{value}\u2069")


@pytest.mark.parametrize(("template", "first"), list(product(TemplateName, (True, False))))
def test_every_arabic_line_begins_at_the_right(template: TemplateName, first: bool) -> None:
    """Its first letter outside the marks decides (UAX 9, P2); the link's line has none of them."""
    for line in said("ar", template, first=first).splitlines():
        if line != LINK:
            outside = re.sub("\u2066[^\u2069]*\u2069", "", line)
            strong = [unicodedata.bidirectional(each) for each in outside if each.isalpha()]
            assert strong[0] == "AL", line


def test_an_arabic_name_keeps_its_own_direction() -> None:
    """Whatever it begins with."""
    text = said("ar", organization_name="مستشفى Lamna", contact="")
    assert text.startswith("\u2068مستشفى Lamna\u2069: ")


@pytest.mark.parametrize("language", SHIPPED)
def test_the_files_say_how_they_are_written(language: str) -> None:
    """Direction, and one line for the link in everything that has one."""
    phrases = tomllib.loads((FOLDER / language / "texts.toml").read_text(encoding="utf-8"))
    assert phrases["direction"] == ("rtl" if language == "ar" else "ltr")
    assert re.search(r"\bSTOP\b", phrases["stop"])
    for template in TemplateName:
        assert ("{link}" in phrases[template].splitlines()) == (template in LINKED)
        assert set(re.findall(r"\{(\w*)\}", phrases[template])) <= VARIABLES


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", "الأربعاء 10 يونيو، 1:30 م \u2066CDT\u2069"),
        ("en", "Wed, Jun 10, 1:30 PM CDT"),
        ("es", "mié 10 jun, 1:30 p.m. CDT"),
        ("fr", "mer. 10 juin, 13:30 CDT"),
        ("ht", "mèk 10 jen, 1:30 PM CDT"),
        ("ko", "6월 10일 (수) 오후 1:30 CDT"),
        ("pt", "qua. 10 jun., 13:30 CDT"),
        ("ru", "ср, 10 июня, 13:30 CDT"),
        ("tl", "Miy, Hun 10, 1:30 PM CDT"),
        ("vi", "13:30 CDT, Thứ Tư, 10 tháng 6"),
        ("zh-Hans", "6月10日 周三 13:30 CDT"),
        ("zh-Hant", "6月10日 週三 下午1:30 CDT"),
    ],
)
def test_the_moment_as_people_write_it(language: str, expected: str) -> None:
    """Day, date, time and zone."""
    for template in TemplateName:
        assert expected in said(language, template)


def test_another_language_is_a_folder(tmp_path: Path) -> None:
    """Without a line of code."""
    for tag in ("en", "de"):
        (tmp_path / tag).mkdir()
        text = (FOLDER / "en" / "texts.toml").read_text(encoding="utf-8")
        german = text.replace("en_US", "de_DE").replace("Video visit", "Videotermin")
        (tmp_path / tag / "texts.toml").write_text(german if tag == "de" else text, "utf-8")
    words = MessageTemplates(tmp_path)
    visit = appointment(language="de-AT")
    text = words.text(TemplateName.SCHEDULED, CONNECTION, visit, LINK, first=True)
    assert text.startswith("Lamna Healthcare: Videotermin Mi., Juni 10, 13:30 CDT")
