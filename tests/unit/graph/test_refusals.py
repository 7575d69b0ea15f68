"""What Graph's refusals, delays and failures prove."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from shared_code.errors import ConnectorError
from shared_code.graph.errors import GraphBusy, GraphRefused, GraphUnavailable, Refusal
from shared_code.graph.meetings import OnlineMeetings
from shared_code.identity.errors import CredentialRefused
from shared_code.outbound.errors import NoAnswer, NotReached, Phase
from shared_code.outbound.http import Answer
from tests.unit.graph.scripted import (
    END,
    MEETING,
    ORGANIZER,
    START,
    TENANT,
    Script,
    answer,
    refused,
    scripted,
)

CALLS: dict[str, Callable[[OnlineMeetings], Any]] = {
    "create": lambda meetings: meetings.create_or_get(
        TENANT, ORGANIZER, "ext", "Video visit", START, END, seconds=1
    ),
    "patch": lambda meetings: meetings.set_lobby(
        TENANT, ORGANIZER, MEETING, start=START, end=END, seconds=1
    ),
    "get": lambda meetings: meetings.get(TENANT, ORGANIZER, MEETING, seconds=1),
    "guest link": lambda meetings: meetings.guest_link(TENANT, ORGANIZER, MEETING, seconds=1),
}


def failure[E: Exception](kind: type[E], given: Answer | Exception, call: str = "create") -> E:
    """Return the error that the call raises; there was one request, never a second."""
    script, meetings = scripted(given)
    with pytest.raises(kind) as raised:
        CALLS[call](meetings)
    assert len(script.requests) == 1
    return raised.value


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (
            refused(403, "Forbidden", "No Application Access Policy found for this app"),
            Refusal.NO_POLICY,
        ),
        (
            refused(403, "Forbidden", "No application access policy found for this app: 1-2."),
            Refusal.NO_POLICY,
        ),
        (
            refused(
                403,
                "Unauthorized",
                "App 1-2 is not authorized to Create meeting on behalf of user 3-4",
            ),
            Refusal.NO_POLICY,
        ),
        (
            refused(401, "Unauthorized", "App 1 is not authorized to X on behalf of user 2"),
            Refusal.NO_POLICY,
        ),
        (refused(403, "Forbidden", "An error has occurred."), Refusal.ORGANIZER),
        (refused(403, "Forbidden", ""), Refusal.ORGANIZER),
        (answer(403, b"<html>"), Refusal.ORGANIZER),
        (refused(404, "NotFound", "User lookup has failed"), Refusal.ORGANIZER),
        (answer(404, b""), Refusal.ORGANIZER),
        (refused(400, "BadRequest", "1026: An error has occurred."), Refusal.ORGANIZER),
        (refused(400, "General", "Code 1026"), Refusal.ORGANIZER),
        (refused(400, "BadRequest", "10260: An error has occurred."), Refusal.OTHER),
        (refused(400, "BadRequest", "Bad dates."), Refusal.OTHER),
        (
            refused(403, "Forbidden", "The user has created 2000 meetings this month."),
            Refusal.USED_UP,
        ),
        (refused(429, "TooMany", "Monthly limit of meetings per user reached."), Refusal.USED_UP),
        (
            refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete."),
            Refusal.OTHER,
        ),
        (
            refused(403, "Forbidden", "Missing role permissions on the request."),
            Refusal.OTHER,
        ),
        (refused(401, "InvalidAuthenticationToken", "Access token has expired."), Refusal.OTHER),
        (answer(401, b""), Refusal.OTHER),
        (answer(409, {"error": {"code": 7, "message": ["x"]}}), Refusal.OTHER),
        (answer(405, {"error": "x"}), Refusal.OTHER),
    ],
)
def test_a_refusal_names_its_reason(given: Answer, kind: Refusal) -> None:
    """By status and by every documented wording, wherever the letters are capital."""
    error = failure(GraphRefused, given)

    assert (error.kind, error.status, error.code) == (kind, given.status, "graph_refused")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry_after": "40"}, 40),
        ({"retry_after": "0"}, 1),
        ({"retry_after": "86400000"}, 3600),
        (
            {
                "retry_after": "Mon, 01 Jun 2026 12:00:30 GMT",
                "date": "Mon, 01 Jun 2026 12:00:00 GMT",
            },
            30,
        ),
        ({"retry_after": "Mon, 01 Jun 2026 12:00:30 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_throttling_says_how_long(call: str, headers: dict[str, str], expected: int | None) -> None:
    """Seconds or a date, within an hour; otherwise the caller decides."""
    error = failure(GraphBusy, answer(429, {}, **headers), call)

    assert (error.retry_after, error.code) == (expected, "graph_busy")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408, 301, 302, 307, 304, 100, 999])
def test_other_answers_prove_nothing(call: str, status: int) -> None:
    """Neither that it was done nor that it was not."""
    error = failure(GraphUnavailable, answer(status, b"<html>", retry_after="5"), call)

    assert error.code == "graph_unavailable"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", [NotReached(Phase.CONNECT), NoAnswer(Phase.NO_REPLY)])
def test_failures_of_the_way_come_through(call: str, error: ConnectorError) -> None:
    """The caller must know whether anything was sent."""
    assert failure(type(error), error, call) is error


def test_without_a_token_nothing_is_asked() -> None:
    """The credential's refusal is not Graph's."""

    class NoToken(Script):
        def token(self, tenant: str, scope: str, *, seconds: float = 5.0) -> str:
            raise CredentialRefused("7000215")

    script = NoToken([])
    with pytest.raises(CredentialRefused):
        CALLS["create"](OnlineMeetings(script, script, "https://graph.microsoft.com"))

    assert script.requests == []


def test_nothing_of_an_answer_is_logged_or_in_the_error(caplog: pytest.LogCaptureFixture) -> None:
    """Graph repeats user ids, and the token must never leave."""
    caplog.set_level(logging.DEBUG)
    error = failure(GraphRefused, refused(403, "CANARY-CODE", "CANARY-MESSAGE"))

    assert "CANARY" not in repr(error) + str(error) + repr(vars(error)) + caplog.text
