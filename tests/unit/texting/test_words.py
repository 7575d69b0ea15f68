"""What is said on which occasion: in English and Spanish word by word, and the rules of all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared_code.errors import Refused
from shared_code.language.segments import is_gsm7
from shared_code.language.template_names import TemplateName
from shared_code.texting.adapters.wording import MessageTemplates
from tests.unit.texting.samples import LINK, SHIPPED, WORDS, said
from tests.world.connection import CONNECTION
from tests.world.visit import PHONE, REF, appointment

SATURDAY = datetime(2026, 6, 13, 18, 30, tzinfo=UTC)
FIRST = "\nCall (608) 555-0100\nText STOP to end"
ENGLISH = {
    TemplateName.SCHEDULED: f"Lamna Healthcare: Video visit Wed, Jun 10, 1:30 PM CDT\n{LINK}",
    TemplateName.CHANGED: f"Lamna Healthcare: Visit is now Wed, Jun 10, 1:30 PM CDT\n{LINK}",
    TemplateName.REMINDER: f"Lamna Healthcare visit reminder Wed, Jun 10, 1:30 PM CDT\n{LINK}",
    TemplateName.CANCELLED: (
        "Lamna Healthcare: Your video visit on Wed, Jun 10, 1:30 PM CDT is cancelled.\n"
        "Questions? Call (608) 555-0100"
    ),
    TemplateName.NO_LONGER_VIRTUAL: (
        "Lamna Healthcare: Your visit on Wed, Jun 10, 1:30 PM CDT is no longer by video.\n"
        "Questions? Call (608) 555-0100"
    ),
}


@pytest.mark.parametrize("template", TemplateName)
def test_english(template: TemplateName) -> None:
    """Who, what, when and where to click; whom to call when there is nothing to click."""
    assert said("en", template, first=False) == ENGLISH[template]


@pytest.mark.parametrize("template", TemplateName)
def test_the_first_text_also_says_whom_to_call_and_how_to_stop(template: TemplateName) -> None:
    """Below everything else; nobody is told twice whom to call."""
    linked = "https" in ENGLISH[template]
    assert said("en", template) == ENGLISH[template] + (FIRST if linked else "\nText STOP to end")


def test_spanish() -> None:
    """The same, and the carrier's keyword stays English."""
    assert said("es") == (
        "Lamna Healthcare: Videoconsulta mié 10 jun, 1:30 p.m. CDT\n"
        f"{LINK}\n"
        "Tel. (608) 555-0100\n"
        "STOP para salir"
    )


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        ("America/Chicago", "2026-01-10T18:30", "Sat, Jan 10, 12:30 PM CST"),
        ("America/Chicago", "2026-03-08T07:30", "Sun, Mar 8, 1:30 AM CST"),
        ("America/Chicago", "2026-03-08T08:30", "Sun, Mar 8, 3:30 AM CDT"),
        ("America/Chicago", "2026-11-01T06:30", "Sun, Nov 1, 1:30 AM CDT"),
        ("America/Chicago", "2026-11-01T07:30", "Sun, Nov 1, 1:30 AM CST"),
        ("America/Phoenix", "2026-06-10T18:30", "Wed, Jun 10, 11:30 AM MST"),
        ("Pacific/Honolulu", "2026-06-10T05:00", "Tue, Jun 9, 7:00 PM HST"),
        ("America/Sao_Paulo", "2026-06-10T18:30", "Wed, Jun 10, 3:30 PM UTC-3"),
        ("Asia/Kathmandu", "2026-06-10T18:30", "Thu, Jun 11, 12:15 AM UTC+5:45"),
    ],
)
def test_the_time_is_the_one_on_the_wall(zone: str, start: str, expected: str) -> None:
    """Both sides of both changes of the clocks, and zones without letters."""
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert expected in said("en", start=moment, epic_zone=zone)


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("template", TemplateName)
def test_a_visit_far_ahead_is_told_with_its_year(template: TemplateName, language: str) -> None:
    """
    Ten months after the newest message a date could be taken for the year before. A reminder
    comes shortly before the visit and says no year.
    """
    far = datetime(2027, 4, 10, 18, 30, tzinfo=UTC)
    near = datetime(2027, 3, 1, 18, 30, tzinfo=UTC)
    reminds = template is TemplateName.REMINDER
    assert ("2027" in said(language, template, start=far)) is not reminds
    assert "2027" not in said(language, template, start=near)


