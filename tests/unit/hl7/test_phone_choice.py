"""Which of several numbers is texted, and what speaks against each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.hl7.phones import PhoneRules, normalise, organizations_numbers, pick_number
from shared_code.hl7.schedule_event import DELETED, Deleted

ALLOWED = frozenset({"US", "CA"})
NUMBER = "+16085550142"


def _xtn(text: str) -> list[str]:
    return text.split("^")


def _pick(field: str, **rules: Any) -> str | Deleted | None:
    return pick_number(map(_xtn, field.split("~")), PhoneRules("US", ALLOWED, **rules))


@pytest.mark.parametrize(
    ("telecoms", "expected"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("(608)555-0142^PRN^CP", NUMBER, id="cell"),
        pytest.param("(608)555-0101^P^H~(608)555-0142^P^M", NUMBER, id="Epic: home first"),
        pytest.param(
            "(608)555-0101^P^H~^NET^Internet^pat@example.org~(608)555-0142^P^M",
            NUMBER,
            id="Epic: e-mail between",
        ),
        pytest.param("(608)555-0103^P^W~(608)555-0142^P^M", NUMBER, id="Epic: work first"),
        pytest.param("(608)555-0103^P^W~(608)555-0142^P^H", NUMBER, id="Epic: work and home"),
        pytest.param("(608)555-0101^PRN~(608)555-0142^PRS", NUMBER, id="personal"),
        pytest.param("(608)555-0101^^^HOME~(608)555-0142^^^MOBILE", NUMBER, id="in XTN.4"),
        pytest.param("(608)555-0101^P^O~(608)555-0142", NUMBER, id="Epic: other"),
        pytest.param("(608)555-0142^P^O", NUMBER, id="Epic: other alone"),
        pytest.param("(608)555-0101^HOME~(608)555-0142^MOB", NUMBER, id="in XTN.2"),
        pytest.param("(608)555-0101^PRN^PH~^PRN^PH^^1^608^5550142^CELL", NUMBER, id="in XTN.8"),
        pytest.param("(608)555-0101~(608)555-0142 (cell)", NUMBER, id="in brackets"),
        pytest.param("(608)555-0101^^MC~(608)555-0142^Cell Phone", "+16085550101", id="equals"),
        pytest.param("(608)555-0101~(608)555-0142^^H", NUMBER, id="home before unmarked"),
        pytest.param("(608)555-0101^PRN^PH~(608)555-0142^PRN^CP", NUMBER, id="cell before home"),
        pytest.param("(608)555-0101^ORN^CP~(608)555-0142^PRN^CP", NUMBER, id="primary cell first"),
        pytest.param("(608)555-0101^PRN^PH~(608)555-0142^ORN^CP", NUMBER, id="any cell first"),
        pytest.param("(608)555-0101^WPN^PH~(608)555-0142^PRN^PH", NUMBER, id="home before work"),
        pytest.param("(608)555-0101^WPN~(608)555-0142^MOBILE", NUMBER, id="MOBILE in XTN.2"),
        pytest.param("(608)555-0142~(608)555-0101", NUMBER, id="order of the message"),
        pytest.param("(608)555-0142^PRN~(608)555-0101^P^H", NUMBER, id="both home"),
        pytest.param("5550142^PRN^CP~(608)555-0142^PRN^PH", NUMBER, id="next usable one"),
        pytest.param("(608)555-0142^prn^cp", NUMBER, id="lower case"),
        pytest.param("5550142^PRN^CP^^^^^^^^^6085550142", NUMBER, id="XTN.12 beside seven digits"),
        pytest.param(
            "6085550142^PRN^CP^^^^^^^^^5550142", NUMBER, id="XTN.1 where XTN.12 is no use"
        ),
        pytest.param("6085550142^^^^1^608^5550142", NUMBER, id="twice the same"),
        pytest.param("^PRN^CP^^1^608^5550142", NUMBER, id="country, area, local"),
        pytest.param("^PRN^CP^^^608^5550142", NUMBER, id="area, local"),
        pytest.param("^PRN^CP^^^^6085550142", NUMBER, id="all in local"),
        pytest.param("^PRN^CP^^+1^608^5550142", NUMBER, id="country with plus"),
        pytest.param("^PRN^CP^^001^608^5550142", NUMBER, id="country with zeros"),
        pytest.param("^PRN^CP^^USA^608^5550142", NUMBER, id="country USA"),
        pytest.param("^PRN^CP^^us^608^5550142", NUMBER, id="country us"),
        pytest.param("^PRN^CP^^U.S.A.^608^5550142", NUMBER, id="country U.S.A."),
        pytest.param("^PRN^CP^^United States^608^5550142", NUMBER, id="country in words"),
        pytest.param("^PRN^CP^^CAN^416^5550142", "+14165550142", id="country CAN"),
        pytest.param("(608)555-0142^PRN^CP^^USA", NUMBER, id="country beside XTN.1"),
        pytest.param("(608)555-0142^PRN^CP^pat@example.org", NUMBER, id="beside an e-mail"),
        pytest.param("(608)555-0142^^^pat@example.org~(608)555-0101", NUMBER, id="so and unmarked"),
        pytest.param("(608)555-0142^^^NONE", NUMBER, id="beside no e-mail"),
        pytest.param("(608)555-0101 (wrong number)^PRN^CP~(608)555-0142", NUMBER, id="that alone"),
        pytest.param("(608)555-0142^P^W~(608)555-0142^P^M", NUMBER, id="a mobile, at work as well"),
        pytest.param("(608)555-0101^P^M^^^^^^old~(608)555-0142^P^H", NUMBER, id="XTN.9 of one"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^mobile", NUMBER, id="harmless XTN.9"),
        pytest.param('(608)555-0142^PRN^""^""^""^""^""^""', NUMBER, id="null beside it"),
    ],
)
def test_which_number_is_picked(telecoms: str, expected: str | None) -> None:
    """Mobiles first, then home, then numbers without a mark, then the order of the message."""
    assert _pick(telecoms) == expected


@pytest.mark.parametrize(
    "telecoms",
    [
        pytest.param("^PRN^CP^^^^5550142", id="local alone"),
        pytest.param("^PRN^CP^^1^608", id="no local"),
        pytest.param("5550142^PRN^PH", id="seven digits"),
        pytest.param('^PRN^CP^^1^""^5550142', id="null area"),
        pytest.param("^NET^Internet^pat@example.org", id="e-mail"),
        pytest.param("pat@example.org^PRN^PH", id="e-mail in XTN.1"),
        pytest.param("^PRN^CP^pat@example.org", id="e-mail in XTN.4"),
        pytest.param("6085550142^NET^Internet", id="NET"),
        pytest.param("6085550142^PRN^Internet", id="Internet"),
        pytest.param("6085550142^PRN^X.400", id="X.400"),
        pytest.param("6085550142^PRN^FX", id="fax"),
        pytest.param("6085550142^EMR^PH", id="somebody to be called in an emergency"),
        pytest.param("6085550142^ASN^PH", id="answering service"),
        pytest.param("6085550142^PRN^BP", id="beeper"),
        pytest.param("6085550142^PRN^TTY", id="teletypewriter"),
        pytest.param("6085550142^SPOUSE^PH", id="an unknown code"),
        pytest.param("6085550142^P^W", id="work, Epic"),
        pytest.param("6085550142^WPN^PH", id="work"),
        pytest.param("6085550142^WPN^CP", id="a mobile of the employer"),
        pytest.param("6085550142^^^WORK", id="work in XTN.4"),
        pytest.param("6085550142 (work)^PRN^PH", id="work in brackets"),
        pytest.param("^WPN^PH^^1^608^5550100^4321", id="work with extension"),
        pytest.param("^PRN^PH^^1^608^5550142^4321", id="extension in XTN.8"),
        pytest.param("(608)555-0142^PRN^CP^^^^^x12", id="extension in words in XTN.8"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^^^pager", id="XTN.11"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^^x", id="prefix of an extension"),
        pytest.param("(608)555-0142 x12^PRN^CP^^1^608^5550142", id="extension in one form"),
        pytest.param("(608)555-0142 (wrong number)^PRN^CP", id="wrong"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^disconnected", id="XTN.9"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^call after 5", id="XTN.9 with digits"),
        pytest.param("x^PRN^CP^^^^^^^^^6085550142", id="unknown word in XTN.1"),
        pytest.param("(608)555-0142^PRN^CP^^1^608^5550143", id="two numbers in one"),
        pytest.param("(608)555-0142^^^^52^55^12345678", id="two, one elsewhere"),
        pytest.param("608-555-0142O", id="a letter for a zero"),
        pytest.param("(608)555-0142&(608)555-0143^PRN^CP", id="two subcomponents"),
        pytest.param("5512345678^PRN^CP^^52", id="country that is not allowed"),
        pytest.param("6085550142^PRN^CP^^52", id="country that has no such number"),
        pytest.param("6085550142^PRN^CP^^Atlantis", id="no country"),
        pytest.param("6085550142^PRN^CP^^999", id="no calling code"),
        pytest.param('""~5550142^PRN^CP', id="null and no use"),
        pytest.param(
            "(608)555-0142 (wrong number)^P^H~608-555-0142^P^M", id="wrong here, not there"
        ),
        pytest.param("^PRN^PH^^1^608^5550142^^wrong~(608)555-0142^P^M", id="so by XTN.9"),
        pytest.param("(608)555-0142 x12^P^H~(608)555-0142^P^M", id="a switchboard"),
        pytest.param("^^^^1^608^5550142^12~(608)555-0142^P^M", id="so by XTN.8"),
        pytest.param("6085550142FAX~(608)555-0142^P^H", id="a fax, glued"),
        pytest.param("6085550142^WPN^FX~(608)555-0142^P^H", id="a fax at home"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^^^^^^20260531", id="ended"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^^^^^20260602", id="not yet begun"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^^^^^^2026", id="unreadable end"),
        pytest.param("(608)555-0142^PRN^CP^^^^^^^^^^^^N", id="reason of its end"),
    ],
)
def test_no_number_is_picked(telecoms: str) -> None:
    """Whatever speaks against a number anywhere in its repetition refuses it."""
    assert _pick(telecoms, day=date(2026, 6, 1)) is None


def test_a_number_is_used_from_its_first_to_its_last_day() -> None:
    """Both count; without a day of the message neither can be judged."""
    dated = "(608)555-0142^PRN^CP^^^^^^^^^^202606011200^20260601"

    assert _pick(dated, day=date(2026, 6, 1)) == NUMBER
    assert _pick(dated) is None


@pytest.mark.parametrize(
    ("telecoms", "expected"),
    [
        ('""', DELETED),
        ('""^PRN^CP', DELETED),
        ('""~""', DELETED),
        ('""~^NET^Internet^pat@example.org', DELETED),
        ('""~pat@example.org^NET^Internet', DELETED),
        ('""~(608)555-0142^PRN^CP', NUMBER),
        ('""~6085550142^P^W', None),
    ],
)
def test_the_null_deletes_where_no_other_number_stands(
    telecoms: str, expected: str | Deleted | None
) -> None:
    assert _pick(telecoms) == expected


def test_categories_of_mobiles_are_the_connections() -> None:
    """Epic's category numbers differ from site to site; in XTN.2 and XTN.3 only."""
    field = "(608)555-0101^P^7~(608)555-0142^P^1"

    assert _pick(field, mobile=frozenset({"1"})) == NUMBER
    assert _pick("(608)555-0101^P^9~(608)555-0142^P^H", mobile=frozenset({"1"})) == NUMBER
    assert _pick("(608)555-0101^7~(608)555-0142^m2", mobile=frozenset({"m2"})) == NUMBER
    assert _pick("(608)555-0142^^^^^^^1", mobile=frozenset({"1"})) is None


