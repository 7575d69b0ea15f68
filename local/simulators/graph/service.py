"""
Graph's `onlineMeetings` below `/v1.0/users/{organizer}`, for applications.

Faults are played around it (local/simulators/simulator.py).
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from local.faults.listener import Answer, Request, json_headers
from local.simulators.clock import Clock
from local.simulators.entra.directory import ACCOUNTS, LAMNA
from local.simulators.graph.access import CALLS, GUEST_LINKS, Access, Rate, check_roles
from local.simulators.graph.conduct import REFUSALS, Conduct
from local.simulators.graph.meetings import Meeting, Meetings
from local.simulators.graph.wire import (
    BYPASS,
    CREATE_FIELDS,
    UNKNOWN,
    Refusal,
    bad,
    read_new_dates,
    read_object,
    read_patch,
    to_text,
)
from local.simulators.identity import Tokens
from local.simulators.memory import ACCEPTED, DUPLICATE, RATE_LIMITED, REFUSED
from local.simulators.simulator import Outcome

_ORGANIZER = re.compile(r"0b000000-0000-4000-8000-[0-9a-f]{12}")
_MEMBERS = frozenset(each.oid for each in ACCOUNTS.values() if each.tenant == LAMNA)
_PATH = re.compile(r"/v1\.0/users/(?P<user>[^/]+)/onlineMeetings(?:/(?P<id>[^/]+)(?P<more>/\w+)?)?")
_GUEST_LINK = "/getVirtualAppointmentJoinWebUrl"
_YEAR_1 = "0001-01-01T00:00:00Z"


@dataclass(frozen=True)
class _Call:
    """A request whose token, organizer and path are in order."""

    request: Request
    tenant: str
    user: str
    id: str
    more: str
    new_values: bool


class Graph:
    """
    The service root. `url` returns its own address, which is the audience of its tokens;
    `meeting_url` is where join links lead.
    """

    def __init__(
        self,
        meetings: Meetings,
        tokens: Tokens,
        clock: Clock,
        url: Callable[[], str],
        meeting_url: Callable[[], str],
    ) -> None:
        self.meetings = meetings
        self.conduct = Conduct()
        self._access = Access(tokens, url)
        self._rate = Rate()
        self._clock = clock
        self._url = url
        self._meeting_url = meeting_url
        self._making = threading.Lock()
        self._routes: Mapping[tuple[str, str], Callable[[_Call], Outcome]] = MappingProxyType(
            {
                ("GET", ""): self._get,
                ("PATCH", ""): self._patch,
                ("DELETE", ""): self._delete,
                ("GET", _GUEST_LINK): self._guest_link,
            }
        )

    def configure(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Change the conduct and return it. Raises Unusable."""
        self.conduct = self.conduct.changed(document)
        return self.conduct.as_json()

    def reset(self) -> None:
        self.meetings.reset()
        self.conduct = Conduct()
        self._rate.reset()

    def remembered(self, request: Request) -> Any:
        try:
            return json.loads(request.body)
        except ValueError:
            return None

    def act(self, request: Request) -> Outcome:
        try:
            return self._route(request)
        except Refusal as refusal:
            limited = refusal.status == HTTPStatus.TOO_MANY_REQUESTS
            verdict = RATE_LIMITED if limited else REFUSED
            details = {"code": refusal.code, "message": refusal.message}
            return Outcome(refusal.answer(), verdict, details=details)

    def _route(self, request: Request) -> Outcome:
        claims = self._access.check(request, self._clock.real_now())
        self._rate.take(self.conduct.throttle, self._clock.now())
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise _not_found()
        prefer = request.header("Prefer")
        call = _Call(
            request=request,
            tenant=str(claims.get("tid", LAMNA)),
            user=unquote(match["user"]),
            id=unquote(match["id"] or ""),
            more=match["more"] or "",
            new_values="include-unknown-enum-members" in prefer,
        )
        check_roles(claims, GUEST_LINKS if call.more == _GUEST_LINK else CALLS)
        self._check_organizer(call.user)
        if (request.method, call.id, call.more) == ("POST", "createOrGet", ""):
            return self._create_or_get(call)
        route = self._routes.get((request.method, call.more)) if call.id else None
        if route is None:
            raise _not_found()
        return route(call)

    def _check_organizer(self, user: str) -> None:
        refusal = self.conduct.organizers.get(user)
        if refusal is None and not _ORGANIZER.fullmatch(user):
            refusal = "no_policy" if user in _MEMBERS else "disabled"
        if refusal is not None and refusal != "used_up":
            raise REFUSALS[refusal](user)

    def _create_or_get(self, call: _Call) -> Outcome:
        document = read_object(call.request.body)
        unknown = set(document) - CREATE_FIELDS
        if unknown:
            raise bad(f"The property '{min(unknown)}' is not supported by createOrGet.")
        external_id, subject = document.get("externalId"), document.get("subject") or ""
        if not isinstance(external_id, str) or not external_id or not isinstance(subject, str):
            raise bad("externalId is required; it and subject are texts.")
        start, end = read_new_dates(document, self._clock.now())
        with self._making:
            found = self.meetings.find(call.tenant, call.user, external_id)
            if found is None and self.conduct.existing != "no":
                found = self._earlier(call, external_id)
            if found is not None:
                return self._shown(call, found, DUPLICATE)
            self._check_limit(call.user)
            made = self._add(call, external_id, subject, to_text(start), to_text(end))
        return self._shown(call, made, ACCEPTED, HTTPStatus.CREATED)

    def _check_limit(self, user: str) -> None:
        made = self.meetings.made_by(user, self._clock.now())
        used_up = self.conduct.organizers.get(user) == "used_up"
        if used_up or made >= self.conduct.monthly_limit:
            raise REFUSALS["used_up"](user)

    def _earlier(self, call: _Call, external_id: str) -> Meeting:
        """Make the meeting as if it had been made the day before."""
        then = self._clock.now() - timedelta(days=1)
        start, end = to_text(then), to_text(then + timedelta(hours=1))
        if self.conduct.existing == "year_1":
            start = end = _YEAR_1
        return self._add(call, external_id, "", start, end)

    def _add(self, call: _Call, external_id: str, subject: str, start: str, end: str) -> Meeting:
        return self.meetings.add(
            tenant=call.tenant,
            organizer=call.user,
            external_id=external_id,
            subject=subject,
            start=start,
            end=end,
            created=to_text(self._clock.now()),
            short=self.conduct.links == "short",
        )

    def _get(self, call: _Call) -> Outcome:
        return self._shown(call, self._found(call), ACCEPTED)

    def _patch(self, call: _Call) -> Outcome:
        meeting, conduct = self._found(call), self.conduct.patch
        changes = read_patch(read_object(call.request.body), new_values=call.new_values)
        if conduct == "refused":
            raise Refusal(HTTPStatus.FORBIDDEN, "Forbidden", "The setting is not allowed.")
        if conduct in {"everyone", "unknown"}:
            scope = "everyone" if conduct == "everyone" else UNKNOWN
            document = meeting.as_json(self._meeting_url(), new_values=call.new_values)
            document[BYPASS] = {**document[BYPASS], "scope": scope}
            return _answered(document, ACCEPTED, {"meeting": meeting.id, "conduct": conduct})
        if conduct == "presenters":
            changes["allowedPresenters"] = "everyone"
        changed = self.meetings.patch(meeting, changes)
        document = changed.as_json(self._meeting_url(), new_values=call.new_values)
        if conduct == "missing":
            del document[BYPASS]
        details = {"meeting": meeting.id, "conduct": conduct}
        return _answered(document, ACCEPTED, details, acted=True)

    def _delete(self, call: _Call) -> Outcome:
        """Answer 204; whoever kept the meeting's address can still enter it."""
        self.meetings.change(self._found(call), deleted=True)
        return Outcome(Answer(HTTPStatus.NO_CONTENT), ACCEPTED, acted=True)

    def _guest_link(self, call: _Call) -> Outcome:
        meeting, conduct = self._found(call), self.conduct.guest_link
        if conduct == "refused":
            raise Refusal(HTTPStatus.FORBIDDEN, "Forbidden", "Insufficient privileges.")
        if conduct == "missing":
            raise _not_found()
        link = None if conduct == "none" else self._meeting_url() + meeting.guest_path()
        context = f"{self._url()}/v1.0/$metadata#Edm.String"
        document = {"@odata.context": context, "value": link}
        return _answered(document, ACCEPTED, {"meeting": meeting.id}, acted=True)

    def _found(self, call: _Call) -> Meeting:
        found = self.meetings.get(call.tenant, call.user, call.id)
        if found is None:
            raise _not_found()
        return found

    def _shown(
        self, call: _Call, meeting: Meeting, verdict: str, status: HTTPStatus = HTTPStatus.OK
    ) -> Outcome:
        document = meeting.as_json(self._meeting_url(), new_values=call.new_values)
        details = {"meeting": meeting.id, "organizer": meeting.organizer}
        return _answered(document, verdict, details, status, acted=status == HTTPStatus.CREATED)


def _not_found() -> Refusal:
    return Refusal(HTTPStatus.NOT_FOUND, "NotFound", "The resource could not be found.")


def _answered(
    document: dict[str, Any],
    verdict: str,
    details: dict[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    *,
    acted: bool = False,
) -> Outcome:
    answer = Answer(status, json.dumps(document).encode(), json_headers())
    return Outcome(answer, verdict, acted=acted, details=details)
