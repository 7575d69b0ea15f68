"""Parameters of launches and callbacks, from the raw URL (cases/launch, rows 1 and 2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.errors import Refused
from shared_code.smart.errors import LAUNCH_MALFORMED, LAUNCH_TOO_LONG
from shared_code.smart.raw_query import read_query
from tests.fuzz.hostile import cases

DOOR = "https://visits.example.org/launch/provider"
NAMES = frozenset({"iss", "launch", "code", "state", "error"})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("launch=ab%2Bcd%2F%3D%3D", {"launch": "ab+cd/=="}),
        ("launch=ab+cd/==", {"launch": "ab+cd/=="}),
        ("launch=ab%20cd", {"launch": "ab cd"}),
        ("launch=ab%252Bcd", {"launch": "ab%2Bcd"}),
        ("launch=100%", {"launch": "100%"}),
        ("launch=%zz", {"launch": "%zz"}),
        ("launch=J%C3%BCrgen", {"launch": "J\u00fcrgen"}),
        ("iss=A&launch=x#launch=y", {"iss": "A", "launch": "x"}),
        ("la%75nch=x", {"launch": "x"}),
        (
            "launch=a?b&iss=https://epic.example/R4/",
            {"launch": "a?b", "iss": "https://epic.example/R4/"},
        ),
        ("", {}),
        ("iss=&launch=", {}),
        ("iss&launch", {}),
        ("iss=A", {"iss": "A"}),
        ("&&iss=A&", {"iss": "A"}),
        ("foo=1&foo=2&Launch=z&%ff=1&session_state=%ff&launch=x", {"launch": "x"}),
    ],
)
def test_values_are_read_as_they_were_sent(query: str, expected: dict[str, str]) -> None:
    """`+` stays `+`, one round of percent-decoding, empty is missing, other names do not matter."""
    assert expected == read_query(f"{DOOR}?{query}", NAMES)


def test_an_address_without_a_query_has_no_parameters() -> None:
    """A bookmark of the door is not an error of the reader."""
    assert read_query(DOOR, NAMES) == {}


@pytest.mark.parametrize(
    "query",
    [
        "iss=A&iss=B&launch=x",
        "iss=A&iss=A",
        "iss=A&iss=",
        "iss&iss=A",
        "launch=a&la%75nch=b",
        "launch=%ff",
        "launch=a%00b",
        "state=a%0D%0ASet-Cookie:x",
        "launch=%ED%A0%80",
        "launch=%E2%80%AE",
    ],
)
def test_what_is_doubled_or_no_text_is_refused(query: str) -> None:
    """Never the first value, never the last; no control signs."""
    with pytest.raises(Refused) as refused:
        read_query(f"{DOOR}?{query}", NAMES)
    assert refused.value.info is LAUNCH_MALFORMED


def test_long_values_are_read_up_to_the_limit() -> None:
    """Epic's launches and codes are JWTs of thousands of signs; more than 6,000 are refused."""
    long = f"{DOOR}?launch={'l' * 2_900}&code={'c' * 6_000}"
    assert read_query(long, NAMES) == {"launch": "l" * 2_900, "code": "c" * 6_000}
    assert read_query(f"{DOOR}?launch={'%2B' * 6_000}", NAMES) == {"launch": "+" * 6_000}

    with pytest.raises(Refused) as refused:
        read_query(f"{DOOR}?code={'c' * 6_001}", NAMES)
    assert refused.value.info is LAUNCH_TOO_LONG
    assert read_query(f"{DOOR}?other={'c' * 6_001}", NAMES) == {}


@cases(300)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["launch", "=", "&", "%", "+", "iss", "%2", "\0"])).map("".join)
)
def test_any_query_is_read_or_refused(query: str) -> None:
    """Nothing but Refused is raised, and only asked names with printable values come back."""
    try:
        found = read_query(f"?{query}", NAMES)
    except Refused:
        return
    assert found.keys() <= NAMES
    assert all(value and value.isprintable() for value in found.values())
