"""What is asked of Graph, and how its answers are shown."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from shared_code.graph.answers import OnlineMeeting
from shared_code.graph.errors import GraphUnavailable
from shared_code.outbound.errors import NotReached
from tests.unit.graph.scripted import (
    END,
    GRAPH_URL,
    JOIN_URL,
    MEETING,
    ORGANIZER,
    START,
    TENANT,
    Script,
    answer,
    scripted,
    shown,
)

USER_URL = f"{GRAPH_URL}/v1.0/users/{ORGANIZER}/onlineMeetings"


def create(*answers: Any, start: datetime = START) -> tuple[Script, OnlineMeeting]:
    """Return the script and the meeting of one createOrGet."""
    script, meetings = scripted(*answers)
    made = meetings.create_or_get(
        TENANT, ORGANIZER, "ext-1", "Video visit", start, END, seconds=2.5
    )
    return script, made


def set_lobby(*answers: Any) -> tuple[Script, OnlineMeeting]:
    """Return the script and the meeting of one PATCH."""
    script, meetings = scripted(*answers)
    made = meetings.set_lobby(TENANT, ORGANIZER, MEETING, start=START, end=END, seconds=2.5)
    return script, made


def test_create_or_get_sends_the_documented_fields_and_no_others() -> None:
    """With the app's token of the organization's tenant, in UTC, within the caller's time."""
    five_hours_west = timezone(-timedelta(hours=5))
    script, _ = create(answer(201, shown()), start=START.astimezone(five_hours_west))

    (request,) = script.requests
    assert script.asked == [(TENANT, f"{GRAPH_URL}/.default")]
    assert (request.method, request.url, request.seconds) == (
        "POST",
        f"{USER_URL}/createOrGet",
        2.5,
    )
    assert request.headers["Authorization"] == "Bearer CANARY-TOKEN"
    assert request.body == {
        "externalId": "ext-1",
        "subject": "Video visit",
        "startDateTime": "2026-06-01T13:30:00Z",
        "endDateTime": "2026-06-01T14:00:00Z",
    }


@pytest.mark.parametrize(("status", "created"), [(201, True), (200, False)])
def test_it_is_known_whether_the_meeting_is_new(status: int, *, created: bool) -> None:
    """201 made it, 200 found it."""
    _, meeting = create(answer(status, shown()))

    assert meeting == OnlineMeeting(
        id=MEETING,
        join_url=JOIN_URL,
        lobby="organizationExcludingGuests",
        presenters="organization",
        created=created,
    )


@pytest.mark.parametrize(
    "link",
    [
        JOIN_URL,
        "https://teams.microsoft.com/meet/2414128301281?p=XyZ%20%2b+/=&amp;",
        "https://visit.teams.microsoft.com/webrtc-svc/api/route?tid=1&convId=19:meeting_x=True",
        "https://teams.cloud.microsoft/meet/1?p=ü",
        "https://TEAMS.microsoft.com:443/a/../b//?#c",
    ],
)
def test_a_link_is_passed_on_byte_for_byte(link: str) -> None:
    """Never parsed, decoded or rebuilt, and in no representation."""
    _, meeting = create(answer(201, shown(joinWebUrl=link)))
    _, meetings = scripted(answer(200, {"value": link}))

    guests = meetings.guest_link(TENANT, ORGANIZER, MEETING, seconds=1)

    assert (meeting.join_url, guests) == (link, link)
    assert link not in repr(meeting)


def test_one_patch_asks_for_everything() -> None:
    """Lobby, admitters, presenters, chat, recording, transcription and both dates."""
    script, meeting = set_lobby(answer(200, shown()))

    (request,) = script.requests
    assert (request.method, request.url) == ("PATCH", f"{USER_URL}/MSo1N2Y5ZGFjYw%3D%3D")
    assert request.headers["Prefer"] == "include-unknown-enum-members"
    assert request.body == {
        "lobbyBypassSettings": {
            "scope": "organizationExcludingGuests",
            "isDialInBypassEnabled": False,
        },
        "allowedLobbyAdmitters": "organizerAndCoOrganizersAndPresenters",
        "allowedPresenters": "organization",
        "allowMeetingChat": "limited",
        "allowRecording": False,
        "allowTranscription": False,
        "startDateTime": "2026-06-01T13:30:00Z",
        "endDateTime": "2026-06-01T14:00:00Z",
    }
    assert (meeting.lobby, meeting.presenters) == ("organizationExcludingGuests", "organization")


