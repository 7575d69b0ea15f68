"""
One visit, one meeting: take the lease, decide the next step, carry it out, write the row.

Whoever does not hold the lease is told so at once and nobody waits. Each step ends with a write
under the ETag. A worker that fails lets the visit go; one that dies leaves it to the next one when
its lease is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code import logs, retry
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import AppointmentRef
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.ports import Connections
from shared_code.errors import Conflict, ConnectorError, ErrorInfo, NotStored
from shared_code.graph.errors import GRAPH_BUSY
from shared_code.queues import VISIT_PREPARATION, Queues
from shared_code.rows import Stored
from shared_code.security.keys import Rings
from shared_code.visits.domain import reasons
from shared_code.visits.domain.plan import RETIRE_VISIT
from shared_code.visits.domain.steps import Step, decide_next_step
from shared_code.visits.domain.visit import RETENTION, Visit, VisitState, Wanted
from shared_code.visits.flows.refs import visit_of
from shared_code.visits.flows.steps import Job, Stopped, VisitSteps
from shared_code.visits.ports import Visits

LONGEST_RUN = timedelta(seconds=25)
"""Less than the lease: no request is on its way when another worker may take the visit over."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The visit can be joined by everybody."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class Busy:
    """Another worker is preparing the visit: come back in a second."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """
    Why the visit cannot be joined yet. `visit` is given to a clinician, and only where there is a
    meeting: its lobby is not known to be closed to patients, the clinician may go in all the same.
    `retry_after`: seconds that Graph asked for.
    """

    info: ErrorInfo
    visit: Visit | None = None
    retry_after: int = 0


Prepared = Ready | Busy | NotReady


@dataclass(frozen=True, slots=True)
class PrepareVisit:
    """Prepares visits. `worker` names who holds a lease."""

    visits: Visits
    steps: VisitSteps
    agenda: Agenda
    appointments: Appointments
    connections: Connections
    queues: Queues
    rings: Rings
    clock: Clock
    worker: str

    def prepare(self, wanted: Wanted, *, deadline: datetime, patient: bool = False) -> Prepared:
        """
        Prepare what is missing until `deadline` (UTC). A visit that is ready costs one read.

        `patient`: never answer with a visit whose lobby is not known to be closed.

        Raises NotStored, and Refused where the key of the visit's links is gone.
        """
        until = min(deadline, self.clock() + LONGEST_RUN)
        prepared = self._prepare(Job(wanted, until, by_hint=False))
        if isinstance(prepared, NotReady) and patient:
            return replace(prepared, visit=None)
        return prepared

    def on_hint(self, work: Mapping[str, str]) -> None:
        """
        Work on one hint of queue `visit-preparation`. What fails is left to the agenda, which looks
        again; only a pause that Graph asks for brings the hint itself back.

        Raises ValueError for a hint that names no appointment: only a foreign message can be that.
        """
        ref = AppointmentRef.parse(work.get("appointment", ""))
        with logs.bound(connection=ref.connection, row=ref.row):
            try:
                pause = self._follow(ref)
            except ConnectorError as error:
                logs.warn("visit.again", code=error.code)
                return
            if pause:
                retry.try_again(self.queues, VISIT_PREPARATION, work, pause + 1)

    def _follow(self, ref: AppointmentRef) -> int:
        """Prepare the appointment's visit; return the seconds after which the hint comes back."""
        stored, connection = self.appointments.load(ref), self.connections.find(ref.connection)
        if stored is None or connection is None:
            return 0
        wanted = visit_of(self.rings, stored.value, connection)
        if wanted is None:
            return 0
        prepared = self._prepare(Job(wanted, self.clock() + LONGEST_RUN, by_hint=True))
        return prepared.retry_after if isinstance(prepared, NotReady) else 0

    def _prepare(self, job: Job) -> Prepared:
        now = self.clock()
        stored = self.visits.load(job.wanted.ref)
        known = self._known(stored.value, job, now) if stored else None
        if known is not None:
            return known
        try:
            return self._advance(self._lease(stored, job.wanted, now), job)
        except Conflict:
            return Busy()

    def _known(self, visit: Visit, job: Job, now: datetime) -> Prepared | None:
        """What the row alone says; None where there is something to do now."""
        if visit.state is VisitState.READY and not (job.by_hint and visit.is_moved(job.wanted)):
            return Ready(visit)
        if visit.is_leased(now):
            return Busy()
        if job.by_hint and visit.waits(now):
            return NotReady(GRAPH_BUSY, _with_meeting(visit))
        if decide_next_step(visit, job.wanted, now) is Step.WAIT_FOR_LOBBY:
            return NotReady(reasons.LOBBY_REFUSED.as_error(503), _with_meeting(visit))
        return None

    def _lease(self, stored: Stored[Visit] | None, wanted: Wanted, now: datetime) -> Stored[Visit]:
        """Hold the visit. Raises Conflict when another worker was first."""
        if stored is None:
            visit = Visit.new(wanted, now).leased(self.worker, now)
            due = visit.end + RETENTION
            self.agenda.add([AgendaRow(due, RETIRE_VISIT, str(visit.ref))])
            return Stored(visit, self.visits.insert(visit))
        before = stored.value
        if before.is_moved(wanted) and not before.lobby_confirmed:
            before = before.moved(wanted)  # Graph hears of it with the next step
        visit = before.leased(self.worker, now)
        return Stored(visit, self.visits.replace(visit, stored.etag))

    def _advance(self, held: Stored[Visit], job: Job) -> Prepared:
        """Go on until the visit is ready or a step cannot be made."""
        visit, etag = held.value, held.etag
        try:
            while True:
                step = decide_next_step(visit, job.wanted, self.clock())
                visit, stopped = self.steps.carry_out(step, visit, job)
                if stopped is not None:
                    return self._stop(visit, etag, stopped)
                if self._is_done(visit, job):
                    return self._finish(visit, etag)
                visit = visit.leased(self.worker, self.clock())
                etag = self.visits.replace(visit, etag)
                self.steps.count(job)
        except ConnectorError:  # each step can be done again, so nobody need wait for the lease
            with suppress(NotStored, Conflict):
                self.visits.replace(visit.released(), etag)
            raise

    def _finish(self, visit: Visit, etag: str) -> Ready:
        visit = visit.released()
        self.visits.replace(visit, etag)
        logs.event("visit.ready", row=visit.ref.row)
        return Ready(visit)

    def _is_done(self, visit: Visit, job: Job) -> bool:
        return visit.state is VisitState.READY and not (job.by_hint and visit.is_moved(job.wanted))

    def _stop(self, visit: Visit, etag: str, stopped: Stopped) -> NotReady:
        """Let the visit go, so that the next one need not wait for the end of the lease."""
        if stopped.retry_after:
            visit = visit.paused(self.clock() + timedelta(seconds=stopped.retry_after))
        visit = visit.released()
        self.visits.replace(visit, etag)
        logs.warn("visit.not_ready", row=visit.ref.row, code=stopped.info.code)
        return NotReady(stopped.info, _with_meeting(visit), stopped.retry_after)


def _with_meeting(visit: Visit) -> Visit | None:
    return visit if visit.meeting_id else None
