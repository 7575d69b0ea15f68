"""The places of a telecom in which one number stands, and what makes them disagree."""

from __future__ import annotations

from typing import Any

import pytest

from shared_code.hl7.phones import PhoneRules, organizations_numbers, pick_number
from shared_code.hl7.schedule_event import Deleted

ALLOWED = frozenset({"US", "CA"})
NUMBER = "+16085550142"


def _xtn(text: str) -> list[str]:
    return text.split("^")


def _pick(field: str, **rules: Any) -> str | Deleted | None:
    return pick_number(map(_xtn, field.split("~")), PhoneRules("US", ALLOWED, **rules))


@pytest.mark.parametrize(
    "telecom",
    [
        "555-0199^PRN^CP^^1^608^5550142",
        "(608)555-01422^PRN^CP^^1^608^5550142",
        "(608)555-014^PRN^CP^^1^608^5550142",
        "(414)^PRN^CP^^1^608^5550142",
        "5550199^^CP^^^^^^^^^+16085550142",
        "(608)555-0142^PRN^CP^^1^414",
        "(608)555-0142^PRN^CP^^1^^5550143",
        "(608)555-0142^PRN^CP^^1^414^5550142 5",
        "42^PRN^CP^^1^608^5550142",
        "608555^PRN^CP^^1^608^5550142",
        "+16085550142^PRN^CP^^52",
        "+16085550142^PRN^CP^^MEX",
        "+52 55 1234 5678^PRN^CP^^1^608^5550142",
    ],
)
def test_places_that_disagree_name_no_number(telecom: str) -> None:
    """Even where one of them holds no whole number."""
    assert _pick(telecom) is None
    assert _pick(f"{telecom}~(608)555-0101^P^H") == "+16085550101"


@pytest.mark.parametrize(
    "telecom",
    [
        "555-0142^PRN^CP^^1^608^5550142",
        "(608)^PRN^CP^^1^608^5550142",
        "(608)555-0142^PRN^CP^^1^608",
        "(608)555-0142^PRN^CP^^1^^555-0142",
        '(608)555-0142^PRN^CP^^1^""^5550142',
        "+16085550142^PRN^CP^^US^608",
        "cell^PRN^CP^^1^608^5550142",
        "1^PRN^CP^^^^^^^^^+16085550142"[1:],
    ],
)
def test_places_that_agree_name_one(telecom: str) -> None:
    """A part of the number is its area code, or its end."""
    assert _pick(telecom) == NUMBER


def test_area_codes_have_the_zero_of_their_country_or_not() -> None:
    rules = PhoneRules("GB", frozenset({"GB"}))

    assert pick_number([["", "", "", "", "44", "020", "7946 0018"]], rules) == "+442079460018"
    assert pick_number([["020 7946 0018", "", "", "", "", "020"]], rules) == "+442079460018"
    assert pick_number([["020 7946 0018", "", "", "", "", "0161"]], rules) is None


@pytest.mark.parametrize(
    ("country", "number"),
    [("840", NUMBER), ("Puerto Rico", NUMBER), ("PRI", NUMBER), ("630", NUMBER), ("PR", NUMBER)]
    + [("ESTADOS UNIDOS", NUMBER), ("États-Unis", NUMBER), ("U.S.", NUMBER), ("Canada", NUMBER)]
    + [("124", NUMBER), ("United  States of America", NUMBER), ("America", NUMBER)]
    + [("484", None), ("México", None), ("UK", None), ("Atlantis", None), ("999", None)],
)
def test_spellings_of_a_country(country: str, number: str | None) -> None:
    """By calling code, code of ISO 3166 in letters or digits, or name."""
    assert _pick(f"^PRN^CP^^{country}^608^5550142") == number


@pytest.mark.parametrize(
    "contact",
    ["608-555-CARE", "Call (608) 555-CARE today", "1-608-555-CARE", "608.GET.CARE", "608 555 care!"]
    + ["(608) 555-CARES"],
)
def test_the_organizations_own_number_may_have_letters(contact: str) -> None:
    own = organizations_numbers(contact, "US")

    assert own == {"+16084382273" if "GET" in contact else "+16085552273"}
    assert _pick("(608)555-2273~(608)438-2273", own=own) in {"+16085552273", "+16084382273"} - own


@pytest.mark.parametrize(
    "field",
    ["555-0142 (wrong)^P^H~(608)555-0142^P^M", "(608)555-0142^P^M~^P^H^^^^5550142^^old"],
)
def test_a_refused_number_without_area_code_is_refused_with_one(field: str) -> None:
    assert _pick(field) is None
    assert _pick(f"{field}~(608)555-0101") == "+16085550101"
