"""
`python -m local.host.conformance`: compare the local host with recordings of the real host.

Starts the storage emulator and the host on tests/conformance/app, runs the 116 cases of
tests/conformance/probe.py and prints each answer that differs. The exit status is their number.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local import processes
from local.azurite import emulator

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "conformance"
_MASTER_KEY, _FUNCTION_KEY = "conformance-master", "conformance-function"


def main() -> int:
    """Run the comparison and return the number of cases that differ."""
    argparse.ArgumentParser(prog="python -m local.host.conformance").parse_args()
    print("conformance: 116 questions to the local host, about a minute", flush=True)
    storage = emulator.start(processes.node(), None)
    try:
        with tempfile.TemporaryDirectory() as directory:
            return _compare(storage, Path(directory))
    finally:
        storage.stop()


def _compare(storage: emulator.Emulator, directory: Path) -> int:
    record = directory / "record.jsonl"
    environment = os.environ | {
        "AzureWebJobsStorage": storage.connection_string,
        "AzureWebJobs.switched_off.Disabled": "true",
        "LOCAL_HOST_MASTER_KEY": _MASTER_KEY,
        "LOCAL_HOST_FUNCTION_KEY": _FUNCTION_KEY,
        "PROBE_RECORD": str(record),
    }
    log_path = directory / "host.log"
    with log_path.open("w") as log:
        host = subprocess.Popen(
            [sys.executable, "-m", "local.host", str(CASES / "app"), "--port", "0"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert host.stdout is not None
            line = host.stdout.readline()
            if not line:
                print(log_path.read_text(), file=sys.stderr)
                return 1
            return _probe(json.loads(line)["port"], storage.queue, record)
        finally:
            host.terminate()
            host.wait()


def _probe(port: int, queues: str, record: Path) -> int:
    return subprocess.run(
        [
            *(sys.executable, str(CASES / "probe.py"), "compare", f"http://127.0.0.1:{port}"),
            *("--queues", queues, "--record", str(record)),
            *("--master-key", _MASTER_KEY, "--function-key", _FUNCTION_KEY),
        ],
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
