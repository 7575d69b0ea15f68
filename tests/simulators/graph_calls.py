"""Graph as an application calls it, and the meeting page as a browser does."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from local.simulators.server import RunningSimulators

ORGANIZER = "0b000000-0000-4000-8000-000000000001"
OTHER_ORGANIZER = "0b000000-0000-4000-8000-000000000002"
START, END = "2026-06-01T13:30:00Z", "2026-06-01T14:00:00Z"
PREFER = {"Prefer": "include-unknown-enum-members"}
LOBBY = {"lobbyBypassSettings": {"scope": "organizationExcludingGuests"}}


@dataclass
class GraphCalls:
    """A client with a token of the right audience."""

    simulators: RunningSimulators

    @cached_property
    def token(self) -> str:
        until = self.simulators.clock.real_now() + timedelta(hours=1)
        return self.simulators.tokens.issue(self.simulators.urls["graph"], until)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.simulators.ca_file))

    def call(
        self, method: str, path: str, document: object = None, **headers: str
    ) -> tuple[int, Any]:
        """Return status and document of a call below `/v1.0/users`."""
        request = urllib.request.Request(
            f"{self.simulators.urls['graph']}/v1.0/users{path}",
            None if document is None else json.dumps(document).encode(),
            {"Authorization": f"Bearer {self.token}", **headers},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10, context=self._tls) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read())

    def create(self, organizer: str = ORGANIZER, **document: Any) -> tuple[int, Any]:
        body = {"externalId": "visit-1", **document}
        return self.call("POST", f"/{organizer}/onlineMeetings/createOrGet", body)

    def patch(self, meeting: str, document: object, **headers: str) -> tuple[int, Any]:
        return self.call("PATCH", path_of(meeting), document, **headers)

    def get(self, meeting: str, **headers: str) -> tuple[int, Any]:
        return self.call("GET", path_of(meeting), **headers)

    def guest_link(self, meeting: str) -> tuple[int, Any]:
        return self.call("GET", f"{path_of(meeting)}/getVirtualAppointmentJoinWebUrl")

    def guarded(self, **document: Any) -> dict[str, Any]:
        """Return a meeting that lets only members of the organization past its lobby."""
        _, made = self.create(**document)
        _, meeting = self.patch(
            made["id"], {**LOBBY, "allowedPresenters": "organization"}, **PREFER
        )
        return dict(meeting)


def message(answer: tuple[int, Any]) -> tuple[int, str, str]:
    """Return the status, the code and the message of an error answer."""
    status, document = answer
    return status, document["error"]["code"], document["error"]["message"]


def path_of(meeting: str, organizer: str = ORGANIZER) -> str:
    return f"/{organizer}/onlineMeetings/{urllib.parse.quote(meeting, safe='')}"


@dataclass
class Browser:
    """One person: opens a link, joins, and keeps the address of the page that follows."""

    link: str
    page: str = ""
    address: str = ""

    def open(self) -> int:
        """Follow the link and return the status."""
        return self._load(urllib.request.Request(self.link))

    def join(self, **fields: str) -> int:
        """Press the button of the form on the page."""
        action = self.page.partition('action="')[2].partition('"')[0]
        return self._load(self._form(action, fields))

    def press(self, button: str, **fields: str) -> int:
        """Press a button of one's own page."""
        path = urllib.parse.urlsplit(self.address).path
        return self._load(self._form(f"{path}/{button}", fields))

    def look(self) -> str:
        """Load the page again."""
        self._load(urllib.request.Request(self.address))
        return self.page

    def _form(self, path: str, fields: dict[str, str]) -> urllib.request.Request:
        form = urllib.parse.urlencode(fields).encode()
        return urllib.request.Request(urllib.parse.urljoin(self.address, path), form)

    def _load(self, request: urllib.request.Request) -> int:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                self.address, self.page = answer.url, answer.read().decode()
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                self.page = refusal.read().decode()
                return refusal.code


def visitor(link: str, **fields: str) -> Browser:
    """Open the link and join."""
    browser = Browser(link)
    assert browser.open() == 200
    assert browser.join(**fields) == 200
    return browser
