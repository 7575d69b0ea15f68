"""
Start the storage emulator (start.js) on this machine and say how to reach it.

Nothing here knows our tables or queues. The key below is the one that Microsoft publishes for every
storage emulator; it protects nothing.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "devstoreaccount1"
PUBLISHED_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_HERE = Path(__file__).resolve().parent
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Emulator:
    """
    A running emulator. It also ends when the pipe to its stdin closes, that is, with its parent.
    """

    process: subprocess.Popen[str]
    blob: str
    queue: str
    table: str

    @property
    def connection_string(self) -> str:
        """Return the connection string with all three endpoints."""
        endpoints = f"BlobEndpoint={self.blob};QueueEndpoint={self.queue};"
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={PUBLISHED_KEY};"
            f"{endpoints}TableEndpoint={self.table};"
        )

    def stop(self) -> None:
        """Stop it in an orderly way, so that a directory is saved; kill it after ten seconds."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def start(node: str, directory: Path | None, ports: tuple[int, int, int] = (0, 0, 0)) -> Emulator:
    """
    Start blob, queue and table on these ports (0: any), in memory or persisted in `directory`.
    """
    place = ["--memory"] if directory is None else ["--directory", str(directory)]
    blob, queue, table = (str(port) for port in ports)
    process = subprocess.Popen(
        [
            *(node, str(_HERE / "start.js"), *place),
            *("--blob", blob, "--queue", queue, "--table", table),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait()
        raise RuntimeError("the storage emulator did not start; its stderr says why")
    ready = json.loads(line)
    addresses = (f"{ready[name]}/{ACCOUNT}" for name in ("blob", "queue", "table"))
    return Emulator(process, *addresses)
