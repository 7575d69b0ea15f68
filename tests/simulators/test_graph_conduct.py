"""The deviations from Graph's rules that can be asked for."""

import re
import urllib.error
from typing import Any

import pytest

from local.simulators.server import RunningSimulators
from tests.simulators.conftest import Desk, MovableClock
from tests.simulators.graph_calls import (
    END,
    LOBBY,
    ORGANIZER,
    OTHER_ORGANIZER,
    PREFER,
    START,
    GraphCalls,
    message,
)


@pytest.fixture
def graph(simulators: RunningSimulators) -> GraphCalls:
    return GraphCalls(simulators)


@pytest.mark.parametrize(
    ("conduct", "scope", "presenters", "kept"),
    [
        ("everyone", "everyone", "everyone", "everyone"),
        ("unknown", "unknownFutureValue", "everyone", "everyone"),
        ("missing", None, "organization", "organizationExcludingGuests"),
        ("presenters", "organizationExcludingGuests", "everyone", "organizationExcludingGuests"),
    ],
)
def test_a_patch_can_answer_200_and_not_have_done_it(
    graph: GraphCalls, desk: Desk, conduct: str, scope: str | None, presenters: str, kept: str
) -> None:
    _, made = graph.create()
    desk.call("POST", "/control/graph", {"patch": conduct})

    settings = {**LOBBY, "allowedPresenters": "organization"}
    status, shown = graph.patch(made["id"], settings, **PREFER)

    assert (status, shown.get("lobbyBypassSettings", {}).get("scope")) == (200, scope)
    assert shown["allowedPresenters"] == presenters
    assert graph.get(made["id"], **PREFER)[1]["lobbyBypassSettings"]["scope"] == kept


def test_a_patch_can_be_refused_for_good(graph: GraphCalls, desk: Desk) -> None:
    _, made = graph.create()
    desk.call("POST", "/control/graph", {"patch": "refused"})

    assert graph.patch(made["id"], LOBBY, **PREFER)[0] == 403


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ("no_policy", (403, "Forbidden", "No Application Access Policy found for this app")),
        (
            "not_authorized",
            (
                403,
                "Unauthorized",
                f"App local is not authorized to Create meeting on behalf of user {ORGANIZER}",
            ),
        ),
        ("unlicensed", (403, "Forbidden", "An error has occurred.")),
        ("disabled", (404, "NotFound", "User lookup has failed: user not found.")),
        ("error_1026", (400, "BadRequest", "1026: An error has occurred.")),
    ],
)
def test_an_organizer_can_be_refused(
    graph: GraphCalls, desk: Desk, refusal: str, expected: tuple[int, str, str]
) -> None:
    """In every call, while others are served."""
    _, made = graph.create()
    desk.call("POST", "/control/graph", {"organizers": {ORGANIZER: refusal}})

    answers = [graph.create(), graph.patch(made["id"], {}), graph.get(made["id"])]

    assert [message(each) for each in answers] == [expected] * 3
    assert graph.create(OTHER_ORGANIZER)[0] == 201


def test_a_nonsense_meeting_tells_whether_there_is_a_policy(graph: GraphCalls, desk: Desk) -> None:
    """Without making a meeting: 404 with a policy, 403 without."""
    there = graph.get("nonsense")[0]
    desk.call("POST", "/control/graph", {"organizers": {ORGANIZER: "no_policy"}})

    assert (there, graph.get("nonsense")[0]) == (404, 403)


def test_an_account_can_be_used_up(graph: GraphCalls, desk: Desk) -> None:
    graph.create()
    desk.call("POST", "/control/graph", {"organizers": {ORGANIZER: "used_up"}})

    status, _, words = message(graph.create(externalId="visit-2"))
    assert (status, words) == (403, "The user has created 2000 meetings this month.")
    assert graph.create()[0] == 200


@pytest.mark.parametrize(("existing", "year"), [("old", r"20\d\d"), ("year_1", "0001")])
def test_an_older_meeting_can_be_found(
    graph: GraphCalls, desk: Desk, existing: str, year: str
) -> None:
    """200 with dates that nobody asked for; afterwards it is a meeting like any other."""
    desk.call("POST", "/control/graph", {"existing": existing})

    status, found = graph.create(startDateTime=START, endDateTime=END)

    assert status == 200
    assert re.match(year, found["startDateTime"])
    assert found["startDateTime"] != START
    assert graph.create()[1]["id"] == found["id"]


def test_requests_can_be_throttled(graph: GraphCalls, desk: Desk, clock: MovableClock) -> None:
    desk.call("POST", "/control/graph", {"throttle": {"requests": 2, "seconds": 40}})

    statuses = [graph.get("nonsense")[0] for _ in range(3)]
    clock.move(seconds=41)

    assert statuses == [404, 404, 429]
    assert graph.get("nonsense")[0] == 404


def test_the_shared_faults_are_played(graph: GraphCalls, desk: Desk) -> None:
    """A 503 has no effect; an answer that is lost after acting has one."""
    for fault in ({"kind": "status", "status": 503}, {"kind": "drop_after_acting"}):
        desk.call("POST", "/control/faults", {"target": "graph", **fault})

    first = graph.create()[0]
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        graph.create()

    assert (first, graph.create()[0]) == (503, 200)


@pytest.mark.parametrize(("conduct", "status"), [("refused", 403), ("missing", 404), ("none", 200)])
def test_the_link_for_guests_can_be_withheld(
    graph: GraphCalls, desk: Desk, conduct: str, status: int
) -> None:
    _, made = graph.create()
    desk.call("POST", "/control/graph", {"guest_link": conduct})

    answer = graph.guest_link(made["id"])

    assert (answer[0], answer[1].get("value")) == (status, None)


@pytest.mark.parametrize(
    "document",
    [
        {"links": "curly"},
        {"patch": None},
        {"existing": True},
        {"guest_link": "maybe"},
        {"monthly_limit": -1},
        {"monthly_limit": True},
        {"organizers": {"x": "tired"}},
        {"organizers": ["x"]},
        {"throttle": 5},
        {"throttle": {"per": 1}},
        {"colour": "blue"},
    ],
)
def test_an_unknown_conduct_is_refused(desk: Desk, document: dict[str, Any]) -> None:
    before = desk.call("GET", "/control/graph")

    status, answer = desk.try_call("POST", "/control/graph", document)

    assert (status, list(answer)) == (400, ["error"])
    assert desk.call("GET", "/control/graph") == before
