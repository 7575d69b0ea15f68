"""Graph's rules for meetings."""

import re
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.simulators.entra.directory import FABRIKAM, LAMNA
from local.simulators.server import RunningSimulators, start
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
    path_of,
)

LONG_LINK = (
    r"http://localhost:\d+/l/meetup-join/19%3ameeting_[\w-]+%40thread\.v2/0"
    r"\?context=%7b%22Tid%22%3a%22[0-9a-f-]+%22%2c%22Oid%22%3a%22[0-9a-f-]+%22%7d"
)
MEMBER = "0a000000-0000-4000-8000-00000000000d"


@pytest.fixture
def graph(simulators: RunningSimulators) -> GraphCalls:
    return GraphCalls(simulators)


def test_one_external_id_of_one_organizer_is_one_meeting(graph: GraphCalls) -> None:
    """201, then 200 whatever else is asked for; another organizer's is another meeting."""
    made = graph.create(subject="Video visit", startDateTime=START, endDateTime=END)
    again = graph.create(subject="Other", startDateTime="2027-01-01T00:00:00Z")
    other = graph.create(OTHER_ORGANIZER)
    second = graph.create(externalId="visit-2")

    assert (made[0], again[0], other[0], second[0]) == (201, 200, 201, 201)
    assert again[1] == made[1]
    assert len({each[1]["joinWebUrl"] for each in (made, other, second)}) == 3
    assert (made[1]["startDateTime"], made[1]["endDateTime"]) == (START, END)


@pytest.mark.parametrize("path", ["/createOrGet", "/nonsense"])
@pytest.mark.parametrize("audience", ["https://communication.azure.com", "https://localhost"])
def test_a_token_is_for_graph(graph: GraphCalls, path: str, audience: str) -> None:
    """Another audience, an ended token and no token are refused alike."""
    until = graph.simulators.clock.real_now() + timedelta(hours=1)
    graph.token = graph.simulators.tokens.issue(audience, until)

    status, code, _ = message(graph.call("GET", f"/{ORGANIZER}/onlineMeetings{path}"))

    assert (status, code) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize(
    ("roles", "statuses"),
    [
        ([], (403, 403)),
        (["OnlineMeetings.Read.All"], (403, 403)),
        (["OnlineMeetings.ReadWrite.All"], (200, 403)),
        (["OnlineMeetings.ReadWrite.All", "VirtualAppointment.Read.All"], (200, 200)),
    ],
)
def test_a_token_needs_the_permissions(
    graph: GraphCalls, roles: list[str], statuses: tuple[int, int]
) -> None:
    """Each call its own; another tenant's meetings are others."""
    _, made = graph.create()
    until = graph.simulators.clock.real_now() + timedelta(hours=1)
    url = graph.simulators.urls["graph"]
    graph.token = graph.simulators.tokens.issue(url, until, tid=LAMNA, roles=roles)
    asked = graph.get(made["id"])[0], graph.guest_link(made["id"])[0]
    graph.token = graph.simulators.tokens.issue(url, until, tid=FABRIKAM)

    assert asked == statuses
    assert graph.get(made["id"])[0] == 404
    assert graph.create()[0] == 201


def test_an_ended_token_is_refused(graph: GraphCalls, clock: MovableClock) -> None:
    assert graph.create()[0] == 201
    clock.real_moved = timedelta(hours=2)

    assert graph.create()[0] == 401


@pytest.mark.parametrize(
    "document",
    [
        {"lobbyBypassSettings": {"scope": "organization"}},
        {"allowedPresenters": "organization"},
        {"externalId": ""},
        {"externalId": 5},
        {"externalId": None},
        {"endDateTime": END},
        {"startDateTime": END, "endDateTime": START},
        {"startDateTime": "tomorrow"},
        {"startDateTime": 5},
    ],
)
def test_create_or_get_takes_five_fields_and_sensible_dates(
    graph: GraphCalls, document: dict[str, Any]
) -> None:
    """No lobby among them: that needs a PATCH."""
    assert message(graph.create(**document))[:2] == (400, "BadRequest")
    assert graph.simulators.graph.meetings.all() == []


def test_missing_dates_mean_an_hour(graph: GraphCalls) -> None:
    _, only_start = graph.create(startDateTime=START)
    _, none = graph.create(externalId="visit-2")

    assert only_start["endDateTime"] == "2026-06-01T14:30:00Z"
    assert none["startDateTime"] < none["endDateTime"]


@pytest.mark.parametrize(
    ("document", "headers"),
    [
        (LOBBY, {}),
        ({"lobbyBypassSettings": {"scope": "invited"}}, {}),
        ({"lobbyBypassSettings": {"scope": "nobody"}}, PREFER),
        ({"lobbyBypassSettings": {"scope": "everyone", "x": 1}}, PREFER),
        ({"lobbyBypassSettings": "everyone"}, PREFER),
        ({"lobbyBypassSettings": {"scope": "everyone", "isDialInBypassEnabled": 1}}, PREFER),
        ({"startDateTime": START}, PREFER),
        ({"endDateTime": END}, PREFER),
        ({"startDateTime": END, "endDateTime": START}, PREFER),
        ({"allowedPresenters": "staff"}, PREFER),
        ({"allowMeetingChat": True}, PREFER),
        ({"allowedLobbyAdmitters": "everyone"}, PREFER),
        ({"allowRecording": "false"}, PREFER),
        ({"externalId": "x"}, PREFER),
        ({"joinWebUrl": "x"}, PREFER),
    ],
)
def test_a_patch_is_checked(graph: GraphCalls, document: Any, headers: dict[str, str]) -> None:
    """What Graph does not take changes nothing."""
    _, made = graph.create()

    assert graph.patch(made["id"], document, **headers)[0] == 400
    assert graph.get(made["id"], **PREFER)[1] == made


