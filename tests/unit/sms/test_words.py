"""What a confirmation says in each language, and that it costs one segment."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared_code.domain.appointment import Appointment, EventOrder, Status, Version
from shared_code.domain.text_message import Length, is_gsm7, measure
from shared_code.errors import Refused
from shared_code.sms.words import Words
from tests.unit.builders import CONNECTION, NOW, PHONE, REF, START, connection

LINK = "https://visits.example.org/v/" + "abcdefghijklmnopqrstuvwxyz"
WORDS = Words()
SATURDAY = datetime(2026, 6, 13, 18, 30, tzinfo=UTC)
ZONES = ("America/New_York", "America/Chicago", "America/Phoenix", "America/Anchorage")


def _appointment(language: str | None = "en", start: datetime = START) -> Appointment:
    order = EventOrder(NOW, None, NOW)
    return Appointment(
        REF,
        "36996",
        Status.ACTIVE,
        Version(1, "3fa9c1d2"),
        order,
        start=start,
        department="10501101",
        language=language,
        virtual=True,
        phone=PHONE,
    )


def _said(language: str | None = "en", start: datetime = START, **changes: object) -> str:
    return WORDS.confirmation(connection(**changes), _appointment(language, start), LINK)


def test_english() -> None:
    """Who, when, where to click, whom to call, how to stop."""
    assert _said("en") == (
        "Lamna Healthcare: Video visit Wed, Jun 10, 1:30 PM CDT\n"
        f"{LINK}\n"
        "Call (608) 555-0100\n"
        "Reply STOP to end"
    )


def test_spanish() -> None:
    """The same, and the carrier's keyword stays English."""
    assert _said("es") == (
        "Lamna Healthcare: Videoconsulta mié 10 jun, 1:30 p.m. CDT\n"
        f"{LINK}\n"
        "Tel. (608) 555-0100\n"
        "STOP para salir"
    )


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("region", ["US", "CA"])
def test_one_segment_on_every_day_of_the_year(language: str, zone: str, region: str) -> None:
    """With a name of 24 letters, at hours of one and of two digits."""
    hospital = connection(organization_name="N" * 24, epic_zone=zone, region=region)
    longest = 0
    for hour in range(0, 366 * 24, 11):
        start = datetime(2026, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=hour)
        said = WORDS.confirmation(hospital, _appointment(language, start), LINK)
        assert measure(said) == Length("GSM-7", 1)
        longest = max(longest, len(said))
    assert longest > 150


@pytest.mark.parametrize("language", ["en", "es"])
def test_only_ordinary_spaces(language: str) -> None:
    """The locale data's narrow spaces would make it two or three segments."""
    assert set(re.findall(r"\s", _said(language))) == {" ", "\n"}


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
    assert expected in _said("en", moment, epic_zone=zone)


def test_a_department_has_its_own_zone() -> None:
    """Patients read the time of their department."""
    zones = {"10501101": "America/Denver"}
    assert "12:30 PM MDT" in _said("en", display_zones=zones)


def test_the_region_decides_how_a_time_is_written() -> None:
    """As people there write it; a region that is unknown for the language changes nothing."""
    assert "1:30 p.m. CDT" in _said("en", region="CA")
    assert "10 jun, 13:30 CDT" in _said("es", region="ES")
    assert _said("es", region="CA") == _said("es", region="US")


def test_a_letter_outside_the_alphabet_loses_its_accent() -> None:
    """Saturday in Spanish would double the length of everything."""
    said = _said("es", SATURDAY)
    assert "Videoconsulta sab 13 jun" in said
    assert is_gsm7(said)


def test_an_organizations_name_is_never_changed() -> None:
    """Where the name needs sixteen bits anyway, the day keeps its accent too."""
    said = _said("es", SATURDAY, organization_name="Clínica Ótima")
    assert said.startswith("Clínica Ótima: Videoconsulta sáb 13 jun")


@pytest.mark.parametrize(
    ("language", "configured", "expected"),
    [
        ("hmn", "es", "Videoconsulta"),
        (None, "es", "Videoconsulta"),
        ("ES", "en", "Videoconsulta"),
        ("es-MX", "en", "Videoconsulta"),
        ("hmn", "zh", "Video visit"),
        (None, "", "Video visit"),
        ("../en", "en", "Video visit"),
    ],
)
def test_an_unknown_language_is_the_connections_or_english(
    language: str | None, configured: str, expected: str
) -> None:
    """The patient's, then the hospital's, then English."""
    said = WORDS.confirmation(connection(language=configured), _appointment(language), LINK)
    assert expected in said


@pytest.mark.parametrize("language", ["en", "es"])
def test_without_a_contact_the_line_is_left_out(language: str) -> None:
    """Nobody is told to call nothing."""
    lines = _said(language, contact="").splitlines()
    assert len(lines) == 3
    assert "STOP" in lines[-1]


def test_braces_in_a_name_mean_nothing() -> None:
    """A name is a value, never a template."""
    assert _said("en", organization_name="{link} {0} {").startswith("{link} {0} {: Video visit")


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_of_the_patient_is_said(language: str) -> None:
    """No key, number, department or patient gets into the words."""
    secret = replace(_appointment(language), patient="1-patient", key="CSN-36996")
    said = WORDS.confirmation(CONNECTION, secret, LINK)
    forbidden = (PHONE, PHONE[2:], "36996", "10501101", "1-patient", REF.row, "3fa9c1d2")
    assert [each for each in forbidden if each in said] == []


def test_the_words_are_the_same_every_time() -> None:
    """A repeated request must have the same body."""
    assert {Words().confirmation(CONNECTION, _appointment(), LINK) for _ in range(3)} == {
        _said("en")
    }


def test_without_a_start_there_is_nothing_to_say() -> None:
    """Refused, as the link is."""
    with pytest.raises(Refused):
        WORDS.confirmation(CONNECTION, replace(_appointment(), start=None), LINK)


@pytest.mark.parametrize(
    "confirmation",
    [
        "{organization} {when} {link} {contact} {patient}",
        "{organization} {when} {link}",
        "{organization.__class__} {when} {link} {contact}",
        "{organization!r} {when} {link} {contact}",
        "{organization:>99} {when} {link} {contact}",
        "{organization} {when} {link} {contact} {}",
        "{organization} {when} {link} {contact",
        " ",
    ],
)
def test_a_template_with_a_wrong_variable_stops_the_start(
    confirmation: str, tmp_path: Path
) -> None:
    """Found when the words are made, not when a text is due."""
    folder = tmp_path / "en"
    folder.mkdir()
    lines = ('locale = "en_US"', 'date = "EEE, MMM d"', f"confirmation = '{confirmation}'")
    (folder / "texts.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ValueError, match=r"^en/texts\.toml: confirmation "):
        Words(tmp_path)
