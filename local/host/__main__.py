"""
`python -m local.host APP_DIR [--port N]`: run an app until SIGTERM or SIGINT.

One JSON line is printed on stdout when everything is ready; log lines go to stderr.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

import uvloop

from local.host import logs
from local.host.errors import HostError
from local.host.host import INHERITED_SOCKET, Host
from local.host.settings import HostSettings, process_environment

REAL_HOST_THREADS = "1000"  # observed on the real host 4.1037; the library's default is six


async def _serve(settings: HostSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    host = Host(settings)
    port, functions = await host.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if (
        INHERITED_SOCKET not in settings.environment
    ):  # already printed before the worker was replaced
        print(json.dumps({"ready": True, "port": port, "functions": functions}), flush=True)
    await stop.wait()
    await host.stop()


def main() -> int:
    """Run the host. Returns 0 after an orderly stop, 1 if it did not start."""
    parser = argparse.ArgumentParser(prog="python -m local.host", description=__doc__)
    parser.add_argument("app_directory", type=Path)
    parser.add_argument("--port", type=int, default=7071, help="0 takes any free port")
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when stdin closes, so with its starter"
    )
    arguments = parser.parse_args()
    if arguments.with_parent:
        threading.Thread(target=_stop_with_parent, daemon=True).start()
    os.environ.setdefault("PYTHON_THREADPOOL_THREAD_COUNT", REAL_HOST_THREADS)
    logs.set_up()
    try:
        settings = HostSettings.read(arguments.app_directory, arguments.port, process_environment())
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings))
            # Threads of unfinished functions would keep the process alive forever.
            _end(0)
    except (HostError, OSError) as error:
        print(f"the local host does not start: {error}", file=sys.stderr)
    return 1


def _stop_with_parent() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


def _end(status: int) -> None:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _end(main())
