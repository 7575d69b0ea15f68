"""Graph's forms: error answers, dates, and what a body may hold."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from local.faults.listener import Answer, json_headers

CREATE_FIELDS = frozenset({"endDateTime", "externalId", "participants", "startDateTime", "subject"})
BYPASS = "lobbyBypassSettings"
SCOPES = frozenset(
    {
        "organizer",
        "organization",
        "organizationAndFederated",
        "everyone",
        "invited",
        "organizationExcludingGuests",
    }
)
NEW_SCOPES = frozenset({"invited", "organizationExcludingGuests"})
"""Shown and taken only with the header `Prefer: include-unknown-enum-members`."""
UNKNOWN = "unknownFutureValue"
_ENUMS: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "allowedPresenters": {"everyone", "organization", "roleIsPresenter", "organizer"},
        "allowMeetingChat": {"enabled", "disabled", "limited"},
        "allowedLobbyAdmitters": {
            "organizerAndCoOrganizers",
            "organizerAndCoOrganizersAndPresenters",
        },
    }
)
_FLAGS = frozenset(
    {
        "allowAttendeeToEnableCamera",
        "allowAttendeeToEnableMic",
        "allowRecording",
        "allowTeamworkReactions",
        "allowTranscription",
        "isEntryExitAnnounced",
        "recordAutomatically",
    }
)
_PATCH_FIELDS = {
    "startDateTime",
    "endDateTime",
    "subject",
    "participants",
    BYPASS,
    *_ENUMS,
    *_FLAGS,
}


class Refusal(Exception):
    """An error answer of Graph."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, retry_after: int | None = None
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.retry_after = retry_after

    def answer(self) -> Answer:
        inner = {"date": "2026-01-01T00:00:00", "request-id": "local"}
        body = {"error": {"code": self.code, "message": self.message, "innerError": inner}}
        wait = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return Answer(self.status, json.dumps(body).encode(), json_headers(wait))


def bad(message: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def read_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        raise bad("Unable to read JSON request payload.") from None
    if not isinstance(document, dict):
        raise bad("The request payload is not an object.")
    return document


def read_new_dates(document: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """Return start and end of a new meeting: an hour from now unless the body says otherwise."""
    start, end = _date(document, "startDateTime"), _date(document, "endDateTime")
    if end is not None and start is None:
        raise bad("endDateTime needs a startDateTime.")
    start = start or now
    end = end or start + timedelta(hours=1)
    if end < start:
        raise bad("endDateTime is before startDateTime.")
    return start, end


def read_patch(document: Mapping[str, Any], *, new_values: bool) -> dict[str, Any]:
    """Return the changes of a PATCH, checked. Raises Refusal."""
    unknown = set(document) - _PATCH_FIELDS
    if unknown:
        raise bad(f"The property '{min(unknown)}' cannot be changed.")
    _check_dates(document)
    for name, value in document.items():
        if name in _ENUMS and value not in _ENUMS[name]:
            raise bad(f"Requested value was not found: {name}.")
        if name in _FLAGS and not isinstance(value, bool):
            raise bad(f"{name} is a Boolean.")
    if BYPASS in document:
        _check_bypass(document[BYPASS], new_values=new_values)
    return dict(document)


def to_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_dates(document: Mapping[str, Any]) -> None:
    start, end = _date(document, "startDateTime"), _date(document, "endDateTime")
    if (start is None) != (end is None):
        raise bad("startDateTime and endDateTime must be sent together.")
    if start is not None and end is not None and end < start:
        raise bad("endDateTime is before startDateTime.")


def _check_bypass(settings: object, *, new_values: bool) -> None:
    if not isinstance(settings, dict) or set(settings) - {"scope", "isDialInBypassEnabled"}:
        raise bad(f"{BYPASS} has scope and isDialInBypassEnabled.")
    scope = settings.get("scope")
    if scope not in SCOPES or (scope in NEW_SCOPES and not new_values):
        raise bad("Requested value was not found: scope.")
    if not isinstance(settings.get("isDialInBypassEnabled", False), bool):
        raise bad("isDialInBypassEnabled is a Boolean.")


def _date(document: Mapping[str, Any], name: str) -> datetime | None:
    text = document.get(name)
    if text is None:
        return None
    try:
        date = datetime.fromisoformat(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise bad(f"{name} is not a date.") from None
