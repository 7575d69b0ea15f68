"""Sends a course through the machine while its workers are killed and its services fail."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from local import seed, stack
from local.demo.__main__ import SETTINGS
from local.demo.machine import Machine
from local.soak.account import Account, take_account
from local.soak.bookings import Course, make_course

_SENDERS = 6
_PAUSE = threading.Event()


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything. `faults` is a probability for storage and SMS service alike."""

    messages: int
    kills: int
    faults: float
    seed: int


def soak(plan: Plan, directory: Path) -> Account:
    """Starts a machine of its own and returns when every text has its outcome."""
    options = stack.Options(directory, settings=SETTINGS, faulty_tables=True)
    running = stack.start(options)
    try:
        machine = Machine(running)
        course = make_course(machine, plan.messages, plan.seed)
        _play_faults(machine, plan)
        _send_and_kill(machine, course, plan)
        _stop_faults(machine)
        return take_account(machine, course)
    finally:
        running.stop()


def _send_and_kill(machine: Machine, course: Course, plan: Plan) -> None:
    """Kills are spread over the messages: one after each share of them was acknowledged."""
    chance = Random(plan.seed)  # noqa: S311 - chance of a test
    share = max(1, len(course.bodies) // (plan.kills + 1))
    shares = [course.bodies[i : i + share] for i in range(0, len(course.bodies), share)]
    for number, bodies in enumerate(shares):
        with ThreadPoolExecutor(_SENDERS) as pool:
            sending = [pool.submit(_post, machine, body) for body in bodies]
            if number < plan.kills:
                _kill(machine, "hl7" if chance.random() < 0.3 else "web")
            for sent in sending:
                sent.result()


def _kill(machine: Machine, role: str) -> None:
    """In the middle of its work."""
    _PAUSE.wait(0.5)
    machine.stack.hosts[role].kill()
    machine.stack.start_host(role)


def _post(machine: Machine, body: bytes) -> None:
    """As Epic does: again and again until it is acknowledged."""
    for _ in range(200):
        try:
            if machine.post(body, seed.OTHER_NUMBER).codes == ["AA"]:
                return
        except (OSError, http.client.HTTPException):
            pass  # the door is being restarted
        _PAUSE.wait(0.2)
    raise RuntimeError("a message was never acknowledged")


def _play_faults(machine: Machine, plan: Plan) -> None:
    if not plan.faults:
        return
    storage = ["lose_answer", "refuse", {"kind": "status", "status": 503}]
    service = [
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 429, "retry_after": 1},
        "drop_after_acting",
    ]
    chance = {"kind": "random", "probability": plan.faults, "seed": plan.seed}
    assert machine.stack.table_faults is not None
    url = machine.stack.table_faults.ready["url"]
    _ask("POST", f"{url}/__faults__/rules", chance | {"kinds": storage})
    faults = f"{machine.stack.desk_url}/control/faults"
    _ask("POST", faults, chance | {"kinds": service, "target": "acs"})


def _stop_faults(machine: Machine) -> None:
    assert machine.stack.table_faults is not None
    _ask("DELETE", f"{machine.stack.table_faults.ready['url']}/__faults__/rules")
    _ask("DELETE", f"{machine.stack.desk_url}/control/faults")


def _ask(method: str, url: str, document: dict[str, object] | None = None) -> None:
    data = json.dumps(document).encode() if document is not None else None
    request = urllib.request.Request(
        url, data=data, method=method, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=15) as response:
        response.read()
