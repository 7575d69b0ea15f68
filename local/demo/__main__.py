"""`make demo`: two hosts, the steps of the story, one line each."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable

from local import processes, stack
from local.demo import change_steps, door_steps, feed_steps, launch_steps, text_steps, trouble_steps
from local.demo.machine import Machine, play

STEPS = (
    *text_steps.STEPS,
    *door_steps.STEPS,
    *launch_steps.STEPS,
    *feed_steps.STEPS,
    *trouble_steps.STEPS,
    *change_steps.STEPS,
)
SETTINGS = {
    "CONNECTOR_CONFIRMATION_DELAY_SECONDS": "0",
    "LOCAL_HOST_INVISIBILITY_SECONDS": "5",
    "LOCAL_HOST_POLLING_SECONDS": "0.5",
}


def main() -> int:
    """Play all steps and return how many failed."""
    argparse.ArgumentParser(prog="python -m local.demo", description=__doc__).parse_args()
    directory = processes.ROOT / "build" / "demo"
    print(f"demo: {len(STEPS)} steps, about three minutes; logs in build/demo", flush=True)
    shutil.rmtree(directory, ignore_errors=True)
    running = stack.start(stack.Options(directory, settings=SETTINGS, faulty_tables=True))
    failed = 0
    try:
        machine = Machine(running)
        for step in STEPS:
            failed += not _played(step, machine)
    finally:
        running.stop()
    print(f"demo: {len(STEPS)} steps, {failed} failed", flush=True)
    return failed


def _played(step: Callable[[Machine], None], machine: Machine) -> bool:
    began = time.monotonic()
    failure = play(step, machine)
    if failure is not None:
        print(f"FAILED {step.__doc__}\n       {failure}", flush=True)
        return False
    print(f"ok {step.__doc__} ({time.monotonic() - began:.1f} s)", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
