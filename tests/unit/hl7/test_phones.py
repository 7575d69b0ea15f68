"""Only one complete, valid number of an allowed region is ever texted."""

from __future__ import annotations

import pytest

from shared_code.hl7.phones import normalise, pick_number
from shared_code.hl7.schedule_event import DELETED, Deleted

ALLOWED = frozenset({"US", "CA"})
NUMBER = "+16085550142"


@pytest.mark.parametrize(
    "text",
    [
        "(608)555-0142",
        "608-555-0142",
        "608.555.0142",
        "6085550142",
        "1 608 555 0142",
        "+16085550142",
    ]
    + [
        "+1 (608) 555-0142",
        " 6085550142 ",
        "608/555-0142",
        "608.555.0142 (cell)",
        "[home] 6085550142",
    ]
    + ["\u0666\u0660\u0668\u0665\u0665\u0665\u0660\u0661\u0664\u0662", "\u202a608-555-0142\u202c"],
)
def test_ways_to_write_a_number(text: str) -> None:
    """Punctuation, remarks in brackets and other digits do not matter."""
    assert normalise(text, "US", ALLOWED) == NUMBER


@pytest.mark.parametrize("last", range(100, 200, 7))
def test_fictitious_numbers_are_usable(last: int) -> None:
    """The numbers of tests and demonstrations are valid ones."""
    assert normalise(f"(608)555-0{last}", "US", ALLOWED) == f"+16085550{last}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("271-9000", id="seven digits"),
        pytest.param("5550142", id="seven digits without dash"),
        pytest.param("555-1212", id="directory assistance"),
        pytest.param("1-800-FLOWERS", id="vanity"),
        pytest.param("608-555-0142 cell", id="words behind"),
        pytest.param("608-555-0142 x12", id="extension"),
        pytest.param("608-555-0142;ext=12", id="extension of a URI"),
        pytest.param("608-555-0142,,12", id="extension by pause"),
        pytest.param("608-555-0142~12", id="extension by tilde"),
        pytest.param("608-555-0142\uff0312", id="extension by a wide hash"),
        pytest.param("608-555-0142/608-555-0143", id="two, slash"),
        pytest.param("608-555-0142/0143", id="two, abbreviated"),
        pytest.param("608-555-0142, 608-555-0143", id="two, comma"),
        pytest.param("608-555-0142; 608-555-0143", id="two, semicolon"),
        pytest.param("608-555-0142 608-555-0143", id="two, blank"),
        pytest.param("+16085550142 +16085550143", id="two, plus"),
        pytest.param("608-555-0142\n608-555-0143", id="two, line break"),
        pytest.param("#6085550142", id="hash"),
        pytest.param("*67 6085550142", id="star"),
        pytest.param("pat@example.org", id="e-mail"),
        pytest.param("911", id="emergency"),
        pytest.param("0000000000", id="zeros"),
        pytest.param("9" * 11, id="nines"),
        pytest.param("+1 876 555 0142", id="Jamaica, which is +1 too"),
        pytest.param("011 52 55 1234 5678", id="Mexico"),
        pytest.param("+4930123456", id="Germany"),
        pytest.param("6085550142" + " " * 100, id="long"),
        pytest.param("(" * 50 + "a" * 50, id="brackets"),
        pytest.param("\u0000\uffff", id="no characters"),
    ],
)
def test_what_is_not_plainly_one_number(text: str) -> None:
    """Letters, extensions, second numbers, missing area codes and other regions are refused."""
    assert normalise(text, "US", ALLOWED) is None


def test_regions_are_the_connections() -> None:
    """A connection elsewhere reads national numbers of its region and texts only there."""
    assert normalise("020 7946 0018", "GB", frozenset({"GB"})) == "+442079460018"
    assert normalise("030/1234567", "DE", frozenset({"DE"})) == "+49301234567"
    assert normalise("6085550142", "US", frozenset({"CA"})) is None


def _xtn(text: str) -> list[str]:
    return text.split("^")


@pytest.mark.parametrize(
    ("telecoms", "expected"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("(608)555-0142^PRN^CP", NUMBER, id="cell"),
        pytest.param("(608)555-0101^PRN^PH~(608)555-0142^PRN^CP", NUMBER, id="cell before home"),
        pytest.param("(608)555-0101^ORN^CP~(608)555-0142^PRN^CP", NUMBER, id="primary cell first"),
        pytest.param("(608)555-0101^WPN^PH~(608)555-0142^PRN^PH", NUMBER, id="home before work"),
        pytest.param("(608)555-0101^PRN~(608)555-0142^PRN^PH", NUMBER, id="home phone before PRN"),
        pytest.param("(608)555-0101^WPN~(608)555-0142^MOBILE", NUMBER, id="MOBILE in XTN.2"),
        pytest.param("(608)555-0142~(608)555-0101", NUMBER, id="order of the message"),
        pytest.param("5550142^PRN^CP~(608)555-0142^PRN^PH", NUMBER, id="next usable one"),
        pytest.param("(608)555-0142^prn^cp", NUMBER, id="lower case"),
        pytest.param("x^PRN^CP^^^^^^^^^6085550142", NUMBER, id="XTN.12 before XTN.1"),
        pytest.param(
            "6085550142^PRN^CP^^^^^^^^^5550142", NUMBER, id="XTN.1 where XTN.12 is no use"
        ),
        pytest.param("^PRN^CP^^1^608^5550142", NUMBER, id="country, area, local"),
        pytest.param("^PRN^CP^^^608^5550142", NUMBER, id="area, local"),
        pytest.param("^PRN^CP^^+1^608^5550142", NUMBER, id="country with plus"),
        pytest.param("^PRN^CP^^001^608^5550142", NUMBER, id="country with zeros"),
        pytest.param("^PRN^CP^^^^5550142", None, id="local alone"),
        pytest.param("^PRN^CP^^1^608", None, id="no local"),
        pytest.param("5550142^PRN^PH", None, id="seven digits"),
        pytest.param("^NET^Internet^pat@example.org", None, id="e-mail"),
        pytest.param("6085550142^NET^Internet", None, id="NET"),
        pytest.param("6085550142^PRN^Internet", None, id="Internet"),
        pytest.param("6085550142^PRN^FX", None, id="fax"),
        pytest.param("6085550142^EMR^PH", None, id="somebody to be called in an emergency"),
        pytest.param("6085550142^PRN^BP", None, id="beeper"),
        pytest.param("6085550142^PRN^CP^pat@example.org", None, id="e-mail in XTN.4"),
        pytest.param('""', DELETED, id="null"),
        pytest.param('""^PRN^CP', DELETED, id="null with use"),
        pytest.param('""~""', DELETED, id="null twice"),
        pytest.param('""~^NET^Internet^pat@example.org', DELETED, id="null and e-mail"),
        pytest.param('""~(608)555-0142^PRN^CP', NUMBER, id="null and a number"),
        pytest.param('""~5550142^PRN^CP', None, id="null and no use"),
        pytest.param('^PRN^CP^^1^""^5550142', None, id="null area"),
    ],
)
def test_which_number_is_picked(telecoms: str, expected: str | Deleted | None) -> None:
    """Cell phones first, then the primary residence, then the order of the message."""
    repetitions = [_xtn(repetition) for repetition in telecoms.split("~")]

    assert pick_number(repetitions, "US", ALLOWED) == expected
