"""A press on *Begin virtual visit*: who sends it, and what Epic is asked."""

from __future__ import annotations

from typing import Any

import pytest

from shared_code.connections.domain import ConnectionStatus
from shared_code.launching.domain.errors import (
    ENDPOINT_ELSEWHERE,
    LAUNCH_MIXED_UP,
    LAUNCH_SENDER_UNKNOWN,
    LAUNCH_START_AGAIN,
    LAUNCH_UNREGISTERED,
)
from shared_code.launching.domain.launch import Door
from shared_code.security.addresses import address_key
from shared_code.smart.errors import EndpointsElsewhere, EndpointsUnknown
from tests.unit.launching.scene import (
    TEST_ISS,
    connect,
    connect_test,
    launch_url,
    opened,
    problems,
    sent_to_epic,
    stored,
    text_of,
    told,
)
from tests.world.launches import ISS

SAME = (
    ISS,
    ISS.rstrip("/"),
    ISS.replace("epic.lamna", "EPIC.Lamna"),
    ISS.replace(".example/", ".example:443/"),
    ISS.lower(),
    ISS.upper().replace("HTTPS", "https"),
    ISS.replace("https", "HTTPS"),
)
HERE = "https://epic.lamna.example"
BASE = f"{HERE}/interconnect-prd-oauth"
OTHERS = {
    ISS.replace("R4", "DSTU2"): f"another ending: {BASE}/api/fhir/dstu2",
    ISS.replace("/api", "//api"): "another ending",
    ISS.replace("R4/", "R4//"): "another ending",
    f"{ISS}{'x' * 200}": "another ending",
    ISS + "?x=1": "another ending",
    ISS + "#x": "another ending",
    ISS.replace("/R4/", "/%52%34/"): "another ending",
    ISS.replace("https://", "http://"): "http instead of https",
    ISS.replace(".example/", ".example@evil.example/"): "another host",
    ISS.replace(".example/", ".example:8443/"): (
        f"another host: {HERE}:8443/interconnect-prd-oauth/api/fhir/r4"
    ),
    ISS.replace(".example/", ".example./"): "another host",
    ISS.replace("lamna", "1amna"): (f"another host: {BASE.replace('lamna', '1amna')}/api/fhir/r4"),
    ISS.replace("epic.", "epi\u0441."): "another host",
    "https://evil.example/?u=" + ISS: "another host",
    "https://169.254.169.254/metadata/": "another host",
    "https://localhost/api/FHIR/R4/": "another host: https://localhost/api/fhir/r4",
    " " + ISS: "another host",
    "javascript:alert(1)": "another host",
    "/": "another host",
}
NOT_A_LAUNCH = (
    "",
    "?",
    "?iss=&launch=",
    f"?iss={ISS}",
    "?launch=L1",
    f"?iss={ISS}&launch=",
    f"?ISS={ISS}&launch=L1",
    f"?iss={ISS};launch=L1",
    f"#iss={ISS}&launch=L1",
    "?code=functionkey",
)
DOUBLED = (
    f"?iss={ISS}&iss=https://b.example/&launch=x",
    f"?iss={ISS}&iss={ISS}&launch=x",
    f"?iss={ISS}&launch=x&launch=x",
    f"?iss={ISS}&launch=x&launch=",
    f"?%69ss={ISS}&iss={ISS}&launch=x",
    f"?iss={ISS}&launch=a%0d%0aSet-Cookie:x",
    f"?iss={ISS}&launch=%00",
    f"?iss={ISS}&launch=%FF%FE",
)


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("launch", ["ab%2Bcd%2F%3D%3D", "ab+cd/==", "ab%2bcd%2f%3d=", "ab+cd%2F=="])
def test_signs_of_a_launch_arrive_at_epic_as_they_were_sent(door: Door, launch: str) -> None:
    """A plus sign stays one, sent raw or encoded."""
    _, browser = opened()
    page = browser.get(f"/launch/{door.value}/lamna?iss={ISS}&launch={launch}")

    assert sent_to_epic(page)["launch"] == "ab+cd/=="
    assert "launch=ab%2Bcd%2F%3D%3D" in page.headers["Location"]


