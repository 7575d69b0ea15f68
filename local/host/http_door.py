"""
From an HTTP request to a function and back: route, key, disabled, run, in this order.

Observed on the real host 4.1037: 404 before 401 before the 404 of a disabled function; header names
are lower-cased and repeated headers joined; a failing function is an empty 500; platform headers
are not removed here (the front doors do that, front.js).
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from local.host.admin import AdminApi
from local.host.answers import answer
from local.host.errors import BadAnswer
from local.host.functions import Catalogue, HostedFunction
from local.host.host_json import HttpOptions
from local.host.http_wire import Request, Response
from local.host.invocations import Invoker
from local.host.keys import Keys
from local.host.runtime import Datum, Runtime
from local.host.targets import Target, read_target

_log = logging.getLogger("Host.Http")
_TRACE = re.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_HOME = Response(
    200, [("Content-Type", "text/html")], b"<!doctype html><title>Local Functions host</title>"
)


class Throttle:
    """
    Limits of host.json: maxConcurrentRequests run, maxOutstandingRequests wait, others are refused.
    """

    def __init__(self, options: HttpOptions) -> None:
        """-1 means no limit."""
        self._slots = asyncio.Semaphore(options.running) if options.running > 0 else None
        self._capacity = max(options.running, 0) + options.waiting if options.waiting >= 0 else None
        self._inside = 0

    @property
    def full(self) -> bool:
        """Return whether the next request must be refused at once."""
        return self._capacity is not None and self._inside >= self._capacity

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it."""
        self._inside += 1
        try:
            if self._slots is None:
                yield
            else:
                async with self._slots:
                    yield
        finally:
            self._inside -= 1


class HttpDoor:
    """Handles every request of the host."""

    def __init__(
        self,
        catalogue: Catalogue,
        options: HttpOptions,
        keys: Keys,
        admin: AdminApi,
        runtime: Runtime,
        invoker: Invoker,
    ) -> None:
        """Routes come sorted in the catalogue."""
        self._catalogue = catalogue
        self._headers = list(options.custom_headers.items())
        self._throttle = Throttle(options)
        self._keys = keys
        self._admin = admin
        self._runtime = runtime
        self._invoker = invoker

    async def handle(self, request: Request) -> Response:
        """Return the response, with host.json's customHeaders unless the function set them."""
        target = read_target(request.target)
        if target is None:
            return Response(400)
        response = self._admin.answer(request, target) or await self._throttled(request, target)
        present = {name.lower() for name, _ in response.headers}
        added = [pair for pair in self._headers if pair[0].lower() not in present]
        return Response(
            response.status, response.headers + added, response.body, close=response.close
        )

    async def _throttled(self, request: Request, target: Target) -> Response:
        if self._throttle.full:
            return Response(429)
        async with self._throttle.slot():
            return await self._routed(request, target)

    async def _routed(self, request: Request, target: Target) -> Response:
        for route in self._catalogue.routes:
            values = route.match(request.method, target.path)
            if values is not None:
                function = self._catalogue.functions[route.function]
                break
        else:
            return _HOME if target.path == "/" else Response(404)
        level = str(function.trigger.get("authLevel") or "function")
        if not self._keys.opens(level, self._keys.given(request, target)):
            return Response(401)
        if function.disabled:
            return Response(404)
        if request.oversized:
            return Response(500, close=True)
        return await self._run(function, request, target, values)

    async def _run(
        self, function: HostedFunction, request: Request, target: Target, values: Mapping[str, str]
    ) -> Response:
        trace = _TRACE.fullmatch(request.header("traceparent"))
        outcome = await self._invoker.run(
            function,
            self._value(request, target, values),
            reason="called by HTTP",
            trace_id=trace[1] if trace else "",
        )
        if not outcome.ok:
            return Response(500)
        try:
            return answer(outcome.returned)
        except BadAnswer as reason:
            _log.error("the answer of '%s' cannot be sent: %s", function.name, reason)
            return Response(500)

    def _value(self, request: Request, target: Target, values: Mapping[str, str]) -> Datum:
        headers: dict[str, str] = {}
        for name, value in request.headers:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        # On Azure the host takes the scheme from its front end's X-Forwarded-Proto.
        scheme = "https" if headers.get("x-forwarded-proto") == "https" else "http"
        url = f"{scheme}://{headers.get('host', '')}{target.url_path}{target.raw_query}"
        text = self._runtime.text
        return self._runtime.datum(
            {
                "method": text(request.method),
                "url": text(url),
                "headers": {name: text(value) for name, value in headers.items()},
                "params": {name: text(value) for name, value in values.items()},
                "query": {name: text(value) for name, value in target.query.items()},
                "body": self._runtime.datum(request.body, "bytes"),
            },
            "http",
        )
