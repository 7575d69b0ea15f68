"""
`python -m local.faults --target http://127.0.0.1:10002 [--port 0]`: the proxy as a process.

Prints one JSON line when it is ready.
"""

import argparse
import json
from pathlib import Path

from local.faults import proxy
from local.faults.lifetime import arrange_end


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.faults")
    parser.add_argument("--target", required=True, help="http(s)://host:port to stand before")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ca-file", type=Path, help="CA of an https target")
    arguments = parser.parse_args()
    over = arrange_end()
    running = proxy.start(arguments.target, port=arguments.port, ca_file=arguments.ca_file)
    try:
        print(json.dumps({"ready": True, "url": running.url}), flush=True)
        over.wait()
    finally:
        running.stop()


if __name__ == "__main__":
    main()