@pytest.mark.parametrize("length", [1, 2_900, 6_000])
def test_a_long_launch_goes_on(length: int) -> None:
    """Epic's launches are JWTs."""
    _, browser = opened()
    assert sent_to_epic(browser.get(launch_url(launch="x" * length)))["launch"] == "x" * length


@pytest.mark.parametrize("name", ["iss", "launch"])
def test_a_value_above_6000_characters_gets_a_page(name: str) -> None:
    """It is refused here, in words, before the host refuses the whole line."""
    world, browser = opened()
    long = "x" * 6_001
    url = launch_url(long) if name == "iss" else launch_url(launch=long)

    assert told(browser.get(url)) == (413, "launch_too_long")
    assert stored(world) == (0, 0, 0)


@pytest.mark.parametrize("query", NOT_A_LAUNCH)
@pytest.mark.parametrize("path", ["provider", "patient", "provider/lamna", "patient/lamna"])
def test_an_address_that_is_no_launch_gets_the_start_again_page(path: str, query: str) -> None:
    """A bookmark or an uptime monitor reads what to do, and nothing is stored."""
    world, browser = opened()

    assert told(browser.get(f"/launch/{path}{query}")) == (400, LAUNCH_START_AGAIN.code)
    assert browser.page.cookies == ()
    assert stored(world) == (0, 0, 0)
    assert len(world.agenda.rows.values()) == 0


@pytest.mark.parametrize("query", DOUBLED)
def test_two_values_for_one_name_are_refused(query: str) -> None:
    """Never the first or the last; nor is what cannot be printed."""
    world, browser = opened()

    assert told(browser.get(f"/launch/provider/lamna{query}")) == (400, "launch_malformed")
    assert stored(world) == (0, 0, 0)


def test_unknown_parameters_are_ignored() -> None:
    """Others may add what they like, twice too."""
    _, browser = opened()
    page = browser.get(launch_url() + "&code=K&foo=1&foo=2&%FF=%00")
    assert sent_to_epic(page)["launch"] == "L1"


@pytest.mark.parametrize("iss", SAME)
@pytest.mark.parametrize("named", ["lamna", ""])
def test_one_base_url_in_many_spellings_is_one(iss: str, named: str) -> None:
    """The connection is found, and `aud` is the `iss` exactly as it came."""
    world, browser = opened()
    page = browser.get(launch_url(iss, connection=named))

    assert sent_to_epic(page)["aud"] == iss
    assert problems(world) == []


@pytest.mark.parametrize("iss", OTHERS)
def test_what_only_looks_like_the_base_url_is_an_unknown_sender(iss: str) -> None:
    """It gets the page for unknown senders, which shows nothing of it; administrators are told."""
    world, browser = opened()
    page = browser.get(launch_url(iss))

    assert told(page) == (403, LAUNCH_SENDER_UNKNOWN.code)
    assert iss == "/" or iss not in page.html
    assert stored(world) == (0, 0, 0)
    assert problems(world) == [(LAUNCH_UNREGISTERED.code, "lamna", OTHERS[iss])]


@pytest.mark.parametrize("iss", OTHERS)
def test_without_a_connection_in_the_path_the_nearest_one_is_told(iss: str) -> None:
    """Another ending on a registered host is somebody's record; another host is anybody's."""
    world, browser = opened()
    connect(world, id="draft", status=ConnectionStatus.DRAFT, approved_before=False)

    page = browser.get(launch_url(iss, connection=""))
    assert told(page) == (403, LAUNCH_SENDER_UNKNOWN.code)
    near = not OTHERS[iss].startswith("another host")
    assert problems(world) == [(LAUNCH_UNREGISTERED.code, "lamna", OTHERS[iss])] * near


