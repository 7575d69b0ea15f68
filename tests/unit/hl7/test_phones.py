"""Only one complete, valid number of an allowed region is ever texted."""

from __future__ import annotations

import pytest

from shared_code.hl7.phones import normalise

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
        "608-555-0142 cell",
        "608-555-0142C",
        "608-555-0142, cell",
        "Cell: 608-555-0142",
        "tel:+16085550142",
        "TEL:+1-608-555-0142",
        "(608 555 0142)",
        "608-555-0142 (pt's mobile/home)",
        "608-555-0142 (OK to text)",
        "\uff08608\uff09555-0142",
        "608-555-0142 (m\u00f3vil)",
        "\uff16\uff10\uff18\uff0d\uff15\uff15\uff15\uff0d\uff10\uff11\uff14\uff12",
    ]
    + ["\u0666\u0660\u0668\u0665\u0665\u0665\u0660\u0661\u0664\u0662", "\u202a608-555-0142\u202c"],
)
def test_ways_to_write_a_number(text: str) -> None:
    """Punctuation, harmless remarks, the prefix of a URI and other digits do not matter."""
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
        pytest.param("608-555-0142 (wrong number)", id="wrong"),
        pytest.param("608-555-0142 (disconnected)", id="disconnected"),
        pytest.param("608-555-0142 disc.", id="words behind"),
        pytest.param("old: 608-555-0142", id="words before"),
        pytest.param("608-555-0142 FAX", id="fax"),
        pytest.param("608-555-0142 (wife's cell)", id="somebody else's"),
        pytest.param("608-555-0142 (not home)", id="a harmless word denied"),
        pytest.param("608-555-0142 (cell 2)", id="a digit in a remark"),
        pytest.param("608 (cell) 555-0142", id="a remark within"),
        pytest.param("608-555-0142 (cell) (12)", id="extension behind a remark"),
        pytest.param("608-555-0142 x12", id="extension"),
        pytest.param("608-555-0142x12", id="extension without blank"),
        pytest.param("608-555-0142 ext. 12", id="extension in words"),
        pytest.param("608-555-0142 (x12)", id="extension in brackets"),
        pytest.param("608-555-0142 [12]", id="digits in brackets"),
        pytest.param("608-555-0142 ext", id="half an extension"),
        pytest.param("tel:+16085550142;ext=12", id="URI with an extension"),
        pytest.param("tel:5550142;phone-context=+1608", id="URI with a context"),
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
        pytest.param("608" + " " * 100 + "5550142", id="long"),
        pytest.param("6085550142" + "x" * 100_000, id="very long"),
        pytest.param("(800)555-1212", id="toll-free"),
        pytest.param("(888)555-0142", id="toll-free as well"),
        pytest.param("(900)555-1212", id="premium"),
        pytest.param("+1 500 555 0006", id="a number that follows its owner"),
        pytest.param("(671)555-0142", id="Guam, which is not named"),
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


def test_territories() -> None:
    """Puerto Rico belongs to the United States; others are texted where they are named."""
    assert normalise("(787)555-0142", "US", frozenset({"US"})) == "+17875550142"
    assert normalise("(787)555-0142", "US", frozenset({"CA"})) is None
    assert normalise("(671)555-0142", "US", frozenset({"US", "GU"})) == "+16715550142"
    assert normalise("(340)555-0142", "US", frozenset({"US", "PR"})) is None


@pytest.mark.parametrize(
    ("text", "region"),
    [("030/1234567/7654", "DE"), ("0158800/1234567", "AT"), ("030 12345\n67890", "DE")],
)
def test_two_numbers_are_not_read_as_a_longer_one(text: str, region: str) -> None:
    """Where numbers have many lengths, their digits together are a valid number as well."""
    assert normalise(text, region, frozenset({region})) is None


def test_an_extension_in_brackets_is_none_of_the_number() -> None:
    """Where numbers have many lengths, the digits would make another valid one."""
    assert normalise("030 1234567", "DE", frozenset({"DE"})) == "+49301234567"
    assert normalise("030 1234567 (89)", "DE", frozenset({"DE"})) is None
    assert normalise("+44 (0)20 7946 0018", "GB", frozenset({"GB"})) == "+442079460018"
