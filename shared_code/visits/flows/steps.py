"""
What each step asks of Graph, and what the answer means for the visit.

A step changes nothing in storage but problems and who is left out; the visit that it returns is
written by prepare.py, and its meeting is counted after that. Doing a step twice makes no second
meeting: createOrGet finds the first one by its external id, under the same organizer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from shared_code import logs
from shared_code.clock import Clock
from shared_code.errors import Code, Conflict, ConnectorError, ErrorInfo, NotStored
from shared_code.graph import lobby
from shared_code.graph.errors import GraphBusy, GraphRefused, Refusal
from shared_code.identity.errors import CredentialRefused
from shared_code.outbound.errors import AddressRefused
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner
from shared_code.visits.domain import reasons
from shared_code.visits.domain.join_links import JoinHosts
from shared_code.visits.domain.steps import Step
from shared_code.visits.domain.visit import Visit, VisitState, Wanted
from shared_code.visits.flows.graph_calls import LATER, GraphCalls
from shared_code.visits.flows.organizers import Organizers
from shared_code.visits.ports import Meetings

if TYPE_CHECKING:
    from shared_code.graph.answers import OnlineMeeting

SUBJECT = "Virtual visit"
"""The same for every meeting: no field of Graph says anything about a visit."""
_NOT_YET = 503


@dataclass(slots=True)
class Job:
    """
    One run on one visit, until a time. `by_hint`: nobody is waiting, so that what may be mended
    later is left for later. `tried` organizers said no in this run; `chosen` is the one that this
    run has fixed, so nothing was asked of it before; `busy` is what the last one said; `uncounted`
    has made a meeting that is not counted yet.
    """

    wanted: Wanted
    until: datetime
    by_hint: bool
    tried: set[str] = field(default_factory=set)
    chosen: str = ""
    busy: GraphBusy | None = None
    uncounted: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """No further step now. `retry_after`: seconds that Graph asked for."""

    info: ErrorInfo
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class VisitSteps:
    """Carries out steps. Everything here may raise NotStored and Conflict."""

    meetings: Meetings
    calls: GraphCalls
    organizers: Organizers
    problems: Problems
    hosts: JoinHosts
    clock: Clock

    def carry_out(self, step: Step, visit: Visit, job: Job) -> tuple[Visit, Stopped | None]:
        """Return the visit after the step, and why there is no further one."""
        steps: dict[Step, Callable[[Visit, Job], tuple[Visit, Stopped | None]]] = {
            Step.FIX_ORGANIZER: self._fix_organizer,
            Step.MAKE_MEETING: self._make_meeting,
            Step.CLOSE_LOBBY: self._close_lobby,
            Step.ASK_GUEST_LINK: self._ask_guest_link,
            Step.MOVE_MEETING: self._close_lobby,
        }
        try:
            return steps[step](visit, job)
        except LATER as error:
            after = getattr(error, "retry_after", None) or 0
            return visit, Stopped(error.info, after)
        except GraphRefused as error:
            return visit, self._stopped(error.info, job, job.wanted.ref.connection)
        except (CredentialRefused, AddressRefused) as error:
            return visit, self._stopped(error.info, job, job.wanted.tenant)

    def count(self, job: Job) -> None:
        """
        Count the meeting that is made, after the visit is written: the count only keeps accounts
        from their limit, so nobody waits for it. What fails is tried after the next step.
        """
        if not job.uncounted:
            return
        with suppress(NotStored, Conflict):
            self.organizers.count(job.wanted, job.uncounted)
            job.uncounted = ""

    def _fix_organizer(self, visit: Visit, job: Job) -> tuple[Visit, Stopped | None]:
        job.chosen = self.organizers.choose(job.wanted, job.tried) or ""
        if job.chosen:
            logs.event("visit.organizer_fixed", row=visit.ref.row)
            return visit.with_organizer(job.chosen), None
        if job.busy is not None:
            raise job.busy
        info = reasons.ORGANIZERS_UNAVAILABLE.as_error(_NOT_YET)
        return visit, self._stopped(info, job, job.wanted.ref.connection)

    def _make_meeting(self, visit: Visit, job: Job) -> tuple[Visit, Stopped | None]:
        try:
            meeting = self._ask(
                job,
                lambda seconds: self.meetings.create_or_get(
                    visit.tenant,
                    visit.organizer,
                    visit.ref.external_id,
                    SUBJECT,
                    visit.begins,
                    visit.end,
                    seconds=seconds,
                ),
            )
        except GraphRefused as error:
            if error.kind is Refusal.OTHER:
                raise
            self.organizers.leave_out(job.wanted, visit.organizer, error.kind)
            job.tried.add(visit.organizer)
            return visit.with_organizer(""), None
        except GraphBusy as error:
            if visit.organizer != job.chosen:  # an earlier request may have made the meeting
                raise
            job.busy = error
            job.tried.add(visit.organizer)
            stopped = Stopped(error.info, error.retry_after or 0) if job.by_hint else None
            return visit.with_organizer(""), stopped
        if not self.hosts.allow(meeting.join_url):
            info = reasons.JOIN_LINK_REFUSED.as_error(_NOT_YET)
            return visit, self._stopped(info, job, visit.organizer)
        # found under an account that this run has fixed: it was counted when it was made
        if meeting.created or visit.organizer != job.chosen:
            job.uncounted = visit.organizer
        return visit.with_meeting(meeting.id, meeting.join_url), None

    def _close_lobby(self, visit: Visit, job: Job) -> tuple[Visit, Stopped | None]:
        """Ask for the lobby and the times in one request; the answer must show the lobby."""
        at_new_time = visit.moved(job.wanted) if visit.is_moved(job.wanted) else visit
        try:
            answer = self._set_lobby(at_new_time, job)
        except GraphRefused:
            if visit.state is VisitState.READY:  # the times are only for show in Teams
                return at_new_time, None
        else:
            if _is_closed(answer) or self._is_lobby_shown(at_new_time, job):
                return at_new_time.with_lobby(), None
        after = at_new_time.without_lobby(self.clock())
        logs.warn("visit.lobby_unconfirmed", row=visit.ref.row, count=after.lobby_tries)
        if after.state is VisitState.LOBBY_REFUSED:
            info = reasons.LOBBY_REFUSED.as_error(_NOT_YET)
            return after, self._stopped(info, job, visit.organizer)
        return after, Stopped(reasons.LOBBY_UNCONFIRMED)

    def _set_lobby(self, visit: Visit, job: Job) -> OnlineMeeting:
        return self._ask(
            job,
            lambda seconds: self.meetings.set_lobby(
                visit.tenant,
                visit.organizer,
                visit.meeting_id,
                start=visit.begins,
                end=visit.end,
                seconds=seconds,
            ),
        )

    def _is_lobby_shown(self, visit: Visit, job: Job) -> bool:
        """
        Look at the meeting, for an answer that did not show the lobby. Without a second answer it
        counts as open, also that of a visit which was ready: its patients would be let in.
        """
        try:
            answer = self._ask(
                job,
                lambda seconds: self.meetings.get(
                    visit.tenant, visit.organizer, visit.meeting_id, seconds=seconds
                ),
            )
        except ConnectorError:
            return False
        return _is_closed(answer)

    def _ask_guest_link(self, visit: Visit, job: Job) -> tuple[Visit, Stopped | None]:
        try:
            link = self._ask(
                job,
                lambda seconds: self.meetings.guest_link(
                    visit.tenant, visit.organizer, visit.meeting_id, seconds=seconds
                ),
            )
        except (*LATER, CredentialRefused):
            if job.by_hint:
                raise
            link = None  # somebody is waiting, and the meeting's own link leads in as well
        if link and not self.hosts.allow(link):
            self._report(reasons.JOIN_LINK_REFUSED.code, job, visit.organizer)
            link = None
        return visit.ready(link or ""), None

    def _ask[T](self, job: Job, request: Callable[[float], T]) -> T:
        return self.calls.ask(job.wanted.tenant, job.until, request, by_hint=job.by_hint)

    def _stopped(self, info: ErrorInfo, job: Job, subject: str) -> Stopped:
        """Report to a person as well: waiting alone mends nothing."""
        self._report(info.code, job, subject)
        return Stopped(info)

    def _report(self, code: Code, job: Job, subject: str) -> None:
        owner = Owner(job.wanted.tenant, job.wanted.ref.connection)
        self.problems.report(code, subject, self.clock(), owner)


def _is_closed(answer: OnlineMeeting) -> bool:
    return lobby.is_as_asked(answer.lobby, answer.presenters)
