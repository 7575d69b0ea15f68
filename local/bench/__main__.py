"""Run every measurement on one stack, print a table and write build/bench.json."""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
from pathlib import Path

from local import processes, stack
from local.bench import agenda, cold_start, ingest, lateness, launching, parsing
from local.demo.__main__ import SETTINGS
from local.demo.machine import Machine

_AIMS = {
    "cold_start_ratio_health": "<= 1.3",
    "cold_start_ratio_first_aa": "<= 2.0",
    "parse_vs_hl7apy_parse_message": ">= 5",
    "ingest_vs_storage_ceiling": ">= 0.8",
    "storage_operations_s12": "<= 6 + 1 for each of the 2 reminders",
    "agenda_read_100k_vs_1k": "= 1",
    "storage_operations_unchanged_s14": "<= 3",
    "lateness_p99_seconds_100_due": "<= 60",
    "lateness_p99_seconds_100_due_worker_killed": "<= 660",
    "lateness_p99_vs_floor": "= 1 where no other connection uses the number",
    "peak_segments_in_60_seconds": "<= 200",
    "peak_segments_in_60_seconds_two_connections": "<= 200",
    "agenda_run_seconds_5000_due": "< 200, after which rows wait for the next run",
    "launch_added_ms_clinician_prepared": "<= 20",
    "launch_added_ms_clinician_improvised": "<= 20",
    "launch_added_ms_patient_prepared": "<= 20",
    "launch_added_ms_patient_improvised": "<= 20",
    "launch_storage_operations_clinician_prepared": "<= 6; its parts are in launching.py",
    "launch_storage_operations_patient_prepared": "<= 6; its parts are in launching.py",
    "launch_upstream_calls_clinician_prepared": "<= 1",
    "launch_upstream_calls_clinician_improvised": "<= 6",
    "launch_upstream_calls_patient_prepared": "<= 1",
    "launch_upstream_calls_patient_improvised": "<= 6",
    "urgent_cancellation_p99_seconds_amid_5000": "<= 60",
}


def main() -> int:
    """Return 0: a measurement has no threshold."""
    argparse.ArgumentParser(prog="python -m local.bench", description=__doc__).parse_args()
    directory = processes.ROOT / "build" / "bench"
    shutil.rmtree(directory, ignore_errors=True)
    print("bench: some minutes; first without a machine, then on one in build/bench", flush=True)
    figures = parsing.measure() | lateness.measure()
    running = stack.start(stack.Options(directory, settings=SETTINGS))
    try:
        machine = Machine(running)
        for number in range(20):
            machine.post(machine.booking(machine.new_key(), f"+16085550{100 + number}"))
        machine.await_texts("+16085550119")
        figures |= {
            f"peak_memory_{role}_mb": _peak_memory(host.process.pid)
            for role, host in running.hosts.items()
        }
        launching.sign_in_once(machine)
        running.hosts["web"].stop()
        figures |= launching.measure(machine)
        figures |= ingest.measure(machine)
        figures |= cold_start.measure(machine)
        running.hosts["hl7"].stop()
        figures |= agenda.measure(machine)
    finally:
        running.stop()
    _report(figures)
    return 0


def _peak_memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _report(figures: dict[str, float]) -> None:
    for name, value in sorted(figures.items()):
        aim = f"   (aim {_AIMS[name]})" if name in _AIMS else ""
        print(f"{name:44} {value:10.2f}{aim}")
    file = processes.ROOT / "build" / "bench.json"
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    file.write_text(json.dumps({"figures": figures, **machine}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