@pytest.mark.parametrize("mobile", [frozenset[str](), frozenset({"1"})])
def test_a_category_that_is_not_listed_is_not_texted(mobile: frozenset[str]) -> None:
    """It may be work, or a fax; another mark of the same number explains it."""
    assert _pick("(608)555-0101^P^7~(608)555-0142^P^2", mobile=mobile) is None
    assert _pick("(608)555-0142^P^7~(608)555-0101^P^7", mobile=mobile) is None
    assert _pick("(608)555-0101^P^7~(608)555-0102^P^2~(608)555-0142^P^M", mobile=mobile) == NUMBER
    assert _pick("(608)555-0142~(608)555-0101^P^7~(608)555-0102^P^2", mobile=mobile) == NUMBER
    assert _pick("(608)555-0142^P^7~(608)555-0142^P^H", mobile=mobile) == NUMBER
    assert _pick("(608)555-0142^PRN^7", mobile=mobile) == NUMBER


@pytest.mark.parametrize("field", ["(608)555-0142^P^7", "(608)555-0142^7", "(608)555-0142^P^7~"])
def test_the_only_number_is_texted_where_no_category_is_explained(field: str) -> None:
    """A site that has explained some has left out the others on purpose."""
    assert _pick(field) == NUMBER
    assert _pick(field, work=True) == NUMBER
    assert _pick(field, mobile=frozenset({"1"})) is None
    assert _pick(field, home=frozenset({"1"}), work=True) is None
    assert _pick(f"{field}~(608)555-0142^P^2") == NUMBER