@pytest.mark.parametrize("named", ["lamna", ""])
@pytest.mark.parametrize(
    "changes",
    [
        {"status": ConnectionStatus.DRAFT, "approved_before": False},
        {"status": ConnectionStatus.PENDING_APPROVAL, "approved_before": False},
        {"visits": None},
        {"epic": None},
    ],
)
def test_a_connection_that_is_not_approved_is_unknown(named: str, changes: dict[str, Any]) -> None:
    """Nobody learns that somebody has registered it."""
    world, browser = opened()
    connect(world, **changes)

    page = browser.get(launch_url(connection=named))
    assert told(page) == (403, LAUNCH_SENDER_UNKNOWN.code)
    assert "Lamna" not in text_of(page)


@pytest.mark.parametrize("named", ["nobody", "..", "lamna%00", "LAMNA", "x" * 300, "lamna-test"])
def test_a_connection_that_does_not_exist_is_unknown(named: str) -> None:
    """The name in the path is looked up, never guessed."""
    world, browser = opened()

    assert told(browser.get(launch_url(connection=named))) == (403, LAUNCH_SENDER_UNKNOWN.code)
    assert problems(world) == []


@pytest.mark.parametrize("door", Door)
def test_a_test_launch_in_production_says_which_and_what_to_do(door: Door) -> None:
    """And the reverse; administrators are told whose it is."""
    world, browser = opened()
    connect_test(world)

    page = browser.get(launch_url(TEST_ISS, door=door))
    assert told(page) == (403, LAUNCH_MIXED_UP.code)
    said = text_of(page)
    assert "test" in said.lower(), said
    reverse = browser.get(launch_url(ISS, door=door, connection="lamna-test"))
    assert told(reverse) == (403, LAUNCH_MIXED_UP.code)
    assert text_of(reverse) != said
    assert problems(world) == [
        (LAUNCH_UNREGISTERED.code, "lamna", "belongs to lamna-test"),
        (LAUNCH_UNREGISTERED.code, "lamna-test", "belongs to lamna"),
    ]


def test_an_epic_of_another_organization_is_an_unknown_sender() -> None:
    """Only the two environments of one organization are told apart by name."""
    world, browser = opened()
    other = connect_test(world)
    connect(world, id=other.id, tenant="2" * 8 + other.tenant[8:], epic=other.epic)

    page = browser.get(launch_url(TEST_ISS))
    assert told(page) == (403, LAUNCH_SENDER_UNKNOWN.code)
    assert problems(world) == [
        (LAUNCH_UNREGISTERED.code, "lamna", f"another ending: {address_key(TEST_ISS)}")
    ]


def test_two_connections_of_one_epic_need_their_name() -> None:
    """The record must name the connection; with the name each finds its own."""
    world, browser = opened()
    connect(world, id="lamna-north")

    assert told(browser.get(launch_url(connection=""))) == (400, "connection_needed")
    for named in ("lamna", "lamna-north"):
        browser.get(launch_url(connection=named))
    assert [each.connection for each in world.launches.launches.values()] == [
        "lamna",
        "lamna-north",
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EndpointsUnknown(), (503, "epic_discovery_failed")),
        (EndpointsElsewhere("evil.example"), (503, "epic_endpoint_elsewhere")),
    ],
)
@pytest.mark.parametrize("door", Door)
def test_an_epic_that_does_not_say_where_to_go_gets_a_page(
    door: Door, error: EndpointsUnknown, said: tuple[int, str]
) -> None:
    """The page names the hospital to call; nothing is stored."""
    world, browser = opened()
    world.epic_side.silent = error

    page = browser.get(launch_url(door=door))
    assert told(page) == said
    assert "Lamna Healthcare" in text_of(page)
    assert "evil.example" not in page.html
    assert stored(world) == (0, 0, 0)
    elsewhere = isinstance(error, EndpointsElsewhere)
    assert problems(world) == [(ENDPOINT_ELSEWHERE.code, "lamna", "evil.example")] * elsewhere


def test_another_host_in_discovery_is_a_problem_and_the_approved_one_stays_in_use() -> None:
    """The launch goes on, and administrators are told once."""
    world, browser = opened()
    world.epic_side.elsewhere = "new.lamna.example"

    for _ in range(3):
        assert sent_to_epic(browser.get(launch_url()))["aud"] == ISS
    assert problems(world) == [(ENDPOINT_ELSEWHERE.code, "lamna", "new.lamna.example")]
