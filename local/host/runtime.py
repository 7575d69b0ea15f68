"""
The interface to Microsoft's Python worker library, which also runs on Azure.

Indexing the app, and one invocation. The library is built for a process that speaks protobuf; this
module uses its protobuf-free entry point, with stand-ins for the few messages it fills. The meaning
of bindings is in http_door.py, queue_message.py and timers.py.
"""

import contextlib
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from local.host.errors import StartRefused


class Datum(Protocol):
    """A value to or from a function, with the kind of its encoding."""

    value: Any
    type: str | None


@dataclass(frozen=True, slots=True)
class IndexedFunction:
    """One function as the worker library reports it."""

    id: str
    name: str
    bindings: tuple[Mapping[str, Any], ...]
    retried: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an invocation; `failure` is the type of the exception, never its text."""

    ok: bool
    returned: Datum | None = None
    outputs: tuple[tuple[str, Datum], ...] = ()
    failure: str = ""


class _Message:
    """A stand-in for a protobuf message: it stores its arguments."""

    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


def _message(name: str, **constants: int) -> type[_Message]:
    return type(name, (_Message,), constants)


_PLAIN_MESSAGES = (
    "WorkerInitResponse WorkerMetadata FunctionMetadataResponse RpcFunctionMetadata "
    "RpcException RpcRetryOptions"
)
_PROTOS = SimpleNamespace(
    BindingInfo=_message("BindingInfo", **{"in": 0, "out": 1, "inout": 2, "undefined": 0}),
    StatusResult=_message("StatusResult", Failure=0, Success=1, Cancelled=2),
    **{name: _message(name) for name in _PLAIN_MESSAGES.split()},
)


class Runtime:
    """The official worker library, started once for each process (it has module globals)."""

    def __init__(self) -> None:
        """Import the library only here: it is the slowest part of the start."""
        from azure_functions_runtime import native_invocation
        from azure_functions_runtime.bindings.datumdef import Datum as OfficialDatum

        self._invoke = native_invocation.invocation_request_native
        self._datum = OfficialDatum

    def datum(self, value: object, kind: str) -> Datum:
        """Return a value for an invocation; `kind` is string, bytes, json or http."""
        made: Datum = self._datum(value, kind)
        return made

    def text(self, value: str) -> Datum:
        """Return a string for an invocation."""
        return self.datum(value, "string")

    async def index(self, app_directory: Path) -> list[IndexedFunction]:
        """Import function_app.py and return its functions. Raises StartRefused with the reason."""
        import azure_functions_runtime as library

        sys.path.insert(0, str(app_directory))
        library.start_threadpool_executor()
        init = SimpleNamespace(capabilities={}, function_app_directory=str(app_directory))
        # Nothing that the app prints during its import may precede the ready line; and the
        # library's own line on success repeats all bindings for every function.
        library_log = logging.getLogger("azure.functions")
        with contextlib.redirect_stdout(sys.stderr), _quiet(library_log):
            answer = await library.worker_init_request(
                SimpleNamespace(
                    request=SimpleNamespace(worker_init_request=init),
                    properties={"host": "127.0.0.1", "protos": _PROTOS},
                )
            )
        if answer.result.status != _PROTOS.StatusResult.Success:
            raise StartRefused(
                "the app cannot be indexed; Azure would run zero functions, answer 404 to "
                f"everything and still report Running.\n{answer.result.exception.message}\n"
                f"{answer.result.exception.stack_trace}"
            )
        metadata = await library.functions_metadata_request(None)
        found = [
            IndexedFunction(
                each.function_id,
                each.name,
                tuple(json.loads(binding) for binding in each.raw_bindings),
                each.retry_options is not None,
            )
            for each in metadata.function_metadata_results or ()
        ]
        if not found:
            raise StartRefused("the app has no function_app.py, or no function in it")
        return found

    async def invoke(
        self,
        function_id: str,
        invocation_id: str,
        trigger: tuple[str, Datum],
        metadata: Mapping[str, Datum],
        trace_parent: str,
    ) -> Outcome:
        """Run one function. Exceptions of the function become a failed outcome."""
        ok, returned, outputs, failure, _ = await self._invoke(
            invocation_id, function_id, [trigger], metadata, trace_parent=trace_parent
        )
        return Outcome(ok, returned, tuple(outputs), (failure or "").partition("(")[0])


@contextlib.contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
