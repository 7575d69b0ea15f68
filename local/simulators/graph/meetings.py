"""The meetings that exist, by id, by external id and by the path of their links."""

import base64
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from local.simulators.graph.wire import BYPASS, NEW_SCOPES, UNKNOWN, to_text
from local.simulators.kept import Kept

_MONTH = timedelta(days=31)
_DEFAULTS: Mapping[str, Any] = {
    BYPASS: {"scope": "everyone", "isDialInBypassEnabled": False},
    "allowedPresenters": "everyone",
    "allowMeetingChat": "enabled",
    "allowedLobbyAdmitters": "organizerAndCoOrganizersAndPresenters",
    "allowRecording": True,
    "allowTranscription": True,
    "isEntryExitAnnounced": True,
}


@dataclass(frozen=True)
class Meeting:
    """
    One meeting. `thread` is in its long link, `number` and `passcode` in its short one; `settings`
    holds what a PATCH may change except dates and subject. Deleted meetings can still be entered.
    """

    id: str
    tenant: str
    organizer: str
    external_id: str
    subject: str
    start: str
    end: str
    created: str
    thread: str
    number: str
    passcode: str
    short: bool
    settings: dict[str, Any]
    deleted: bool = False

    @property
    def scope(self) -> str:
        return str(self.settings[BYPASS]["scope"])

    def join_path(self) -> str:
        """Return path and query of the meeting's own link, encoded as Teams does."""
        if self.short:
            return f"/meet/{self.number}?p={self.passcode}"
        context = f'{{"Tid":"{self.tenant}","Oid":"{self.organizer}"}}'
        conversation = _encoded(f"19:{self.thread}@thread.v2")
        return f"/l/meetup-join/{conversation}/0?context={_encoded(context)}"

    def guest_path(self) -> str:
        """Return path and query of the link for guests in their browser."""
        return (
            f"/webrtc-svc/api/route?tid={self.tenant}&convId=19:{self.thread}@thread.v2"
            f"&oid={self.organizer}&virtualAppointment=True"
        )

    def as_json(self, meeting_url: str, *, new_values: bool) -> dict[str, Any]:
        """Return Graph's document; newer enumeration values are shown only where asked for."""
        settings = dict(self.settings)
        if self.scope in NEW_SCOPES and not new_values:
            settings[BYPASS] = {**settings[BYPASS], "scope": UNKNOWN}
        return {
            "id": self.id,
            "creationDateTime": self.created,
            "startDateTime": self.start,
            "endDateTime": self.end,
            "joinWebUrl": meeting_url + self.join_path(),
            "subject": self.subject,
            "externalId": self.external_id,
            "isBroadcast": False,
            "audioConferencing": None,
            "videoTeleconferenceId": None,
            "chatInfo": {"threadId": f"19:{self.thread}@thread.v2", "messageId": "0"},
            "participants": {
                "organizer": {"identity": {"user": {"id": self.organizer}}, "role": "presenter"},
                "attendees": [],
            },
            **settings,
        }


class Meetings:
    """Meetings that outlive the process. Identity is tenant, organizer and external id."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._by_id: dict[str, Meeting] = {}
        self._by_external: dict[tuple[str, str, str], str] = {}
        for _, document in kept.items():  # noqa: PERF102 Kept is no dictionary
            self._index(Meeting(**document))

    def find(self, tenant: str, organizer: str, external_id: str) -> Meeting | None:
        with self._lock:
            return self._by_id.get(self._by_external.get((tenant, organizer, external_id), ""))

    def get(self, tenant: str, organizer: str, meeting_id: str) -> Meeting | None:
        with self._lock:
            found = self._by_id.get(meeting_id)
        if found is None or found.deleted or (found.tenant, found.organizer) != (tenant, organizer):
            return None
        return found

    def add(self, **fields: Any) -> Meeting:
        """Make a meeting with new ids and the default settings."""
        thread = f"meeting_{secrets.token_urlsafe(24)}"
        plain = f"1*{fields['organizer']}*0**19:{thread}@thread.v2"
        meeting = Meeting(
            id=base64.b64encode(plain.encode()).decode(),
            thread=thread,
            number=str(secrets.randbelow(9 * 10**12) + 10**12),
            passcode=secrets.token_urlsafe(16),
            settings=dict(_DEFAULTS),
            **fields,
        )
        self._put(meeting)
        return meeting

    def change(self, meeting: Meeting, **fields: Any) -> Meeting:
        changed = replace(meeting, **fields)
        self._put(changed)
        return changed

    def patch(self, meeting: Meeting, changes: Mapping[str, Any]) -> Meeting:
        """Apply checked changes; who takes part is not kept."""
        left = {name: value for name, value in changes.items() if name != "participants"}
        fields: dict[str, Any] = {"subject": left.pop("subject", meeting.subject)}
        if "startDateTime" in left:
            fields["start"] = to_text(datetime.fromisoformat(left.pop("startDateTime")))
            fields["end"] = to_text(datetime.fromisoformat(left.pop("endDateTime")))
        if BYPASS in left:
            left[BYPASS] = {**meeting.settings[BYPASS], **left[BYPASS]}
        return self.change(meeting, settings={**meeting.settings, **left}, **fields)

    def made_by(self, organizer: str, now: datetime) -> int:
        """Return how many meetings the organizer made in the last 31 days."""
        with self._lock:
            return sum(
                one.organizer == organizer and datetime.fromisoformat(one.created) > now - _MONTH
                for one in self._by_id.values()
            )

    def all(self) -> list[Meeting]:
        with self._lock:
            return list(self._by_id.values())

    def by_thread(self, thread: str) -> Meeting | None:
        return next((one for one in self.all() if one.thread == thread), None)

    def by_link(self, target: str) -> tuple[Meeting, bool] | None:
        """Return the meeting that a link leads to, and whether the link is the guests'."""
        split = urlsplit(target)
        query = parse_qs(split.query)
        for one in self.all():
            if split.path == f"/meet/{one.number}" and query.get("p") == [one.passcode]:
                return one, False
            conversation = f"19:{one.thread}@thread.v2"
            if unquote(split.path) == f"/l/meetup-join/{conversation}/0":
                return one, False
            if split.path == "/webrtc-svc/api/route" and query.get("convId") == [conversation]:
                return one, True
        return None

    def reset(self) -> None:
        with self._lock:
            self._kept.clear()
            self._by_id.clear()
            self._by_external.clear()

    def _put(self, meeting: Meeting) -> None:
        with self._lock:
            self._kept.put(meeting.id, asdict(meeting))
            self._index(meeting)

    def _index(self, meeting: Meeting) -> None:
        self._by_id[meeting.id] = meeting
        key = (meeting.tenant, meeting.organizer, meeting.external_id)
        if meeting.deleted:
            self._by_external.pop(key, None)
        else:
            self._by_external[key] = meeting.id


def _encoded(text: str) -> str:
    """Percent-encode with small hexadecimal letters, as Teams does."""
    first, *rest = quote(text, safe="").split("%")
    return first + "".join(f"%{part[:2].lower()}{part[2:]}" for part in rest)
