"""Many at once: two clinicians and two patients, one callback by many workers, hostile launches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from local.memory.sign_in import ALEX, DANA, MOTHER, SAM
from shared_code.attendance.domain import Role
from shared_code.launching.domain.launch import Door
from tests.fuzz.hostile import cases
from tests.unit.launching.scene import MEETING, callback, launch_url, opened, stored
from tests.world.launches import ISS, Browser, LaunchWorld


def test_two_clinicians_and_two_patients_in_the_same_second_are_in_one_meeting() -> None:
    """Each has a page of their own; nobody gets another's."""
    world, _ = opened()
    people = (
        (DANA, Door.PROVIDER),
        (SAM, Door.PROVIDER),
        (ALEX, Door.PATIENT),
        (MOTHER, Door.PATIENT),
    )
    come: list[tuple[Browser, str]] = []
    for user, door in people:
        browser = Browser(world)
        come.append((browser, callback(f"code-{len(come) + 1}", browser.start(door))))
        world.code(user)

    def arrive(each: tuple[Browser, str]) -> None:
        browser, url = each
        if browser.get(url).status == 303:
            browser.follow()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(arrive, come))

    assert world.graph.asked["create_or_get"] == 1
    pages = world.sessions.rows.values()
    assert len({each.visit for each in pages}) == 1
    assert {each.user for each in pages if each.role is Role.STAFF}.isdisjoint(
        each.user for each in pages if each.role is Role.PATIENT
    )
    assert len({browser.jar["__Host-visit"] for browser, _ in come[:2]}) == 2


def test_one_callback_at_eight_workers_is_redeemed_once() -> None:
    """The others wait for its result and get the same page."""
    world, browser = opened()
    state, code = browser.start(), world.code(DANA)
    jar = dict(browser.jar)

    def come(number: int) -> Browser:
        again = Browser(world, jar=dict(jar))
        again.get(callback(code, state))
        return again

    with ThreadPoolExecutor(8) as pool:
        pages = [each.page for each in pool.map(come, range(40))]

    assert world.epic_side.redeemed == [code]
    assert stored(world)[1] == 1
    first = world.launches.launches.values()[0].result.handle
    assert {page.status for page in pages} <= {200, 303}
    shown = {page.headers["Location"] for page in pages if page.status == 303}
    assert shown == {f"/visit/{first}"}
    assert {page.headers["Refresh"] for page in pages if page.status == 200} <= {"1"}


def test_fifty_launches_of_one_clinician_are_fifty_pages_of_one_visit() -> None:
    """Pressing again is no abuse."""
    world, browser = opened()
    for _ in range(50):
        assert browser.launch().status == 303
    pages = world.sessions.rows.values()
    assert len(pages) == 50
    assert len({(each.visit, each.user, each.browser) for each in pages}) == 1


STATE = "202606101830-" + "a" * 26
TEXT = st.text(max_size=60) | st.sampled_from(
    [
        ISS,
        STATE,
        "L1",
        "x" * 6_001,
        "%2B",
        "\x00",
        "'; DROP TABLE launches",
        "../../..",
        "<script>alert(1)</script>",
        "\u202e",
        "https://evil.example/",
        "%",
        "\r\nSet-Cookie: a=b",
        ISS.replace("R4", "DSTU2"),
        "%CSN%",
        "\ud7ff",
        "https://epic.lamna.example@evil.example/",
    ]
)
NAMES = st.sampled_from(["iss", "launch", "state", "code", "error", "ISS", "%69ss", "", "foo"])
QUERY = st.lists(st.tuples(NAMES, TEXT), max_size=6)
PATHS = st.sampled_from(
    [
        "/launch/provider",
        "/launch/patient",
        "/launch/provider/lamna",
        "/launch/patient/lamna",
        "/launch/provider/nobody",
        "/launch/callback",
    ]
)
COOKIES = st.dictionaries(
    st.sampled_from(["__Host-visit", "__Host-l-00000000", "__Host-l-", "__Host-s-1", "x"]),
    st.text(alphabet="abc.=;,\"' -~%\u00e9", max_size=40),
    max_size=3,
)


@given(PATHS, QUERY, COOKIES, st.sampled_from(["", "=", ";", "&&", "?", "#"]))
@cases(500)
def test_500_hostile_launches_make_no_session_and_no_5xx(
    path: str, query: list[tuple[str, str]], jar: dict[str, str], more: str
) -> None:
    """A page in plain words with a 4xx, or Epic's own sign-in; no text of theirs in a header."""
    world, browser = _hospital()
    browser.jar = dict(jar)
    written = "&".join(f"{name}={value}" for name, value in query)
    page = browser.get(f"{path}?{written}{more}".replace("#", "%23"))

    assert 300 < page.status < 500
    assert stored(world)[1:] == (0, 0)
    if page.status == 302:
        assert page.headers["Location"].startswith("https://epic.lamna.example/")
    assert not any(sign in value for value in page.headers.values() for sign in "\r\n\x00")
    assert "<script>alert" not in page.html
    assert MEETING not in page.html


def _hospital() -> tuple[LaunchWorld, Browser]:
    """Return a hospital with a launch on its way that the hostile ones could take over."""
    world, browser = opened()
    browser.start()
    return world, Browser(world)


@given(st.binary(max_size=200), st.booleans())
@cases(200)
def test_bytes_that_are_no_url_make_no_session_and_no_5xx(raw: bytes, at_start: bool) -> None:
    """Whatever the host lets through."""
    world, browser = _hospital()
    query = raw.decode("latin-1").replace("#", "")
    path = "/launch/provider/lamna" if at_start else "/launch/callback"
    page = browser.get(f"{path}?{query}")

    assert 300 < page.status < 500
    assert stored(world)[1:] == (0, 0)


def test_a_hostile_launch_of_nobody_reaches_neither_epic_nor_microsoft() -> None:
    """Before the sender is known, no port of theirs is called."""
    world, browser = opened()
    browser.get(launch_url("https://evil.example/"))
    browser.get(callback("c", STATE))
    assert not [each for each in world.line.calls if each.startswith(("epic.", "microsoft."))]