def test_a_department_has_its_own_zone() -> None:
    """Patients read the time of their department."""
    zones = {"10501101": "America/Denver"}
    assert "12:30 PM MDT" in said("en", display_zones=zones)


def test_the_region_decides_how_a_time_is_written() -> None:
    """As people there write it; a region that is unknown for the language changes nothing."""
    assert "1:30 p.m. CDT" in said("en", region="CA")
    assert "10 jun, 13:30 CDT" in said("es", region="ES")
    assert "13 h 30 CDT" in said("fr", region="CA")
    assert said("es", region="CA") == said("es", region="US")


def test_a_letter_outside_the_alphabet_loses_its_accent() -> None:
    """Saturday in Spanish would double the length of everything."""
    text = said("es", start=SATURDAY)
    assert "Videoconsulta sab 13 jun" in text
    assert is_gsm7(text)


def test_an_organizations_name_is_never_changed() -> None:
    """Where the name needs sixteen bits anyway, the day keeps its accent too."""
    text = said("es", start=SATURDAY, organization_name="Clínica Ótima")
    assert text.startswith("Clínica Ótima: Videoconsulta sáb 13 jun")


@pytest.mark.parametrize(
    ("language", "configured", "expected"),
    [
        ("hmn", "es", "Videoconsulta"),
        (None, "es", "Videoconsulta"),
        ("ES", "en", "Videoconsulta"),
        ("es-MX", "en", "Videoconsulta"),
        ("hmn", "de", "Video visit"),
        (None, "", "Video visit"),
        ("../en", "en", "Video visit"),
        ("zh", "en", "视频就诊"),
        ("zh-CN", "en", "视频就诊"),
        ("zh-Hant", "en", "視訊看診"),
        ("zh-TW", "en", "視訊看診"),
        ("zh_HK", "en", "視訊看診"),
        ("fil", "en", "STOP para itigil"),
        ("pt-PT", "en", "STOP para sair"),
    ],
)
def test_an_unknown_language_is_the_connections_or_english(
    language: str | None, configured: str, expected: str
) -> None:
    """The patient's, then the hospital's, then English."""
    visit = appointment(language=language)
    hospital = replace(CONNECTION, language=configured)
    assert expected in WORDS.text(TemplateName.SCHEDULED, hospital, visit, LINK, first=True)


def test_braces_in_a_name_mean_nothing() -> None:
    """A name is a value, never a template."""
    assert said("en", organization_name="{link} {0} {").startswith("{link} {0} {: Video visit")


def test_the_words_are_the_same_every_time() -> None:
    """A repeated request must have the same body."""
    texts = {
        MessageTemplates().text(TemplateName.SCHEDULED, CONNECTION, appointment(), LINK, first=True)
        for _ in range(3)
    }
    assert texts == {said("en")}


@pytest.mark.parametrize("template", TemplateName)
def test_without_a_start_there_is_nothing_to_say(template: TemplateName) -> None:
    """Refused, as the link is."""
    with pytest.raises(Refused):
        WORDS.text(template, CONNECTION, appointment(start=None), LINK, first=True)


@pytest.mark.parametrize("language", ["en", "ar", "zh"])
@pytest.mark.parametrize("template", TemplateName)
def test_nothing_of_the_patient_is_said(language: str, template: TemplateName) -> None:
    """No key, number, department or patient gets into the words."""
    visit = appointment(language=language, patients=("1-patient",), key="CSN-36996")
    text = WORDS.text(template, CONNECTION, visit, LINK, first=True)
    forbidden = (PHONE, PHONE[2:], "36996", "10501101", "1-patient", REF.row, "3fa9c1d2")
    assert [each for each in forbidden if each in text] == []


