"""What must be true of launches at any moment, and what must have come of them in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from local.memory.sign_in import ALEX, DANA, OID, ScriptedMicrosoft
from shared_code.attendance.domain import Role
from shared_code.identity.sign_in import MicrosoftAccount
from shared_code.security.keys import keyed_hash
from shared_code.visits.domain.visit import VisitState
from tests.faults.persons import OneWorker, Person
from tests.world.connection import LAUNCHING


class CountingMicrosoft(ScriptedMicrosoft):
    """Knows which sign-ins were redeemed."""

    def __init__(self) -> None:
        super().__init__()
        self.flows: list[str] = []

    def finish(self, flow: str, parameters: Mapping[str, str]) -> MicrosoftAccount:
        """Return who signed in."""
        self.flows.append(flow)
        return super().finish(flow, parameters)


def without_an_end(world: OneWorker) -> Iterator[str]:
    """Whatever is stored, what erases it was stored before."""
    kept: Mapping[str, Any] = {
        "retire_launches": [*rows_of(world.launches.launches), *rows_of(world.launches.attempts)],
        "retire_sessions": rows_of(world.sessions.rows),
        "retire_attendees": rows_of(world.attendees.rows),
        "retire_ehr_user": rows_of(world.linked_users.rows),
        "retire_visit": rows_of(world.visits.rows),
    }
    planned = {row.duty for row in world.agenda.rows.values()}
    return (f"nothing will {duty}" for duty, rows in kept.items() if rows and duty not in planned)


def rows_of(rows: Any) -> list[Any]:
    """Return the rows of a port in memory."""
    return list(rows.values())


def wrong(world: OneWorker, troubles: int) -> Iterator[str]:
    """After at most `troubles` faults: one meeting, no code twice, nobody is somebody else."""
    asked, graph = world.graph.asked, world.graph
    if len(graph.made) != 1:
        yield f"{len(graph.made)} meetings"
    if asked["set_lobby"] > 1 + troubles:
        yield f"{asked['set_lobby']} PATCHes"
    yield from redeemed_twice(world)
    yield from wrong_person(world)
    for visit in rows_of(world.visits.rows):
        if visit.state is not VisitState.READY or visit.leased_until:
            yield f"the visit is left {visit.state}, held until {visit.leased_until}"


def redeemed_twice(world: OneWorker) -> Iterator[str]:
    """Yield each code of Epic or Microsoft that was redeemed more than once."""
    flows = getattr(world.microsoft_side, "flows", [])
    times = Counter([*world.epic_side.redeemed, *flows])
    return (f"{code} was redeemed {number} times" for code, number in times.items() if number > 1)


def wrong_person(world: OneWorker) -> Iterator[str]:
    """Yield each page and each account of somebody who is neither Dana nor Alex nor a link."""
    dana, alex = hash_of(world, DANA.id), hash_of(world, ALEX.id)
    for page in rows_of(world.sessions.rows):
        if page.role is Role.STAFF and (page.user, page.owner) != (dana, dana):
            yield "a clinician's page is somebody else's"
        if page.role is Role.PATIENT and (dana in (page.user, page.owner) or page.asked):
            yield "a patient's page is a clinician's"
    for linked in rows_of(world.linked_users.rows):
        if (linked.user, linked.account) != (dana, OID):
            yield "an account belongs to somebody else"
    sides = {(each.person, each.role) for each in rows_of(world.attendees.rows)}
    if (dana, Role.PATIENT) in sides or (alex, Role.STAFF) in sides:
        yield "somebody is on the other side"


def hash_of(world: OneWorker, user: str) -> str:
    """Return what an EHR user is called in our tables."""
    return keyed_hash(world.rings.hash, "ehruser", LAUNCHING.id, f"user {user}")


def unhelpful(person: Person) -> Iterator[str]:
    """Yield each status that is no page to read: 503 is one, an exception is none."""
    return (f"status {each}" for each in person.statuses if each not in (200, 302, 303, 400, 503))