def test_categories_of_home_are_the_connections_too() -> None:
    both, home = "(608)555-0101^P^7~(608)555-0142^P^1", frozenset({"7"})

    assert _pick(both, home=home) == "+16085550101"
    assert _pick(both, home=home, mobile=frozenset({"1"})) == NUMBER
    assert _pick("(608)555-0142~(608)555-0101^P^7", home=home) == "+16085550101"


def test_a_code_may_have_several_words() -> None:
    """Whole ones, in any letters."""
    codes = frozenset({"Cell 2", "M-1"})

    assert _pick("(608)555-0142^P^CELL 2", mobile=codes) == NUMBER
    assert _pick("(608)555-0101^P^H~(608)555-0142^P^m-1", mobile=codes) == NUMBER
    assert _pick("(608)555-0142^P^Work Cell 2", mobile=codes) is None
    assert _pick("(608)555-0142^P^1", mobile=codes) is None


def test_work_numbers_are_texted_where_the_connection_wants_them() -> None:
    """After all others, and still without an extension."""
    assert _pick("(608)555-0142^P^W", work=True) == NUMBER
    assert _pick("(608)555-0101^P^W~(608)555-0142", work=True) == NUMBER
    assert _pick("^WPN^PH^^1^608^5550142^4321", work=True) is None


