"""Cookies: what may be set, and what a header may hold."""

from __future__ import annotations

import pytest

from shared_code.security.keys import KeyRing
from shared_code.web import cookies

RING, OTHER = KeyRing.new(), KeyRing.new()
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


def test_each_launch_has_a_name_of_its_own() -> None:
    """The name carries the launch, so that two in one browser do not meet."""
    one, two = cookies.launch_cookie("state-1"), cookies.launch_cookie("state-2")
    assert one != two
    assert one.removeprefix("__Host-l-").isalnum()
    assert len(one) == len("__Host-l-") + 8
    assert cookies.sign_in_cookie("state-1") == one.replace("-l-", "-s-")
    assert cookies.launch_cookie("\ud800") != one


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


def test_a_sealed_value_opens_only_where_it_was_sealed() -> None:
    """With its ring and its context; it needs no other characters than cookies have."""
    sealed = cookies.seal_value(RING, "oid · tenant", "visit")
    assert cookies.cookie(NAME, sealed, max_age=1, partitioned=False).value == sealed
    assert cookies.unseal_value(RING, sealed, "visit") == "oid · tenant"
    for ring, value, context in (
        (RING, sealed, "other"),
        (OTHER, sealed, "visit"),
        (RING, sealed[:-2], "visit"),
        (RING, "", "visit"),
        (RING, "é", "visit"),
        (RING, "!!!!", "visit"),
    ):
        assert cookies.unseal_value(ring, value, context) is None


def test_a_value_is_not_shown() -> None:
    """Neither in a log nor in a failed test."""
    each = cookies.cookie(NAME, "secret-value", max_age=1, partitioned=False)
    assert "secret-value" not in repr(each)
