"""
The whole host: assembling its parts, starting, stopping, replacing the worker.

Observed on the real host 4.1037: on SIGTERM new connections are refused, HTTP requests have 30 s to
finish while queues and timers continue, then queue functions have about 10 s; a running timer is
not waited for. Anything unfinished ends with the process and its message stays invisible.
"""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

from local.host.admin import AdminApi
from local.host.clock import MovableClock
from local.host.functions import Catalogue, HostedFunction, catalogue
from local.host.host_json import HostJson, QueueOptions
from local.host.http_door import HttpDoor
from local.host.http_wire import Connection, Wire
from local.host.invocations import Invoker
from local.host.keys import Keys
from local.host.outputs import Outputs
from local.host.queue_listener import QueueListener
from local.host.queue_message import for_function
from local.host.queue_service import Queues
from local.host.runtime import Runtime
from local.host.settings import HostSettings
from local.host.timer_status import StatusBlobs
from local.host.timers import Timer

HTTP_SECONDS = 30.0
QUEUE_SECONDS = 10.0
KILL_SECONDS = 3.0  # seconds to send the answers of a killed worker's invocations
INHERITED_SOCKET = "LOCAL_HOST_SOCKET"
_log = logging.getLogger("Host.Startup")


class Host:
    """One running host; use one instance for each process."""

    def __init__(self, settings: HostSettings) -> None:
        """Store the settings. Nothing is read or opened yet."""
        self._settings = settings
        self._listeners: list[QueueListener] = []
        self._timers: dict[str, Timer] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._replacement: asyncio.Task[None] | None = None

    async def start(self) -> tuple[int, list[str]]:
        """Index the app, open the port and start the triggers. Returns the port and what runs."""
        settings, host_json = self._settings, HostJson.read(self._settings.app_directory)
        self._runtime = Runtime()
        indexed = await self._runtime.index(settings.app_directory)
        found = catalogue(indexed, settings, host_json.http.route_prefix)
        self._queues = Queues()
        outputs = Outputs(self._queues, encode_base64=host_json.queues.base64)
        limit = host_json.function_timeout
        self._invoker = Invoker(self._runtime, outputs, limit, self._worker_killed)
        for name, reason in found.refused.items():
            _log.error("The '%s' function is in error: %s", name, reason)
        keys = Keys(settings.master_key, settings.function_key)
        admin = AdminApi(keys, found.functions, self._run_by_hand, self.drain)
        door = HttpDoor(found, host_json.http, keys, admin, self._runtime, self._invoker)
        self._add_triggers(found, host_json.queues)
        self._wire = Wire(door.handle, settings.body_limit)
        self._socket = _open_socket(settings.port, settings.environment)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._wire), sock=self._socket
        )
        runs = [listener.run for listener in self._listeners]
        runs += [timer.run for timer in self._timers.values()]
        self._loops = [asyncio.create_task(run()) for run in runs]
        return self._socket.getsockname()[1], sorted(found.functions)

    def drain(self) -> None:
        """Stop fetching messages and firing timers; running functions finish."""
        for listener in self._listeners:
            listener.stop()
        for timer_loop in self._loops[len(self._listeners) :]:
            timer_loop.cancel()

    async def stop(self) -> None:
        """Stop in the order described above."""
        self._server.close()
        self._wire.stop()
        await _wait_until(lambda: not self._wire.busy, HTTP_SECONDS)
        for listener in self._listeners:
            listener.stop()
        await _wait_until(lambda: not self._messages_in_work(), QUEUE_SECONDS)
        left = len(self._messages_in_work())
        if left:
            _log.warning("%s messages stay invisible: their functions did not finish", left)

    def _messages_in_work(self) -> list[asyncio.Task[None]]:
        return [task for listener in self._listeners for task in listener.running]

    def _add_triggers(self, found: Catalogue, options: QueueOptions) -> None:
        clock = MovableClock(self._settings.clock_offset_file)
        polling = self._settings.polling_seconds or options.max_polling
        for function in found.functions.values():
            if not function.disabled:
                self._add_trigger(function, replace(options, max_polling=polling), clock)

    def _add_trigger(
        self, function: HostedFunction, options: QueueOptions, clock: MovableClock
    ) -> None:
        settings = self._settings
        if function.queue is not None:
            self._listeners.append(
                QueueListener(
                    function,
                    function.queue,
                    self._queues,
                    options,
                    settings.invisibility_seconds,
                    self._runtime,
                    self._invoker,
                )
            )
        if function.timer is not None:
            blobs = None
            if function.timer.monitored:
                blobs = StatusBlobs(settings.connection(None), settings.host_id)
            self._timers[function.name] = Timer(
                function, function.timer, self._runtime, self._invoker, clock, blobs
            )

    async def _run_by_hand(self, function: HostedFunction, text: str) -> None:
        if function.name in self._timers:
            await self._timers[function.name].run_by_hand()
        elif function.queue is not None:
            value, metadata = for_function(self._runtime, function, text.encode(), None)
            await self._invoker.run(function, value, metadata, reason="run by hand")

    def _worker_killed(self) -> None:
        # A second handle keeps the port open: new connections wait for the new worker.
        listening = self._socket.dup()
        self._server.close()
        self._wire.stop()
        self.drain()
        self._replacement = asyncio.create_task(self._replace_process(listening))

    async def _replace_process(self, listening: socket.socket) -> None:
        """
        Restart in the same process with the same port, like a new worker would.

        Threads cannot be killed one by one; this ends those that exceeded a time limit.
        """
        await _wait_until(
            lambda: not self._wire.busy and not self._messages_in_work(), KILL_SECONDS
        )
        listening.set_inheritable(True)
        environment = dict(self._settings.environment) | {
            INHERITED_SOCKET: str(listening.fileno()),
            "LOCAL_HOST_MASTER_KEY": self._settings.master_key,
            "LOCAL_HOST_FUNCTION_KEY": self._settings.function_key,
        }
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606


async def _wait_until(done: Callable[[], bool], seconds: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not done() and loop.time() < end:
        await asyncio.sleep(0.02)


def _open_socket(port: int, environment: Mapping[str, str]) -> socket.socket:
    inherited = environment.get(INHERITED_SOCKET)
    if inherited is not None:
        return socket.socket(fileno=int(inherited))
    return socket.create_server(("127.0.0.1", port), backlog=512)