def test_harmless_remarks_are_the_connections_too() -> None:
    """By whole words, in any place; what is left must be harmless itself."""
    known = frozenset({"wife's cell", "after 5", "spc"})

    assert _pick("(608)555-0142 (wife's cell, after 5)^SPC", harmless=known) == NUMBER
    assert _pick("(608)555-0142^P^M^^^^^^AFTER 5", harmless=known) == NUMBER
    assert _pick("(608)555-0142^P^M^^^^^^after 55", harmless=known) is None
    assert _pick("(608)555-0142^P^M^^^^^^not after 5", harmless=known) is None


def test_among_equals_a_mobile_by_its_number_comes_first() -> None:
    """Where the numbering plan tells them apart, as in the United Kingdom."""
    rules = PhoneRules("GB", frozenset({"GB"}))

    assert pick_number([["020 7946 0018"], ["07400 123456"]], rules) == "+447400123456"
    assert pick_number([["020 7946 0018", "P", "H"], ["07400 123456"]], rules) == "+442079460018"


def test_the_organizations_own_numbers_are_nobodys() -> None:
    """Placeholders: the clinic's number on a patient's record."""
    own = organizations_numbers("Call (608) 555-0100, or +1 608-555-0102 after 5", "US")

    assert own == {"+16085550100", "+16085550102"}
    assert _pick("(608)555-0100^P^M", own=own) is None
    assert _pick("(608)555-0100^P^M~(608)555-0142^P^H", own=own) == NUMBER
    assert organizations_numbers("the front desk", "US") == frozenset()