@pytest.mark.parametrize(
    ("document", "lobby", "presenters"),
    [
        (shown(lobbyBypassSettings={"scope": "everyone"}), "everyone", "organization"),
        (
            shown(lobbyBypassSettings={"scope": "unknownFutureValue"}),
            "unknownFutureValue",
            "organization",
        ),
        (shown(allowedPresenters="everyone"), "organizationExcludingGuests", "everyone"),
        (shown(lobbyBypassSettings=None), "", "organization"),
        (shown(lobbyBypassSettings="organizationExcludingGuests"), "", "organization"),
        (shown(lobbyBypassSettings=["organizationExcludingGuests"]), "", "organization"),
        (shown(lobbyBypassSettings={"scope": None}), "", "organization"),
        (shown(lobbyBypassSettings={"scope": ["everyone"]}, allowedPresenters=7), "", ""),
        ({}, "", ""),
        (b"", "", ""),
    ],
)
def test_a_patch_that_was_not_done_is_shown_as_answered(
    document: object, lobby: str, presenters: str
) -> None:
    """200 alone never looks like the lobby that was asked for."""
    _, meeting = set_lobby(answer(200, document))

    assert (meeting.id, meeting.lobby, meeting.presenters) == (MEETING, lobby, presenters)


def test_a_patch_without_content_shows_nothing() -> None:
    """204 is a success of which nothing is known."""
    _, meeting = set_lobby(answer(204, b""))

    assert (meeting.lobby, meeting.join_url) == ("", "")


def test_get_shows_the_present_settings() -> None:
    """Newer values of enumerations are asked for, else the lobby would be unknown."""
    script, meetings = scripted(answer(200, shown()))

    meeting = meetings.get(TENANT, ORGANIZER, MEETING, seconds=1)

    assert script.requests[0].method == "GET"
    assert script.requests[0].headers["Prefer"] == "include-unknown-enum-members"
    assert meeting.lobby == "organizationExcludingGuests"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": 5, "joinWebUrl": "https://teams.microsoft.com/meet/1"}',
        b'{"joinWebUrl": "https://teams.microsoft.com/meet/1"}',
        b'{"id": "m"}',
        b'{"id": "m", "joinWebUrl": null}',
        b'{"id": "m", "joinWebUrl": "https://a\\r\\nSet-Cookie: x"}',
        b'{"id": "m\\u0000", "joinWebUrl": "https://teams.microsoft.com/meet/1"}',
        b'{"id": "m", "joinWebUrl": "https://a/\\ud800"}',
        b'{"id": ' + b"1" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_without_a_meeting_proves_nothing(status: int, body: bytes) -> None:
    """The meeting may exist, but nobody could enter it by that answer."""
    with pytest.raises(GraphUnavailable):
        create(answer(status, body))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b"{"])
def test_a_patch_with_a_broken_answer_shows_nothing(body: bytes) -> None:
    """It is no failure that leaves a confirmed lobby confirmed."""
    _, meeting = set_lobby(answer(200, body))

    assert (meeting.id, meeting.lobby, meeting.presenters) == (MEETING, "", "")


@pytest.mark.parametrize(
    "given",
    [
        answer(200, {"value": None}),
        answer(200, {"value": ""}),
        answer(200, {"value": ["https://a"]}),
        answer(200, b"<html>"),
        answer(200, b""),
        answer(400, {}),
        answer(403, {}),
        answer(404, b""),
    ],
)
def test_without_a_link_for_guests_there_is_none(given: Any) -> None:
    """The meeting's own link is the fallback, so this is no error."""
    _, meetings = scripted(given)

    assert meetings.guest_link(TENANT, ORGANIZER, MEETING, seconds=1) is None


def test_ids_cannot_leave_their_place_in_the_path() -> None:
    """Whatever they hold."""
    script, meetings = scripted(answer(200, shown()))

    meetings.get(TENANT, "a/../b?", "m/../../x#y", seconds=1)

    url = script.requests[0].url
    assert url == f"{GRAPH_URL}/v1.0/users/a%2F..%2Fb%3F/onlineMeetings/m%2F..%2F..%2Fx%23y"


def test_what_the_token_took_is_gone_for_the_request() -> None:
    """Both end within the caller's time."""
    script, meetings = scripted(answer(200, shown()))
    script.token_takes = 1.5
    meetings.get(TENANT, ORGANIZER, MEETING, seconds=4.0)

    assert script.token_seconds == [4.0]
    assert [request.seconds for request in script.requests] == [2.5]


@pytest.mark.parametrize("took", [3.9, 4.0, 17.0])
def test_a_token_that_took_all_the_time_leaves_nothing_to_send(took: float) -> None:
    """Another worker may hold the visit by then: no PATCH leaves."""
    script, meetings = scripted()
    script.token_takes = took

    with pytest.raises(NotReached):
        meetings.set_lobby(TENANT, ORGANIZER, MEETING, start=START, end=END, seconds=4.0)
    assert script.requests == []
