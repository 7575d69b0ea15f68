"""
Graph's answers: a meeting, a link, or a refusal in one of its many wordings.

Nothing here raises a foreign exception, and no text of an answer leaves except ids and links.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from shared_code.graph.errors import GraphBusy, GraphRefused, GraphUnavailable, Refusal
from shared_code.outbound.http import Answer
from shared_code.retry import read_date, retry_after

_NO_POLICY = re.compile(
    r"application access policy|not authorized to\b.*\bon behalf of user", re.IGNORECASE | re.DOTALL
)
_USED_UP = re.compile(
    r"meetings?\b.*\b(?:month|monthly)\b|\b(?:month|monthly)\b.*\bmeetings?\b"
    r"|\b2[.,]?000\b.*\bmeetings?\b",
    re.IGNORECASE | re.DOTALL,
)
_PERMISSIONS = re.compile(
    r"Authorization_RequestDenied|insufficient privileges|permissions? on the request|"
    r"InvalidAuthenticationToken",
    re.IGNORECASE,
)
_ORGANIZER_IN_400 = re.compile(r"\b1026\b")
_LONGEST_WORDING = 10_000


@dataclass(frozen=True, slots=True)
class OnlineMeeting:
    """
    A meeting as an answer shows it; "" for what the answer does not say.

    `created` is whether this answer made it.
    """

    id: str
    join_url: str = field(repr=False)
    lobby: str
    presenters: str
    created: bool


def read_meeting(answer: Answer, *, known_id: str = "") -> OnlineMeeting:
    """
    Return the meeting that a 2xx answer shows. Raises the errors of `check`.

    Without `known_id` the answer must name the meeting and its link, else GraphUnavailable. With
    it, any other answer is a meeting of which nothing is known: no lobby is shown.
    """
    check(answer)
    document = _object(answer.body) or {}
    meeting_id, join_url = _text(document, "id") or known_id, _text(document, "joinWebUrl")
    if not meeting_id or not (join_url or known_id):
        raise GraphUnavailable
    lobby = document.get("lobbyBypassSettings")
    return OnlineMeeting(
        id=meeting_id,
        join_url=join_url,
        lobby=_text(lobby, "scope") if isinstance(lobby, Mapping) else "",
        presenters=_text(document, "allowedPresenters"),
        created=answer.status == HTTPStatus.CREATED,
    )


def read_link(answer: Answer) -> str | None:
    """Return the link in a 2xx answer, as it is; None if there is none. Raises as `check`."""
    check(answer)
    return _text(_object(answer.body) or {}, "value") or None


def check(answer: Answer) -> None:
    """Raise GraphBusy, GraphUnavailable or GraphRefused unless the answer is a 2xx."""
    status = answer.status
    if 200 <= status < 300:
        return
    wording = _wording(answer.body)
    if status == HTTPStatus.TOO_MANY_REQUESTS and not _USED_UP.search(wording):
        date = read_date(answer.headers.get("date"))
        raise GraphBusy(retry_after(answer.headers.get("retry-after"), date))
    if not 400 <= status < 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        raise GraphUnavailable
    raise GraphRefused(_kind(status, wording), status)


def _kind(status: int, wording: str) -> Refusal:
    """Decide by status and wording: the code in the answer often only repeats the status."""
    if _NO_POLICY.search(wording):
        return Refusal.NO_POLICY
    if _USED_UP.search(wording):
        return Refusal.USED_UP
    if _PERMISSIONS.search(wording):
        return Refusal.OTHER
    organizer = status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND) or (
        status == HTTPStatus.BAD_REQUEST and _ORGANIZER_IN_400.search(wording)
    )
    return Refusal.ORGANIZER if organizer else Refusal.OTHER


def _wording(body: bytes) -> str:
    """Return the code and the message of an error answer in one line; "" if it has none."""
    error = (_object(body) or {}).get("error")
    if not isinstance(error, Mapping):
        return ""
    return f"{_text(error, 'code')}: {_text(error, 'message')}"[:_LONGEST_WORDING]


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _text(document: Mapping[str, Any], name: str) -> str:
    """Return a text that can be stored and sent; "" for anything else."""
    value = document.get(name)
    return value if isinstance(value, str) and value.isprintable() else ""