_NUMBERS = st.integers(100, 105).map(lambda n: f"(608)555-0{n}")
_RANKED = {
    0: [("PRN", "CP"), ("P", "M"), ("MOBILE", "")],
    1: [("PRN", "PH"), ("P", "H"), ("HOME", "")],
    2: [("", ""), ("P", ""), ("", "PH")],
}
_REFUSED = ["(wrong)", "x12", "FAX", "(12)", "disconnected", "ext. 7"]


@st.composite
def _repetition(draw: st.DrawFn, rank: int) -> list[str]:
    use, equipment = draw(st.sampled_from(_RANKED[rank]))
    return [draw(_NUMBERS), use, equipment]


@given(st.data())
def test_the_order_of_repetitions_of_unequal_rank_never_matters(data: st.DataObject) -> None:
    ranks = data.draw(st.permutations([0, 1, 2]))
    telecoms = [data.draw(_repetition(rank)) for rank in ranks]
    work = [data.draw(_NUMBERS), "P", "W"]
    best = telecoms[ranks.index(0)][0]

    shuffled = data.draw(st.permutations([*telecoms, work]))

    assert pick_number(shuffled, PhoneRules("US", ALLOWED)) == normalise(best, "US", ALLOWED)


@given(st.data())
def test_a_number_is_never_one_of_a_refused_repetition(data: st.DataObject) -> None:
    """Nor one that does not stand in the field."""
    some = st.lists(st.integers(0, 2).flatmap(_repetition), max_size=4)
    good, bad = data.draw(some), data.draw(some)
    wrong = {telecom[0] for telecom in bad}
    for telecom in bad:
        remark = data.draw(st.sampled_from(_REFUSED))
        place = data.draw(st.sampled_from([1, 9]))
        telecom += [""] * 6
        telecom[place - 1] += f" {remark}"

    found = pick_number(data.draw(st.permutations([*good, *bad])), PhoneRules("US", ALLOWED))

    left = {normalise(telecom[0], "US", ALLOWED) for telecom in good if telecom[0] not in wrong}
    assert found in left if left else found is None


@given(st.lists(st.lists(st.text(alphabet="0123456789()-+ xPRNCMHW~wrong", max_size=16))))
def test_a_number_is_made_of_the_digits_of_one_repetition(telecoms: list[list[str]]) -> None:
    found = pick_number(telecoms, PhoneRules("US", ALLOWED))

    digits = ["".join(filter(str.isdigit, "".join(telecom))) for telecom in telecoms]
    assert found is None or any(str(found)[2:] in each for each in digits)


@given(st.lists(st.lists(st.text(max_size=12), max_size=18), max_size=3))
def test_any_field_is_a_number_or_none(telecoms: list[list[str]]) -> None:
    """Nothing raises, whatever stands in it."""
    found = pick_number(telecoms, PhoneRules("US", ALLOWED, day=date(2026, 6, 1)))

    assert found in (None, DELETED) or str(found).startswith("+1")


def test_the_patients_order_decides_within_a_rank() -> None:
    """XTN.18: 1 comes first; nothing and 0 say nothing."""
    field = "(608)555-0101^P^{}^^^^^^^^^^^^^^^{}~(608)555-0142^P^M^^^^^^^^^^^^^^^{}"

    assert _pick(field.format("M", 2, 1)) == NUMBER
    assert _pick(field.format("M", 0, 3)) == NUMBER
    assert _pick(field.format("M", "", 3)) == NUMBER
    assert _pick(field.format("M", "", "")) == "+16085550101"
    assert _pick(field.format("M", "x", "0")) == "+16085550101"
    assert _pick(field.format("H", 1, 2)) == NUMBER
