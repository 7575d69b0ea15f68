"""Meetings by Graph's `onlineMeetings`, under an organizer's account and with the app's token."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from shared_code.graph import lobby
from shared_code.graph.answers import OnlineMeeting, read_link, read_meeting
from shared_code.graph.errors import GraphRefused
from shared_code.identity.app_tokens import AppTokens
from shared_code.outbound.errors import NotReached, Phase
from shared_code.outbound.http import Answer, OutboundHttp

_SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "lobbyBypassSettings": {"scope": lobby.SCOPE, "isDialInBypassEnabled": False},
        "allowedLobbyAdmitters": "organizerAndCoOrganizersAndPresenters",
        "allowedPresenters": lobby.PRESENTERS,
        "allowMeetingChat": "limited",
        "allowRecording": False,
        "allowTranscription": False,
    }
)
_NEW_VALUES = "include-unknown-enum-members"
"""Without it Graph shows the lobby's scope as an unknown value."""
_SHORTEST = 0.2
"""Seconds. With less left the request would only become one whose effect nobody knows."""


@dataclass(frozen=True, slots=True)
class OnlineMeetings:
    """
    Each method is one request and never repeats it; `seconds` is the time for it and its token:
    what the token took is gone, and without time left nothing is sent. `organizer` is an object id
    of the tenant. `graph_url` is the service's root; `ticks` are seconds of a steady clock.

    Raises what errors.py lists. A token that Graph refuses (401) is a refusal of kind OTHER:
    AppTokens renews tokens before they end, so another request would not help.
    """

    http: OutboundHttp
    app_tokens: AppTokens
    graph_url: str
    ticks: Callable[[], float] = time.monotonic

    def create_or_get(
        self,
        tenant: str,
        organizer: str,
        external_id: str,
        subject: str,
        start: datetime,
        end: datetime,
        *,
        seconds: float,
    ) -> OnlineMeeting:
        """
        Return the organizer's meeting of that external id; make it if there is none.

        Subject and dates count only for a new meeting; an older one keeps its own.
        """
        document = {"externalId": external_id, "subject": subject, **_dates(start, end)}
        path = f"{_meetings(organizer)}/createOrGet"
        return read_meeting(self._send(tenant, "POST", path, seconds, document))

    def set_lobby(
        self,
        tenant: str,
        organizer: str,
        meeting_id: str,
        *,
        start: datetime,
        end: datetime,
        seconds: float,
    ) -> OnlineMeeting:
        """
        Ask for the lobby, the other settings of a visit, and the dates, in one PATCH.

        A 2xx does not mean that it was done: ask lobby.is_as_asked about the answer.
        """
        document = {**_SETTINGS, **_dates(start, end)}
        path = _meeting(organizer, meeting_id)
        answer = self._send(tenant, "PATCH", path, seconds, document)
        return read_meeting(answer, known_id=meeting_id)

    def get(self, tenant: str, organizer: str, meeting_id: str, *, seconds: float) -> OnlineMeeting:
        """Return the meeting with its present settings."""
        return read_meeting(self._send(tenant, "GET", _meeting(organizer, meeting_id), seconds))

    def guest_link(
        self, tenant: str, organizer: str, meeting_id: str, *, seconds: float
    ) -> str | None:
        """
        Return the link by which guests join in their browser, as it came.

        None if Graph refuses it or there is none: then guests use the meeting's own link. Its host
        is for the caller to check.
        """
        path = f"{_meeting(organizer, meeting_id)}/getVirtualAppointmentJoinWebUrl"
        try:
            return read_link(self._send(tenant, "GET", path, seconds))
        except GraphRefused:
            return None

    def _send(
        self,
        tenant: str,
        method: str,
        path: str,
        seconds: float,
        document: Mapping[str, Any] | None = None,
    ) -> Answer:
        until = self.ticks() + seconds
        token = self.app_tokens.token(tenant, f"{self.graph_url}/.default", seconds=seconds)
        left = until - self.ticks()
        if left < _SHORTEST:
            raise NotReached(Phase.CONNECT)
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Prefer": _NEW_VALUES,
        }
        body = None
        if document is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(document).encode()
        url = f"{self.graph_url}/v1.0{path}"
        return self.http.request(method, url, headers=headers, body=body, seconds=left)


def _meetings(organizer: str) -> str:
    return f"/users/{quote(organizer, safe='')}/onlineMeetings"


def _meeting(organizer: str, meeting_id: str) -> str:
    return f"{_meetings(organizer)}/{quote(meeting_id, safe='')}"


def _dates(start: datetime, end: datetime) -> dict[str, str]:
    return {"startDateTime": _utc(start), "endDateTime": _utc(end)}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
