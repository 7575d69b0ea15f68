"""
One invocation: its log lines, its time limit, its outputs.

Observed on the real host 4.1037: if one function exceeds functionTimeout, the worker is killed and
every other invocation in it fails too. Here the invocations fail, then the process replaces itself
(host.py), which ends the threads like killing a worker would.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from local.host.errors import HostError
from local.host.functions import HostedFunction
from local.host.outputs import Outputs
from local.host.runtime import Datum, Outcome, Runtime

_log = logging.getLogger("Host.Invocations")


class Invoker:
    """Runs functions for every kind of trigger."""

    def __init__(
        self,
        runtime: Runtime,
        outputs: Outputs,
        time_limit: float | None,
        worker_killed: Callable[[], None],
    ) -> None:
        """`worker_killed` is called when the first invocation exceeds the time limit."""
        self._runtime = runtime
        self._outputs = outputs
        self._time_limit = time_limit
        self._worker_killed = worker_killed
        self._worker_gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(
        self,
        function: HostedFunction,
        value: Datum,
        metadata: Mapping[str, Datum] | None = None,
        *,
        reason: str,
        trace_id: str = "",
    ) -> Outcome:
        """
        Run one function to its end, including outputs. Never raises for errors of the function.
        """
        log = logging.getLogger(f"Function.{function.name}")
        invocation = str(uuid.uuid4())
        log.info("Executing 'Functions.%s' (%s, Id=%s)", function.name, reason, invocation)
        started = time.monotonic()
        span = f"00-{trace_id or uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
        outcome = await self._until_limit(
            self._runtime.invoke(
                function.id, invocation, (function.trigger_name, value), metadata or {}, span
            )
        )
        if outcome.ok:
            outcome = await self._with_outputs(function, outcome)
        took = round((time.monotonic() - started) * 1000)
        end = "Succeeded" if outcome.ok else f"Failed: {outcome.failure}"
        level = logging.INFO if outcome.ok else logging.ERROR
        log.log(
            level, "Executed 'Functions.%s' (%s, Id=%s, %sms)", function.name, end, invocation, took
        )
        return outcome

    async def _until_limit(self, running: Coroutine[Any, Any, Outcome]) -> Outcome:
        gone = self._worker_gone
        task = asyncio.ensure_future(running)
        awaited: set[asyncio.Future[Any]] = {task, gone}
        done, _ = await asyncio.wait(
            awaited, timeout=self._time_limit, return_when=asyncio.FIRST_COMPLETED
        )
        if task in done:
            return task.result()
        task.cancel()
        if gone.done():
            return Outcome(ok=False, failure="WorkerKilled")
        _log.error("a function exceeded functionTimeout: its worker is killed")
        gone.set_result(None)
        self._worker_killed()
        return Outcome(ok=False, failure="FunctionTimeout")

    async def _with_outputs(self, function: HostedFunction, outcome: Outcome) -> Outcome:
        try:
            await self._outputs.write(function, outcome.outputs)
        except (HostError, OSError) as error:
            return Outcome(ok=False, failure=type(error).__name__)
        return outcome
