"""
From process start to the first answer: our HL7 app and a one-function app on the same host.

The runs alternate, so that a busy moment of the machine affects both; the medians are compared.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from local import processes, seed
from local.demo.machine import Machine
from local.processes import Child

_RUNS = 7
_TINY = Path(__file__).resolve().parent / "one_function_app"


def measure(machine: Machine) -> dict[str, float]:
    """
    Measure both apps. `machine` runs on the stack; its HL7 host is stopped and started repeatedly.
    """
    machine.stack.hosts["hl7"].stop()
    body = machine.booking(machine.new_key(), "+16085550171")
    tiny, health, acknowledged = [], [], []
    for _ in range(_RUNS):
        tiny.append(_timed(lambda: _start_tiny(machine), _get_health))
        health.append(_timed(lambda: _start_door(machine), _get_health))
        acknowledged.append(_timed(lambda: _start_door(machine), lambda _: _post(machine, body)))
    machine.stack.start_host("hl7")
    base = statistics.median(tiny)
    return {
        "one_function_app_ms": base * 1000,
        "health_ms": statistics.median(health) * 1000,
        "first_acknowledgement_ms": statistics.median(acknowledged) * 1000,
        "cold_start_ratio_health": statistics.median(health) / base,
        "cold_start_ratio_first_aa": statistics.median(acknowledged) / base,
    }


def _timed(start: Callable[[], Child], ask: Callable[[int], None]) -> float:
    began = time.perf_counter()
    child = start()
    try:
        ask(int(child.ready["port"]))
        return time.perf_counter() - began
    finally:
        child.stop()


def _start_tiny(machine: Machine) -> Child:
    command = processes.python_command("local.host", str(_TINY), "--port", "0")
    directory, environment = machine.stack.options.directory, machine.stack.environment
    return processes.start("host-tiny", command, directory, environment)


def _start_door(machine: Machine) -> Child:
    machine.stack.start_host("hl7")
    return machine.stack.hosts["hl7"]


def _get_health(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/health")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError("the app is not healthy")


def _post(machine: Machine, body: bytes) -> None:
    if machine.post(body, seed.PRODUCTION).codes != ["AA"]:
        raise RuntimeError("the message was not acknowledged")
