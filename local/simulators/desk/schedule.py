"""The schedule page: the visits of a day, with Epic's button *Begin virtual visit* on each."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from itertools import groupby
from urllib.parse import urlsplit

from local.faults.listener import Answer, Request
from local.simulators.desk.control import Unusable
from local.simulators.desk.epic_control import plays_of
from local.simulators.desk.pages import bad_form, page, see_other
from local.simulators.epic.bookings import Bookings
from local.simulators.epic.people import CLINICIANS, WHO
from local.simulators.epic.records import PATIENT, PROVIDER, Record
from local.simulators.epic.smart import LAUNCH_PLAYS, Epic

_POLICY = (
    "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action http: https:; frame-src http: https:"
)
"""A form's redirects count too, and a launch is redirected from site to site."""
_OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


class Schedule:
    """Serves `/epic/schedule`, `/epic/begin` and `/epic/frame`."""

    def __init__(self, epic: Epic, bookings: Bookings) -> None:
        self._epic = epic
        self._bookings = bookings

    def show(self, request: Request) -> Answer:
        days = sorted({one.start.date() for one in self._bookings.appointments()})
        day = self._day(request, days)
        visits = [one for one in self._bookings.appointments() if one.start.date() == day]
        return page(
            "schedule.html",
            policy=_POLICY,
            day=day,
            days=days,
            visits=sorted(visits, key=lambda one: one.start),
            who=WHO,
            records=self._epic.records.all(),
            plays=[
                (place, list(names))
                for place, names in groupby(
                    sorted(LAUNCH_PLAYS), lambda name: name.partition(".")[0]
                )
            ],
        )

    def begin(self, request: Request) -> Answer:
        """Begin the visit and send the browser to the app, as Epic does."""
        query = request.query
        who, play = query.get("who", ""), query.get("play")
        if who not in WHO:
            return bad_form("who begins the visit")
        record = self._record(query.get("record", ""), who)
        if record is None:
            return bad_form("the integration record")
        try:
            plays = plays_of([play] if play else [], LAUNCH_PLAYS)
        except Unusable:
            return bad_form("what goes wrong")
        begun = self._epic.begin(record, who, query.get("csn", "").strip(), plays)
        return Answer(HTTPStatus.FOUND, headers=[("Location", begun.url)])

    def frame(self, request: Request) -> Answer:
        """Show the visit in a frame of this page, which is another site than the app."""
        record = self._record(request.query.get("record", ""), request.query.get("who", ""))
        if record is None:
            return bad_form("the integration record")
        name, _, port = request.header("Host").rpartition(":")
        if name == urlsplit(record.url).hostname:
            return see_other(f"http://{_OTHER_NAME[name]}:{port}{request.target}")
        return page(
            "frame.html",
            policy=_POLICY,
            address=f"/epic/begin?{request.target.partition('?')[2]}",
            sandboxed=request.query.get("sandboxed") == "yes",
        )

    def _record(self, name: str, who: str) -> Record | None:
        """Return the record of that name; without a name, the first for that person's side."""
        if name:
            return self._epic.records.find(name)
        side = PROVIDER if who in CLINICIANS else PATIENT
        return next((one for one in self._epic.records.all() if one.side == side), None)

    def _day(self, request: Request, days: Sequence[date]) -> date:
        """Return the day asked for; else the first one with a visit, from today on."""
        today = self._bookings.now().date()
        try:
            return date.fromisoformat(request.query.get("day", ""))
        except ValueError:
            return next((day for day in days if day >= today), today)
