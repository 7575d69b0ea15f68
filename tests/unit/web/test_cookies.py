"""Cookies: what may be set, and what a header may hold."""

from __future__ import annotations

import pytest

from shared_code.web import cookies

NAME = "__Host-visit"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visit", "a"),
        ("__Host-", "a"),
        ("__Host-a b", "a"),
        ("__Secure-a", "a"),
        (NAME, "a b"),
        (NAME, "a;b"),
        (NAME, 'a"b'),
        (NAME, "a=b"),
        (NAME, "a%20b"),
        (NAME, "é"),
        (NAME, "a" * 1025),
        (NAME + "\n", "a"),
        (NAME, "a\n"),
    ],
)
def test_what_would_be_changed_on_its_way_is_not_set(name: str, value: str) -> None:
    """Names of this host only, and values that neither worker nor host rewrites."""
    with pytest.raises(ValueError, match="changed"):
        cookies.cookie(name, value, max_age=1, partitioned=False)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"{NAME}=abc", "abc"),
        (f"a=1; {NAME}=abc; b=2", "abc"),
        (f"a=1;{NAME}=abc", "abc"),
        (f" {NAME} = abc ", "abc"),
        (f"{NAME}=abc; {NAME}=abc", "abc"),
        (f"{NAME}=abc; {NAME}=def", None),
        (f"{NAME}=", None),
        (NAME, None),
        (f"x{NAME}=abc", None),
        (f"{NAME.lower()}=abc", None),
        (f'{NAME}="abc"', None),
        (f"{NAME}=a%20b", None),
        (f"{NAME}=a,b", None),
        (f"{NAME}=é", None),
        (f"{NAME}={'a' * 1025}", None),
        (f"{NAME}=abc; x={'a' * 8192}", None),
        (";;;=;=;", None),
        ("", None),
    ],
)
def test_a_header_is_read_without_trust(header: str, expected: str | None) -> None:
    """Twice the same is one; two values, other characters and 8 KB are none."""
    assert cookies.read(header, NAME) == expected


def test_other_launches_are_seen_by_name() -> None:
    """A browser that shows other launches' cookies is not one that keeps none."""
    header = "__Host-l-00000001=a; __Host-l-00000002=b; __Host-visit=c; d"
    assert cookies.names(header, cookies.LAUNCH_PREFIX) == {
        "__Host-l-00000001",
        "__Host-l-00000002",
    }
    assert cookies.names("x" * 9000, "x") == frozenset()


def test_a_value_is_not_shown() -> None:
    """Neither in a log nor in a failed test."""
    each = cookies.cookie(NAME, "secret-value", max_age=1, partitioned=False)
    assert "secret-value" not in repr(each)
