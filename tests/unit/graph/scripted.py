"""A door out that answers from a script, and OnlineMeetings behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared_code.graph.meetings import OnlineMeetings
from shared_code.outbound.http import NO_HEADERS, Answer

TENANT = "11111111-1111-1111-1111-111111111111"
ORGANIZER = "0b000000-0000-4000-8000-000000000001"
MEETING = "MSo1N2Y5ZGFjYw=="
START = datetime(2026, 6, 1, 13, 30, tzinfo=UTC)
END = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
JOIN_URL = (
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0"
    "?context=%7b%22Tid%22%3a%2211%22%7d"
)
GRAPH_URL = "https://graph.microsoft.com"


@dataclass
class Request:
    """One request as the door got it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    seconds: float


@dataclass
class Script:
    """The door and the tokens: answers are given in turn, an exception is raised."""

    answers: list[Answer | Exception]
    requests: list[Request] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    token_takes: float = 0.0
    token_seconds: list[float] = field(default_factory=list)
    now: float = 100.0

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes | None = None,
        seconds: float = 5.0,
        largest: int = 1_000_000,
    ) -> Answer:
        document = None if body is None else json.loads(body)
        self.requests.append(Request(method, url, headers, document, seconds))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def token(self, tenant: str, scope: str, *, seconds: float = 5.0) -> str:
        self.now += self.token_takes
        self.token_seconds.append(seconds)
        self.asked.append((tenant, scope))
        return "CANARY-TOKEN"


def scripted(*answers: Answer | Exception) -> tuple[Script, OnlineMeetings]:
    """Return the script and the meetings that are behind it."""
    script = Script(list(answers))
    return script, OnlineMeetings(script, script, GRAPH_URL, lambda: script.now)


def answer(status: int, document: object = None, **headers: str) -> Answer:
    """Return an answer; bytes are its body as they are. `_` in a header's name is a dash."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def refused(status: int, code: str, message: str) -> Answer:
    """Return an error answer of Graph."""
    inner = {"date": "2026-06-01T12:00:00", "request-id": "r"}
    return answer(status, {"error": {"code": code, "message": message, "innerError": inner}})


def shown(**changes: Any) -> dict[str, Any]:
    """Return a meeting as Graph shows it; None removes a field."""
    document = {
        "id": MEETING,
        "joinWebUrl": JOIN_URL,
        "startDateTime": "2026-06-01T13:30:00Z",
        "endDateTime": "2026-06-01T14:00:00Z",
        "lobbyBypassSettings": {
            "scope": "organizationExcludingGuests",
            "isDialInBypassEnabled": False,
        },
        "allowedPresenters": "organization",
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}
