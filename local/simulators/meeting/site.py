"""
The meeting site: join links lead here.

A link shows who somebody can join as; joining leads to a page of their own, which follows what
happens: lobby, meeting, left, ended. Everything works by forms; a script only keeps pages fresh.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from local.faults.listener import Answer, Request
from local.simulators.desk.control import Unusable, to_json
from local.simulators.desk.pages import bad_form, form_of, no_icon, not_found, see_other
from local.simulators.entra.directory import ACCOUNTS
from local.simulators.entra.session import signed_in
from local.simulators.graph.meetings import Meeting, Meetings
from local.simulators.meeting.accounts import Kind, kind_of
from local.simulators.meeting.pages import STATIC, page, style_or_script
from local.simulators.meeting.rooms import PRESENT, Person, Place, Rooms, can_admit

_LINKS = ("/meet/", "/l/meetup-join/", "/webrtc-svc/api/route")
_ROOM = "/room/"
_OTHER_HOST = "127.0.0.1"
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Conduct:
    """
    `sign_in_to_join`: nobody joins without an account. `signed_in_as`: the account that the browser
    is signed in to, "" for that of its last sign-in. `redirect`: links lead to another host of this
    machine first.
    """

    sign_in_to_join: bool = False
    signed_in_as: str = ""
    redirect: bool = False


class MeetingSite:
    """Serves the links, the people's pages, `/` and `/meetings.json`."""

    def __init__(self, meetings: Meetings, rooms: Rooms) -> None:
        self.rooms = rooms
        self.conduct = Conduct()
        self._meetings = meetings
        self._acts: Mapping[str, Callable[[Request, Meeting, Person], bool]] = MappingProxyType(
            {
                "admit": lambda request, meeting, person: rooms.admit(
                    meeting, person, form_of(request).get("person", "")
                ),
                "leave": lambda _, meeting, person: rooms.leave(meeting, person),
                "end": lambda _, meeting, person: rooms.end(meeting, person),
            }
        )

    def configure(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Change the conduct and return it. Raises Unusable."""
        for name in ("sign_in_to_join", "redirect"):
            if not isinstance(document.get(name, False), bool):
                raise Unusable(f"{name} is true or false")
        if document.get("signed_in_as", "") not in {"", *ACCOUNTS}:
            raise Unusable(f"signed_in_as is empty or one of {', '.join(ACCOUNTS)}")
        if set(document) - {"sign_in_to_join", "signed_in_as", "redirect"}:
            raise Unusable("no such setting")
        self.conduct = replace(self.conduct, **document)
        return {
            "sign_in_to_join": self.conduct.sign_in_to_join,
            "signed_in_as": self.conduct.signed_in_as,
            "redirect": self.conduct.redirect,
        }

    def reset(self) -> None:
        self.rooms.reset()
        self.conduct = Conduct()

    def serve(self, request: Request) -> Answer:
        path = request.path
        if path.startswith(STATIC):
            return style_or_script(path.removeprefix(STATIC))
        if path.startswith(_LINKS):
            return self._link(request)
        if path.startswith(_ROOM):
            return self._room(request, path.removeprefix(_ROOM).split("/"))
        if path == "/meetings.json":
            return to_json(HTTPStatus.OK, [self._as_json(one) for one in self._meetings.all()])
        if path == "/favicon.ico":
            return no_icon()
        if path == "/":
            return page(request, "meetings.html", meetings=self._overview())
        return not_found()

    def _link(self, request: Request) -> Answer:
        host, _, port = request.header("Host").partition(":")
        if self.conduct.redirect and host != _OTHER_HOST:
            place = f"http://{_OTHER_HOST}:{port}{request.target}"
            return Answer(HTTPStatus.FOUND, headers=[("Location", place)])
        found = self._meetings.by_link(request.target)
        if found is None:
            return page(request, "unknown.html", HTTPStatus.NOT_FOUND)
        meeting, for_guests = found
        if for_guests and self.conduct.sign_in_to_join:
            return page(request, "sign_in.html", HTTPStatus.FORBIDDEN)
        return page(
            request,
            "join.html",
            action=f"{_ROOM}{meeting.thread}/join",
            meeting=meeting,
            accounts=[]
            if for_guests
            else [(each, kind_of(each, meeting.tenant)) for each in ACCOUNTS.values()],
            signed_in_as="" if for_guests else self.conduct.signed_in_as or signed_in(request),
            sign_in_to_join=self.conduct.sign_in_to_join,
        )

    def _room(self, request: Request, parts: list[str]) -> Answer:
        meeting = self._meetings.by_thread(parts[0])
        if meeting is None or len(parts) not in {2, 3}:
            return not_found()
        if parts[1:] == ["join"]:
            return self._join(request, meeting)
        person = self.rooms.person(meeting.thread, parts[1])
        if person is None:
            return not_found()
        if len(parts) == 2:
            return self._own_page(request, meeting, person)
        act = self._acts.get(parts[2])
        if act is None or request.method != "POST":
            return not_found()
        act(request, meeting, person)
        return see_other(f"{_ROOM}{meeting.thread}/{person.id}")

    def _join(self, request: Request, meeting: Meeting) -> Answer:
        if request.method != "POST":
            return not_found()
        form = form_of(request)
        chosen, name = form.get("account", ""), form.get("name", "").strip()
        if chosen not in {"", *ACCOUNTS}:
            return bad_form("the account")
        if len(name) > _LONGEST_NAME:
            return bad_form("the name")
        account = ACCOUNTS.get(chosen)
        if account is None and self.conduct.sign_in_to_join:
            return page(request, "sign_in.html", HTTPStatus.FORBIDDEN)
        person = self.rooms.join(meeting, account, name)
        return see_other(f"{_ROOM}{meeting.thread}/{person.id}")

    def _own_page(self, request: Request, meeting: Meeting, person: Person) -> Answer:
        people = [one for one in self.rooms.people(meeting.thread) if one.place in PRESENT]
        return page(
            request,
            "room.html",
            base=f"{_ROOM}{meeting.thread}/{person.id}",
            link=meeting.join_path() if person.kind != Kind.NOBODY else meeting.guest_path(),
            meeting=meeting,
            me=person,
            inside=[one for one in people if one.place == Place.IN],
            lobby=[one for one in people if one.place == Place.LOBBY],
            may_admit=can_admit(meeting, person),
        )

    def _overview(self) -> list[tuple[Meeting, list[Person]]]:
        newest_first = reversed(self._meetings.all())
        return [(one, self.rooms.people(one.thread)) for one in newest_first]

    def _as_json(self, meeting: Meeting) -> dict[str, Any]:
        return {
            "id": meeting.id,
            "organizer": meeting.organizer,
            "external_id": meeting.external_id,
            "subject": meeting.subject,
            "start": meeting.start,
            "end": meeting.end,
            "lobby": meeting.scope,
            "room": f"{_ROOM}{meeting.thread}",
            "people": self.rooms.as_json(meeting.thread),
        }
