"""`make soak`, `make soak-long`: prints its plan, the account, and one last line."""

from __future__ import annotations

import argparse
import shutil
import sys
import time

from local import processes
from local.soak.run import Plan, soak


def main() -> int:
    """Returns 0 when nothing was lost, doubled or out of date."""
    parser = argparse.ArgumentParser(prog="python -m local.soak")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    plan = Plan(**vars(parser.parse_args()))
    print(plan, flush=True)
    directory = processes.ROOT / "build" / "soak"
    shutil.rmtree(directory, ignore_errors=True)
    account = soak(plan, directory)
    for outcome, number in sorted(account.outcomes.items()):
        print(f"  {number:7} {outcome}")
    for example in account.examples[:5]:
        print(f"  {example}")
    print(account.last_line(), flush=True)
    return int(account.lost + account.double + account.out_of_date > 0)


if __name__ == "__main__":
    sys.exit(main())
