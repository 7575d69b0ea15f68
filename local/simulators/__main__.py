"""
`python -m local.simulators --directory DIR`: all simulators in one process.

Prints one JSON line when they are ready; ends on a signal, or when the pipe on its standard input
closes.
"""

import argparse
import json
from pathlib import Path

from local.arguments import zone_name
from local.faults.lifetime import arrange_end
from local.simulators.server import DEFAULT_ZONE, start
from local.simulators.table import SIMULATORS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.simulators")
    parser.add_argument(
        "--directory", type=Path, required=True, help="what they remember lives here"
    )
    for row in SIMULATORS:
        parser.add_argument(row.option, type=int, default=0, dest=row.name, help="0: any free one")
    parser.add_argument("--door-url", default="", help="https://localhost:PORT/hl7/CONNECTION")
    parser.add_argument(
        "--zone", type=zone_name, default=DEFAULT_ZONE, help="the hospital's wall clock"
    )
    arguments = parser.parse_args()
    over = arrange_end()
    try:
        running = start(
            arguments.directory,
            ports={row.name: getattr(arguments, row.name) for row in SIMULATORS},
            door_url=arguments.door_url,
            zone=arguments.zone,
        )
    except OSError as error:  # a port that is taken, a folder that cannot be written
        parser.exit(1, f"the simulators do not start: {error}\n")
    try:
        print(json.dumps(running.as_json()), flush=True)
        over.wait()
    finally:
        running.stop()


if __name__ == "__main__":
    main()
