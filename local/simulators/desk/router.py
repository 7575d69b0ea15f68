"""Routes the desk's requests to its parts."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from local.faults.listener import Answer, Request, Service
from local.simulators import identity
from local.simulators.desk import phone
from local.simulators.desk.control import Control, Unusable, to_json
from local.simulators.desk.epic import EpicDesk
from local.simulators.desk.pages import (
    no_icon,
    not_allowed,
    not_found,
    page,
    see_other,
    static,
)
from local.simulators.desk.schedule import Schedule

_STATIC = "/static/"


class Desk:
    """The service of the desk's listener."""

    def __init__(
        self,
        *,
        control: Control,
        phones: phone.Phone,
        epic: EpicDesk,
        schedule: Schedule,
        token_endpoint: Service,
        meeting_url: Callable[[], str],
    ) -> None:
        self._control = control
        self._phones = phones
        self._epic = epic
        self._pages: Mapping[str, Callable[[Request], Answer]] = MappingProxyType(
            {
                "/": lambda _: page("index.html"),
                "/control": lambda _: page("control.html"),
                "/phone": phones.list_phones,
                "/phone.json": phones.list_json,
                "/epic": epic.show,
                "/epic/schedule": schedule.show,
                "/epic/begin": schedule.begin,
                "/epic/frame": schedule.frame,
                "/favicon.ico": lambda _: no_icon(),
                "/meetings": lambda _: see_other(meeting_url()),
            }
        )
        self._token_endpoint = token_endpoint

    def serve(self, request: Request) -> Answer:
        try:
            return self._route(request)
        except Unusable as refused:
            return to_json(HTTPStatus.BAD_REQUEST, {"error": str(refused)})

    def _route(self, request: Request) -> Answer:
        path = request.path
        if path == identity.PATH:
            return self._token_endpoint(request)
        if path.startswith("/control/"):
            return self._control.answer(request)
        if path.startswith(phone.PREFIX):
            return self._phones.one(request)
        if path.startswith(_STATIC):
            return static(path.removeprefix(_STATIC))
        if request.method == "POST":
            return self._epic.submit(request)
        if request.method not in {"GET", "HEAD"}:
            return not_allowed()
        shown = self._pages.get(path)
        return not_found() if shown is None else shown(request)
