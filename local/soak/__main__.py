"""
`make soak`, `make soak-long`: print the seed, the plan, progress, the account and a last line.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time

from local import processes
from local.soak.plan import SPEED, Plan, phases
from local.soak.run import soak


def main() -> int:
    """Return 0 if nothing was lost, doubled or out of date, and `unknown` is within its limit."""
    plan = _plan(_arguments())
    _print_progress(
        f"seed {plan.seed}, faults {plan.faults:.0%}, clock {plan.speed:g} times as fast"
    )
    for phase in plan.phases:
        _print_progress(
            f"  {phase.name}: {phase.messages} messages, {phase.kills} kills, what a killed worker "
            f"had fetched is hidden for {phase.invisibility} s"
        )
    directory = processes.ROOT / "build" / "soak"
    shutil.rmtree(directory, ignore_errors=True)
    account = soak(plan, directory, _print_progress)
    for line in (*account.lines(), account.last_line()):
        _print_progress(line)
    return int(not account.is_good)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.soak")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--faults", type=float, default=0.2, help="a probability")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--speed", type=float, default=SPEED, help="of the machine's clock")
    parser.add_argument(
        "--quick", action="store_true", help="without the phase of ten minutes' invisibility"
    )
    return parser.parse_args()


def _plan(chosen: argparse.Namespace) -> Plan:
    parts = phases(chosen.messages, chosen.kills, real_invisibility=not chosen.quick)
    return Plan(parts, chosen.faults, chosen.seed, chosen.speed)


def _print_progress(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
