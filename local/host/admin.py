"""
The admin API: ping, status, the list of functions, running a function by hand, drain.

Observed on the real host 4.1037: only ping is open; no key is a 401 with `Bearer`, a function key a
403; a run requires a JSON body and answers 202 at once. Other /admin paths fall through to the
app's routes.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from local.host.functions import HostedFunction
from local.host.http_wire import Request, Response
from local.host.keys import Keys
from local.host.targets import Target

type RunByHand = Callable[[HostedFunction, str], Coroutine[Any, Any, None]]
_JSON = ("Content-Type", "application/json; charset=utf-8")


class AdminApi:
    """Answers paths that begin with /admin/host or /admin/functions."""

    def __init__(
        self,
        keys: Keys,
        functions: Mapping[str, HostedFunction],
        run_by_hand: RunByHand,
        drain: Callable[[], None],
    ) -> None:
        """`drain` stops the listeners; `run_by_hand` runs a queue or timer function."""
        self._keys = keys
        self._functions = functions
        self._run_by_hand = run_by_hand
        self._drain = drain
        self._draining = False
        self._tasks: set[asyncio.Future[None]] = set()

    def answer(self, request: Request, target: Target) -> Response | None:
        """Return the answer, or None if the path is not one of the host's own."""
        match target.path.lower().strip("/").split("/"):
            case ["admin", "host", "ping"] if request.method in {"GET", "POST", "HEAD"}:
                return Response(200, [("Cache-Control", "no-store,no-cache")])
            case ["admin", "host", *rest]:
                return self._guarded(request, target, self._host, "/".join(rest))
            case ["admin", "functions", *rest] if len(rest) <= 1:
                return self._guarded(request, target, self._function, "".join(rest))
        return None

    def _guarded(
        self,
        request: Request,
        target: Target,
        action: Callable[[Request, str], Response | None],
        rest: str,
    ) -> Response | None:
        given = self._keys.given(request, target)
        if not self._keys.is_master(given):
            known = self._keys.opens_functions(given)
            return Response(403) if known else Response(401, [("WWW-Authenticate", "Bearer")])
        return action(request, rest)

    def _host(self, request: Request, rest: str) -> Response | None:
        match request.method, rest:
            case "GET", "status":
                return _json({"id": "localhost", "state": "Running", "version": "4.1037.0.0"})
            case "POST", "drain":
                self._draining = True
                self._drain()
                return Response(202)
            case "GET", "drain/status":
                return _json({"state": "InProgress" if self._draining else "Disabled"})
        return None

    def _function(self, request: Request, name: str) -> Response | None:
        function = next((f for f in self._functions.values() if f.name.lower() == name), None)
        if request.method == "POST" and name:
            return self._run(request, function)
        if request.method != "GET":
            return None
        if not name:
            return _json([_described(each) for each in self._functions.values()])
        return Response(404) if function is None else _json(_described(function))

    def _run(self, request: Request, function: HostedFunction | None) -> Response:
        if not request.header("content-type").lower().startswith("application/json"):
            return Response(415)
        try:
            text = json.loads(request.body)["input"]
        except (KeyError, TypeError, ValueError):
            return Response(400)
        if function is None:
            return Response(404)
        if function.route is not None:
            return Response(501)  # HTTP functions are called by their route: docs/local-host.md
        given = text if isinstance(text, str) else json.dumps(text)
        task = asyncio.ensure_future(self._run_by_hand(function, given))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Response(202)


def _described(function: HostedFunction) -> dict[str, object]:
    return {
        "name": function.name,
        "isDisabled": function.disabled,
        "config": {"bindings": [dict(function.trigger)]},
    }


def _json(value: object) -> Response:
    return Response(200, [_JSON], json.dumps(value).encode())
