"""Days, months and zones where the locale data has none, or not the right ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared_code.language import dates
from shared_code.language.names import Names, read_names

SUNDAY = datetime(2026, 2, 8, 7, 5, tzinfo=UTC)
DAYS = '["1", "2", "3", "4", "5", "6", "7"]'


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        (1, "jedi 1 janvye 2026"),
        (2, "dimanch 1 fevriye 2026"),
        (3, "dimanch 1 mas 2026"),
        (4, "mèkredi 1 avril 2026"),
        (5, "vandredi 1 me 2026"),
        (6, "lendi 1 jen 2026"),
        (7, "mèkredi 1 jiyè 2026"),
        (8, "samdi 1 out 2026"),
        (9, "madi 1 septanm 2026"),
        (10, "jedi 1 oktòb 2026"),
        (11, "dimanch 1 novanm 2026"),
        (12, "madi 1 desanm 2026"),
    ],
)
def test_haitian_creole_is_not_french(month: int, expected: str) -> None:
    """The locale data has French names for it."""
    locale = dates.locale_for("ht", "US", "ht_HT")
    assert dates.full_date(datetime(2026, month, 1, 18, tzinfo=UTC), locale) == expected


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("America/New_York", "Lè nòmal Lès", "Lè ete Lès"),
        ("America/Chicago", "Lè nòmal Santral", "Lè ete Santral"),
        ("America/Denver", "Lè nòmal Mòn yo", "Lè ete Mòn yo"),
        ("America/Los_Angeles", "Lè nòmal Pasifik", "Lè ete Pasifik"),
        ("America/Anchorage", "Lè nòmal Alaska", "Lè ete Alaska"),
        ("America/Halifax", "Lè nòmal Atlantik", "Lè ete Atlantik"),
        ("America/Puerto_Rico", "Lè nòmal Atlantik", "Lè nòmal Atlantik"),
        ("Pacific/Honolulu", "Lè nòmal Awayi", "Lè nòmal Awayi"),
    ],
)
def test_its_zones(zone: str, winter: str, summer: str) -> None:
    """Those of the United States."""
    locale = dates.locale_for("ht", "US", "ht_HT")
    for month, expected in ((1, winter), (7, summer)):
        there = dates.local(datetime(2026, month, 10, 18, tzinfo=UTC), zone)
        assert dates.zone_name(there, locale) == expected


def test_another_zone_has_the_name_of_the_locale_data() -> None:
    """Better French than nothing."""
    there = dates.local(SUNDAY, "Asia/Tokyo")
    assert "Japon" in dates.zone_name(there, dates.locale_for("ht", "US", "ht_HT"))


@pytest.mark.parametrize(
    ("hour", "expected"),
    [(0, "오전 12:05"), (9, "오전 9:05"), (12, "오후 12:05"), (23, "오후 11:05")],
)
def test_korean_halves_of_the_day(hour: int, expected: str) -> None:
    """Not AM and PM."""
    there = datetime(2026, 2, 8, hour, 5, tzinfo=UTC)
    assert dates.time_of_day(there, dates.locale_for("ko", "US", "ko_KR")) == expected


def test_no_file_no_names() -> None:
    """The locale data serves most languages."""
    assert dates.own_names("fr") == Names()
    assert Names().written_into("EEEE, EEE d MMMM MMM", SUNDAY) == "EEEE, EEE d MMMM MMM"


def test_names_are_only_names() -> None:
    """Quoted, so that no letter of them is read as a pattern."""
    names = Names(days=("",) * 6 + ("d'Ay",), short_months=("", "Mon") + ("",) * 10)
    assert names.written_into("EEEE d MMM y", SUNDAY) == "'d''Ay' d 'Mon' y"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("days", "not TOML in UTF-8"),
        ('other = "x"', "unknown: other"),
        ('days = ["a"]', "days is not what it should be"),
        (f'days = "{7 * "x"}"', "days is not what it should be"),
        (f"days = {DAYS.replace('"7"', '" "')}", "days is not what it should be"),
        (f"months = {DAYS}", "months is not what it should be"),
        ("time = 5", "time is not what it should be"),
        ('full_date = " "', "full_date is not what it should be"),
        ('zones = "x"', "zones is not what it should be"),
        ("zones.x = 5", "zones is not what it should be"),
    ],
)
def test_a_mistake_names_its_place(content: str, problem: str, tmp_path: Path) -> None:
    """Language, file and name."""
    file = tmp_path / "names.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"^{tmp_path.name}/names\.toml: {problem}$"):
        read_names(file)


def test_a_part_is_enough(tmp_path: Path) -> None:
    """Whatever is not said is as the locale data has it."""
    file = tmp_path / "names.toml"
    file.write_text(f"short_days = {DAYS}", encoding="utf-8")
    assert read_names(file) == Names(short_days=tuple("1234567"))
