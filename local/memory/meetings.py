"""
Microsoft Graph's meetings in memory: a meeting for each organizer and external id, as at Graph.

Answers that are not Graph's usual ones are given by whoever tests with them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shared_code.graph import lobby
from shared_code.graph.answers import OnlineMeeting
from shared_code.graph.errors import GraphRefused, Refusal

Trouble = Callable[[str, str], None]
"""Called with the method and the organizer before each request; may raise."""


def _nothing(method: str, organizer: str) -> None:
    """Do nothing: the request is carried out."""


class MemoryMeetings:
    """
    The port Meetings. `before` and `after` come before and after the effect of each request.

    `shown` is the lobby that a closed one is shown as, `host` the start of the links, `asked` how
    often each method was called, `made` what was made and `times` for when.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.made: dict[tuple[str, str, str], OnlineMeeting] = {}
        self.times: dict[tuple[str, str, str], tuple[datetime, datetime]] = {}
        self.asked: Counter[str] = Counter()
        self.before: Trouble = _nothing
        self.after: Trouble = _nothing
        self.shown = (lobby.SCOPE, lobby.PRESENTERS)
        self.host = "https://teams.microsoft.com"
        self.guest_host: str | None = "https://visit.teams.microsoft.com"
        self.seconds: list[float] = []

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
        """Return the organizer's meeting of that external id; make it if there is none."""
        self._begin("create_or_get", organizer, seconds)
        key = (tenant, organizer, external_id)
        with self._lock:
            created = key not in self.made
            if created:
                name = f"{organizer}-{len(self.made) + 1}"
                url = f"{self.host}/meet/{len(self.made) + 1}?p={name}"
                self.made[key] = OnlineMeeting(name, url, "everyone", "", created=False)
                self.times[key] = start, end
            meeting = self.made[key]
        self.after("create_or_get", organizer)
        return replace(meeting, created=created)

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
        """Close the lobby and set the times."""
        self._begin("set_lobby", organizer, seconds)
        scope, presenters = self.shown
        with self._lock:
            key = self._key(tenant, organizer, meeting_id)
            self.times[key] = start, end
            meeting = self.made[key] = replace(self.made[key], lobby=scope, presenters=presenters)
        self.after("set_lobby", organizer)
        return meeting

    def get(self, tenant: str, organizer: str, meeting_id: str, *, seconds: float) -> OnlineMeeting:
        """Return the meeting with its present settings."""
        self._begin("get", organizer, seconds)
        with self._lock:
            return self.made[self._key(tenant, organizer, meeting_id)]

    def guest_link(
        self, tenant: str, organizer: str, meeting_id: str, *, seconds: float
    ) -> str | None:
        """Return the link to join in a browser."""
        self._begin("guest_link", organizer, seconds)
        if self.guest_host is None:
            return None
        with self._lock:
            try:
                self._key(tenant, organizer, meeting_id)
            except GraphRefused:
                return None
        return f"{self.guest_host}/api/route?convId={meeting_id}"

    def _begin(self, method: str, organizer: str, seconds: float) -> None:
        with self._lock:
            self.asked[method] += 1
            self.seconds.append(seconds)
        self.before(method, organizer)

    def _key(self, tenant: str, organizer: str, meeting_id: str) -> tuple[str, str, str]:
        """Find the organizer's meeting. Raises GraphRefused as Graph does."""
        for key, each in self.made.items():
            if key[:2] == (tenant, organizer) and each.id == meeting_id:
                return key
        raise GraphRefused(Refusal.ORGANIZER, 404)
