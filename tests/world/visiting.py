"""An installation whose connection holds visits, and the visit that is asked for in tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from local.memory.meetings import MemoryMeetings
from local.memory.sending import MemoryCircuitBreaker, SharedCircuit
from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.connections.launch_setup import VisitSetup
from shared_code.errors import ConnectorError
from shared_code.queues import VISIT_PREPARATION
from shared_code.visits.domain.visit import Visit, VisitRef, Wanted
from shared_code.visits.flows.prepare import NotReady, Prepared, PrepareVisit
from shared_code.visits.flows.refs import visit_ref
from tests.world.connection import TENANT, connection
from tests.world.visit import START, appointment
from tests.world.world import World

ORGANIZERS = tuple(f"0b000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
FIRST, SECOND, THIRD = ORGANIZERS
CSN = "36996"
LAUNCH = timedelta(seconds=8)


def visiting_world() -> World:
    """Return an installation whose connection holds visits."""
    return World(connection=connection(visits=VisitSetup(ORGANIZERS)))


def booked(csn: str = CSN, **changes: Any) -> Appointment:
    """Return a virtual appointment that Epic's launches name by `csn`."""
    ref = AppointmentRef("lamna", f"1-{int(csn):032x}")
    return appointment(**{"ref": ref, "csn": csn, "minutes": 30, **changes})


def failing(*errors: Callable[[], ConnectorError], method: str = "") -> Callable[[str, str], None]:
    """Return a trouble that raises each error once, in order, and then none."""
    left = list(errors)

    def raise_next(asked: str, organizer: str) -> None:
        if left and method in ("", asked):
            error = left.pop(0)
            raise error()

    return raise_next


def always(error: Callable[[], ConnectorError], *who: str) -> Callable[[str, str], None]:
    """Return a trouble that raises at every method or organizer named, or at all of them."""

    def raise_it(asked: str, organizer: str) -> None:
        if not who or asked in who or organizer in who:
            raise error()

    return raise_it


@dataclass
class Clinic:
    """A visit, its installation and Graph. The circuit is shared by all workers."""

    world: World = field(default_factory=visiting_world)
    shared: SharedCircuit = field(default_factory=SharedCircuit)

    def __post_init__(self) -> None:
        """Count failures as the real circuit does."""
        self.world.meeting_circuits = lambda tenant, by_hint: MemoryCircuitBreaker(self.shared)

    @property
    def graph(self) -> MemoryMeetings:
        """Return Microsoft Graph."""
        return self.world.graph

    @property
    def now(self) -> datetime:
        """Return the time."""
        return self.world.clock.now

    def wanted(self, **changes: Any) -> Wanted:
        """Return the visit that a launch asks for."""
        ref = visit_ref(self.world.rings, "lamna", CSN)
        return replace(Wanted(ref, TENANT, START, 30, ORGANIZERS), **changes)

    def worker(self, name: str = "worker-1") -> PrepareVisit:
        """Return the story of one worker."""
        return self.world.services_of(name).visits.prepare_visit

    def launch(self, *, patient: bool = False, **changes: Any) -> Prepared:
        """Ask for the visit as a launch does."""
        return self.worker().prepare(
            self.wanted(**changes), deadline=self.now + LAUNCH, patient=patient
        )

    def book(self, csn: str = CSN, **changes: Any) -> Appointment:
        """Store an appointment."""
        made = booked(csn, **changes)
        self.world.appointments.insert(made)
        return made

    def hint(self, worker: str = "worker-1") -> None:
        """Work on a hint at the booked visit."""
        self.worker(worker).on_hint({"appointment": str(booked().ref)})

    def hints(self) -> list[tuple[dict[str, str], int]]:
        """Remove and return the hints on the queue, with their delays."""
        return self.world.take(VISIT_PREPARATION)

    def visit(self) -> Visit:
        """Return the only visit."""
        (found,) = self.world.visits.rows.values()
        return found

    def problems(self) -> list[tuple[str, str]]:
        """Return code and subject of each problem."""
        kept = self.world.problem_store.rows.values()
        return [(each.code, subject) for each in kept for subject in each.subjects]

    def wait(self, **by: float) -> None:
        """Let time pass."""
        self.world.clock.advance(**by)


ONE_OF_EACH = Counter(create_or_get=1, set_lobby=1, guest_link=1)
"""The requests that make one visit ready."""
HOUR = timedelta(hours=1)


def other_visit(clinic: Clinic, number: int = 0) -> VisitRef:
    """Return one of several further visits."""
    return visit_ref(clinic.world.rings, "lamna", f"4000{number}")


def code_of(prepared: Prepared) -> str:
    """Return why the visit is not ready."""
    assert isinstance(prepared, NotReady)
    return prepared.info.code
