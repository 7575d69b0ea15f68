"""
Child processes of a local installation: each reports in one JSON line that it is ready.

Anything that a child prints after that goes into its log file. Children run in their own session,
so that Ctrl-C reaches only the parent, which stops them in order.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 45.0


@dataclass(slots=True)
class Child:
    """A running child process. `ready` is the content of its ready line."""

    name: str
    process: subprocess.Popen[bytes]
    ready: Mapping[str, Any]
    log: Path
    copier: threading.Thread

    def stop(self) -> None:
        """Stop it in an orderly way; kill it if it does not react."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close_pipes()

    def kill(self) -> None:
        """Send kill -9: nothing is finished or saved."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        """
        Close our end of the pipe to its input. The copying thread ends with the child's output.
        """
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.copier.join(_STOP_SECONDS)


def start(
    name: str, command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None
) -> Child:
    """
    Return when the child is ready.

    Raises RuntimeError with the end of its log if it does not start.
    """
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / f"{name}.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    assert process.stdout is not None
    ready = _first_json(process.stdout, log)
    if ready is None:
        process.kill()
        process.communicate()
        tail = log.read_text(errors="replace").splitlines()[-15:]
        raise RuntimeError(f"{name} did not start:\n" + "\n".join(tail))
    copier = threading.Thread(target=_copy, args=(process.stdout, log), daemon=True)
    copier.start()
    return Child(name, process, ready, log, copier)


def python_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules with this interpreter."""
    return [sys.executable, "-u", "-m", module, *arguments]


def node() -> str:
    """
    Return the path of Node.js 20 or later: the one that make has put into .venv, or the system's.
    """
    own = Path(sys.prefix) / "bin" / "node"
    found = str(own) if own.exists() else shutil.which("node")
    if found is None:
        raise RuntimeError("Node.js is missing: every make target sets it up")
    return found


def _first_json(stream: IO[bytes], log: Path) -> Mapping[str, Any] | None:
    with log.open("ab") as file:
        for line in stream:
            file.write(line)
            file.flush()
            with contextlib.suppress(ValueError):
                value = json.loads(line)
                if isinstance(value, dict) and value.get("ready"):
                    return value
    return None


def _copy(stream: IO[bytes], log: Path) -> None:
    with stream, log.open("ab") as file:
        for line in stream:
            file.write(line)
            file.flush()