def test_a_patch_is_shown_and_kept(graph: GraphCalls) -> None:
    """Newer values are shown only to those who ask for them."""
    _, made = graph.create()
    settings = {**LOBBY, "allowedPresenters": "organization", "allowMeetingChat": "limited"}

    status, shown = graph.patch(
        made["id"], {**settings, "startDateTime": START, "endDateTime": END}, **PREFER
    )

    assert (status, shown["startDateTime"], shown["endDateTime"]) == (200, START, END)
    assert shown["lobbyBypassSettings"]["scope"] == "organizationExcludingGuests"
    assert graph.get(made["id"], **PREFER)[1] == shown
    assert graph.get(made["id"])[1]["lobbyBypassSettings"]["scope"] == "unknownFutureValue"


def test_who_is_no_organizer_is_refused(graph: GraphCalls) -> None:
    """A member has no access policy; a stranger, or a user name, is no user at all."""
    assert message(graph.create(MEMBER))[2].startswith("No Application Access Policy")
    assert graph.create("0c000000-0000-4000-8000-000000000001")[0] == 404
    assert graph.create("visits@lamna.example")[0] == 404


def test_meetings_are_seen_under_their_organizer_only(graph: GraphCalls) -> None:
    _, made = graph.create()

    assert graph.call("GET", path_of(made["id"], OTHER_ORGANIZER))[0] == 404
    assert graph.call("PATCH", path_of(made["id"], OTHER_ORGANIZER), {})[0] == 404


def test_an_account_makes_so_many_meetings_in_a_month(
    graph: GraphCalls, desk: Desk, clock: MovableClock
) -> None:
    """What exists is still found; other accounts and later months are not concerned."""
    desk.call("POST", "/control/graph", {"monthly_limit": 2})
    made = [graph.create(externalId=f"visit-{number}")[0] for number in range(3)]
    found, other = graph.create(externalId="visit-0")[0], graph.create(OTHER_ORGANIZER)[0]
    clock.move(days=32)

    assert (made, found, other) == ([201, 201, 403], 200, 201)
    assert graph.create(externalId="visit-2")[0] == 201


@pytest.mark.parametrize(
    ("links", "form"),
    [
        ("long", LONG_LINK),
        ("short", r"http://localhost:\d+/meet/\d{13}\?p=[\w-]+"),
    ],
)
def test_links_have_the_forms_that_teams_uses(
    graph: GraphCalls, desk: Desk, links: str, form: str
) -> None:
    desk.call("POST", "/control/graph", {"links": links})
    _, made = graph.create()
    _, guests = graph.guest_link(made["id"])

    assert re.fullmatch(form, made["joinWebUrl"])
    assert re.fullmatch(
        r"http://localhost:\d+/webrtc-svc/api/route\?tid=[0-9a-f-]+"
        r"&convId=19:meeting_[\w-]+@thread\.v2&oid=[0-9a-f-]+&virtualAppointment=True",
        guests["value"],
    )


def test_a_deleted_meeting_can_still_be_entered(graph: GraphCalls) -> None:
    """Graph forgets it; its address does not."""
    _, made = graph.create()

    deleted = graph.call("DELETE", path_of(made["id"]))[0]

    with urllib.request.urlopen(made["joinWebUrl"], timeout=10) as page:
        assert (deleted, graph.get(made["id"])[0], page.status) == (204, 404, 200)
    assert graph.create()[1]["id"] != made["id"]


def test_requests_are_remembered_without_the_token(graph: GraphCalls) -> None:
    """With what was asked for and what came of it."""
    graph.create(subject="Video visit")
    graph.create()

    records = graph.simulators.memory.requests("graph")

    assert [(one.verdict, one.acted, one.status) for one in records] == [
        ("accepted", True, 201),
        ("duplicate", False, 200),
    ]
    assert records[0].body == {"externalId": "visit-1", "subject": "Video visit"}
    assert graph.token not in repr(records)


def test_meetings_outlive_the_process(tmp_path: Path, clock: MovableClock) -> None:
    """With their settings, and still one for each external id."""
    first = start(tmp_path, clock=clock)
    meeting = GraphCalls(first).guarded(subject="Video visit")
    first.stop()

    second = start(tmp_path, clock=clock)
    found = GraphCalls(second).create()
    kept = GraphCalls(second).get(meeting["id"], **PREFER)[1]
    second.stop()

    assert (found[0], found[1]["id"]) == (200, meeting["id"])
    assert kept["lobbyBypassSettings"] == meeting["lobbyBypassSettings"]
