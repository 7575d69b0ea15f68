"""Routes and request targets: matching, decoding, order, and what is refused."""

import pytest

from local.host.errors import FunctionRefused, StartRefused
from local.host.routes import compile_route, in_order
from local.host.targets import read_target


def _match(template: str, path: str) -> dict[str, str] | None:
    return compile_route("f", "", template, ()).match("GET", path)


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("a/{x?}", "/a", {}),
        ("a/{x}", "/a", None),
        ("a/{x}", "/A/b/", {"x": "b"}),
        ("a/{x}", "/a//", None),
        ("{*all}", "/", {}),
        ("{*all}", "/v/1/", {"all": "v/1/"}),
        ("v/{t:length(26)}", "/v/" + "a" * 26, {"t": "a" * 26}),
        ("v/{t:length(26)}", "/v/" + "a" * 25, None),
        ("n/{n:int:range(1,9)}", "/n/9", {"n": "9"}),
        ("n/{n:int:range(1,9)}", "/n/10", None),
        ("n/{n:int}", "/n/2147483648", None),
        ("k/{kid:regex(^[a-f]{{2}}$)}.cer", "/k/ab.cer", {"kid": "ab"}),
        ("keys/{c}/{kid}.cer", "/keys/7/a.b.cer", {"c": "7", "kid": "a.b"}),
        ("keys/{c}/{kid}.cer", "/keys/7/.cer", None),
        ("d/{x=one}/{y?}", "/d", {"x": "one"}),
        ("g/{g:guid}", "/g/{3F2504E0-4F89-41D3-9A0C-0305E82C3301}",
         {"g": "{3F2504E0-4F89-41D3-9A0C-0305E82C3301}"}),
        ("m/{x:minlength(2):maxlength(3):alpha}", "/m/abc", {"x": "abc"}),
        ("m/{x:min(3)}", "/m/2", None),
        ("m/{x:max(3)}", "/m/3", {"x": "3"}),
        ("m/{x:bool}", "/m/TRUE", {"x": "TRUE"}),
        ("m/{x:decimal}", "/m/-1.5", {"x": "-1.5"}),
    ],
)  # fmt: skip
def test_template_against_path(template: str, path: str, expected: dict[str, str] | None) -> None:
    """A template matches as ASP.NET matches it on the real host."""
    assert expected == _match(template, path)


def test_one_of_two_overlapping_duplicates_is_in_error() -> None:
    """Same route, overlapping verbs: the alphabetically first function keeps it."""
    routes = [compile_route(name, "", "same/{x}", ("get",)) for name in ("t2", "T10")]
    other = compile_route("a", "", "SAME/{x}", ("post",))

    kept, refused = in_order([*routes, other])

    assert [route.function for route in kept] == ["a", "T10"]
    assert [route.function for route in refused] == ["t2"]


def test_names_are_ordered_without_case_and_digit_by_digit() -> None:
    """`t10` is tried before `t2`, `B` after `a`."""
    routes = [compile_route(name, "", None, ()) for name in ("t2", "B", "t10", "a")]

    assert [route.function for route in in_order(routes)[0]] == ["a", "B", "t10", "t2"]


@pytest.mark.parametrize("template", ["admin/x", "Runtime", "administration"])
def test_reserved_words_switch_the_function_off(template: str) -> None:
    """A route that begins with admin or runtime is refused, that function only."""
    with pytest.raises(FunctionRefused):
        compile_route("f", "", template, ())


@pytest.mark.parametrize("template", ["/x", "a/{x:unknown}", "{*a}/b", "f/{name}.{extension?}"])
def test_what_cannot_be_matched_refuses_the_start(template: str) -> None:
    """A leading slash, an unknown rule or a catch-all in the middle prevents the start."""
    with pytest.raises(StartRefused):
        compile_route("f", "", template, ())


@pytest.mark.parametrize(
    ("raw", "path", "url_path"),
    [
        (b"/a%2Fb%20c%C3%A9%25/x", "/a%2Fb cé%/x", "/a%2Fb%20c%C3%A9%25/x"),
        (b"/a/./b/../c", "/a/c", "/a/c"),
        (b"/a/%2e%2e/%2E", "/", "/"),
        (b"/a/b/..", "/a/", "/a/"),
        (b"/x%ffy+z", "/x%ffy+z", "/x%ffy+z"),
    ],
)
def test_path_is_decoded_once(raw: bytes, path: str, url_path: str) -> None:
    """Everything but %2F is decoded, dots are resolved, the URL shows it encoded again."""
    target = read_target(raw)

    assert target is not None
    assert (path, url_path) == (target.path, target.url_path)


@pytest.mark.parametrize("raw", [b"*", b"http://x/", b"/a%00", "/é".encode()])
def test_malformed_targets_are_refused(raw: bytes) -> None:
    """NUL, raw non-ASCII and anything but the origin form is a 400."""
    assert read_target(raw) is None


def test_query_keys_are_merged_without_case_and_empty_ones_dropped() -> None:
    """`x=1&X=2` is one parameter; `e=` and `k` are none."""
    target = read_target(b"/?x=1&X=2&e=&k&b=%c3%28")

    assert target is not None
    assert target.query == {"x": "1,2", "b": "%c3("}
