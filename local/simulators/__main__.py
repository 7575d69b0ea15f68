"""
`python -m local.simulators --directory DIR`: all simulators in one process.

Prints one JSON line when they are ready; ends on a signal, or when the pipe on its standard input
closes.
"""

import argparse
import json
from pathlib import Path

from local.faults.lifetime import arrange_end
from local.simulators.server import DEFAULT_ZONE, Ports, start


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.simulators")
    parser.add_argument("--directory", type=Path, required=True, help="keys and secrets live here")
    parser.add_argument("--acs-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--keyvault-port", type=int, default=0)
    parser.add_argument("--desk-port", type=int, default=0)
    parser.add_argument("--door-url", default="", help="https://localhost:PORT/hl7/CONNECTION")
    parser.add_argument("--zone", default=DEFAULT_ZONE, help="the hospital's wall clock")
    arguments = parser.parse_args()
    over = arrange_end()
    running = start(
        arguments.directory,
        ports=Ports(arguments.acs_port, arguments.keyvault_port, arguments.desk_port),
        door_url=arguments.door_url,
        zone=arguments.zone,
    )
    try:
        print(json.dumps(running.as_json()), flush=True)
        over.wait()
    finally:
        running.stop()


if __name__ == "__main__":
    main()