@pytest.mark.parametrize(
    "template",
    [
        "{organization} {when} {link} {patient}",
        "{organization} {when}",
        "{organization.__class__} {when} {link}",
        "{organization!r} {when} {link}",
        "{organization:>99} {when} {link}",
        "{organization} {when} {link} {}",
        "{organization} {when} {link",
        " ",
    ],
)
def test_a_sentence_with_a_wrong_variable_stops_the_start(template: str, tmp_path: Path) -> None:
    """Found when the words are made, not when a text is due."""
    folder = tmp_path / "en"
    folder.mkdir()
    shipped = (
        Path(__file__).parents[3]
        / "shared_code"
        / "texting"
        / "adapters"
        / "languages"
        / "en"
        / "texts.toml"
    )
    text = shipped.read_text(encoding="utf-8")
    before, _, after = text.partition("scheduled = ")
    rest = after[after.index("changed = ") :]
    (folder / "texts.toml").write_text(f"{before}scheduled = '{template}'\n{rest}", "utf-8")
    with pytest.raises(ValueError, match=r"^en/texts\.toml: scheduled "):
        MessageTemplates(tmp_path)


@pytest.mark.parametrize(
    ("name", "contact", "said_as"),
    [
        ("St. Mary’s Clinic", "(608) 555-0100", "St. Mary's Clinic"),
        ("“Lamna” Healthcare", "(608) 555-0100", '"Lamna" Healthcare'),
        ("Lamna – Healthcare", "(608) 555-0100", "Lamna - Healthcare"),
        ("Lamna\u00a0Healthcare", "608\u2011555\u20110100", "Lamna Healthcare"),
        ("Lamna Health®", "(608)\u202f555\u2013\u200b0100", "Lamna Health"),
        ("Lamna\tHealthcare", "(608) 555-0100", "Lamna Healthcare"),
        *(
            (f"Lamna{blank}Healthcare", f"(608){blank}555-0100", "Lamna Healthcare")
            for blank in "\u1680\u2000\u2001\u2004\u2005\u2006\u2008\u205f\u3000\u2028"
        ),
        *(
            (f"Lamna{unseen} Healthcare", f"{unseen}(608) 555-0100", "Lamna Healthcare")
            for unseen in "\u200b\u200e\u200f\u202a\u2066\u2069\u00ad\ufeff\u180e"
        ),
        ("Kapi\u02bbolani Clinic", "(808) 555-0100", "Kapi'olani Clinic"),
        ("Lamna\u00ae\ufe0f Healthcare", "(608) 555-0100", "Lamna Healthcare"),
        ("Lamna © Healthcare", "(608)\u2e3a555\ufe630100", "Lamna  Healthcare"),
        ("Ｌａｍｎａ　Ｈｅａｌｔｈｃａｒｅ", "(608) 555-0100", "Lamna Healthcare"),
        ("Lamna O\ufb03ce N\u00ba 2", "(608) 555-0100", "Lamna Office No 2"),
        ("Cafe\u0301 Lamna", "(608) 555-0100", "Café Lamna"),
        ("Nin\u0303os – Lamna", "(608) 555-0100", "Niños - Lamna"),
    ],
)
def test_marks_of_a_name_become_plain(name: str, contact: str, said_as: str) -> None:
    """One of them would make every part of every text 70 instead of 160."""
    text = said("en", organization_name=name, contact=contact)

    assert is_gsm7(text)
    assert said_as in text


def test_names_keep_their_letters_and_other_texts_their_marks() -> None:
    """A letter is part of the name; where one is left anyway, a mark costs nothing."""
    assert "Clínica" in said("en", organization_name="Clínica Lamna")
    assert "Clínica" in said("en", organization_name="Cli\u0301nica Lamna")
    assert "Clínica “Lamna”" in said("en", organization_name="Clínica “Lamna”")
    assert "“Lamna”" in said("zh", organization_name="“Lamna”")
