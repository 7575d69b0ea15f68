"""Steps of the tests of erasing: a patient who was texted, the command, and what is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shared_code.appointments.domain import AppointmentRef
from shared_code.operating.domain import OPERATOR
from tests.world.clock import NOW
from tests.world.machine import Machine
from tests.world.messages import siu
from tests.world.visit import KEY
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
OTHER: dict[str, Any] = {"key": "36997", "patient_id": "203712"}
ELSEWHERE: dict[str, Any] = {**OTHER, "phone": "(608)555-0143"}


def erase(world: World, **arguments: Any) -> tuple[int, dict[str, object]]:
    """Ask for the command: without arguments, by the key of the sample visit."""
    asked = arguments or {"appointment": KEY}
    body = json.dumps({"connection": "lamna", **asked}).encode()
    status, answer = world.services.operating.json_door.run("erase-patient", body, OPERATOR)
    return status, dict(answer)


def booked(**more: Any) -> World:
    """Return an installation with one booking, whose hint waits."""
    world = World()
    world.apply(siu(**more))
    return world


def texted() -> World:
    """Return an installation whose patient was texted."""
    world = booked()
    world.send(world.hint())
    return world


def left(world: World, ref: AppointmentRef) -> dict[str, int]:
    """How many things of the appointment are stored, agenda and audit aside."""
    texts = [each for each in world.texts.rows.values() if each.ref.subject == ref]
    links = [each for each in world.links.rows.values() if each.subject == ref]
    named = [
        each
        for problem in world.problem_store.rows.values()
        for each in problem.subjects
        if each.startswith(str(ref))
    ]
    rows = [each for each in world.appointments.rows.values() if each.ref == ref]
    found: dict[str, Sequence[object]] = {
        "texts": texts,
        "links": links,
        "problems": named,
        "rows": rows,
    }
    return {name: len(each) for name, each in found.items() if each}


def work_off(world: World, days: int = 0) -> None:
    """Let everything come that is still on its way: hints, then minutes of the agenda."""
    machine = Machine(world=world, skips=True)
    machine.work()
    machine.until(world.clock.now + timedelta(days=days, minutes=10))
