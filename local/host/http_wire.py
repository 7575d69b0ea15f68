"""
HTTP/1.1 on a socket: bytes to a Request, a Response to bytes, limits on incoming data.

Observed on the real host 4.1037: a request line above 8 KiB is a 414, headers above 32 KiB a 431; a
chunked body reaches the function empty; a body above the limit is answered 500 and the connection
closed, after routes and keys were checked; answers with a body are chunked. What a request means is
decided in http_door.py.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast, override

import httptools

LINE_LIMIT = 8192
HEADERS_LIMIT = 32768
HEADER_COUNT_LIMIT = 100
LINGER_SECONDS = (
    5.0  # seconds for which a refused sender may continue before the connection is closed
)
BODILESS = {204, 205, 304}


@dataclass(slots=True)
class Request:
    """One request; header names are lower-case, in the order sent."""

    method: str
    target: bytes
    headers: list[tuple[str, str]]
    body: bytes
    oversized: bool = False

    def header(self, wanted: str) -> str:
        """Return all values of one header joined by commas; empty if absent."""
        return ",".join(value for name, value in self.headers if name == wanted)


@dataclass(slots=True)
class Response:
    """
    One response; Date, framing and, if requested, Connection: close are added when it is sent.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    close: bool = False


type Handler = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Wire:
    """What all connections share: the handler, the body limit and the set of connections."""

    handle: Handler
    body_limit: int
    connections: set["Connection"] = field(default_factory=set)
    stopping: bool = False

    def stop(self) -> None:
        """Close idle connections now, and the others after their current answer."""
        self.stopping = True
        for connection in list(self.connections):
            connection.close_when_idle()

    @property
    def busy(self) -> bool:
        """Return whether any request is still unanswered."""
        return any(connection.serving for connection in self.connections)


class Connection(asyncio.Protocol):
    """One client connection; its requests are answered one after the other."""

    def __init__(self, wire: Wire) -> None:
        """Wait for the first request."""
        self._wire = wire
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request, bool, bool]] = deque()
        self._transport: asyncio.Transport
        self._last = False
        self._ignores_input = False
        self.serving: asyncio.Task[None] | None = None
        self.on_message_begin()

    # -- asyncio -------------------------------------------------------------------------------

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            asyncio.Transport, transport
        )  # uvloop's transport does not derive from asyncio.Transport
        self._wire.connections.add(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._ignores_input = True
        if self.serving is None:
            self._wire.connections.discard(self)

    @override
    def data_received(self, data: bytes) -> None:
        if self._ignores_input:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._last = True  # upgrades are not supported: answer, then close
        except httptools.HttpParserError:
            self._refuse(400)

    @override
    def eof_received(self) -> bool:
        """
        Keep the connection open for writing: a sender that has finished still gets its answer.
        """
        self._last = True
        return self.serving is not None

    # -- httptools -----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Reset the state of the previous request."""
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._header_bytes = 0
        self._body: list[bytes] = []
        self._ignore_body = False
        self._dispatched = False

    def on_url(self, url: bytes) -> None:
        """Add a part of the request target."""
        self._target += url
        if len(self._target) + len("GET  HTTP/1.1\r\n") > LINE_LIMIT:
            self._refuse(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add one whole header."""
        self._headers.append((name, value))
        self._header_bytes += len(name) + len(value) + 4
        if self._header_bytes > HEADERS_LIMIT or len(self._headers) > HEADER_COUNT_LIMIT:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        """Decide what to do with the body that may follow."""
        fields = {name.lower(): value for name, value in self._headers}
        self._ignore_body = b"transfer-encoding" in fields
        if int(fields.get(b"content-length", b"0")) > self._wire.body_limit:
            self._ignore_body = True
            self._dispatch(oversized=True)
        elif fields.get(b"expect", b"").lower() == b"100-continue" and not self._ignores_input:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Add a part of the body."""
        if not self._ignore_body:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Handle the complete request."""
        if not self._dispatched:
            self._dispatch(oversized=False)

    # -- answering -----------------------------------------------------------------------------

    def close_when_idle(self) -> None:
        """Close now, or after the current answer."""
        self._last = True
        if self.serving is None:
            self._transport.close()

    def _dispatch(self, *, oversized: bool) -> None:
        if self._ignores_input:
            return
        self._dispatched = True
        try:
            headers = [(n.decode("ascii").lower(), v.decode()) for n, v in self._headers]
        except UnicodeDecodeError:
            self._refuse(400)
            return
        method = self._parser.get_method().decode("ascii")
        request = Request(method, self._target, headers, b"".join(self._body), oversized)
        keep = self._parser.should_keep_alive() and not oversized
        self._waiting.append((request, keep, self._parser.get_http_version() == "1.0"))
        if self.serving is None:
            self.serving = asyncio.ensure_future(self._serve())

    async def _serve(self) -> None:
        try:
            while self._waiting:
                request, keep, old = self._waiting.popleft()
                response = await self._wire.handle(request)
                stays = keep and not (response.close or self._last or self._wire.stopping)
                if not self._transport.is_closing():
                    self._transport.write(encode(response, request.method, stays=stays, old=old))
                if not stays:
                    self._linger()
                    break
        finally:
            self.serving = None
            if self._transport.is_closing():
                self._wire.connections.discard(self)

    def _refuse(self, status: int) -> None:
        if not self._ignores_input:
            self._transport.write(encode(Response(status), "GET", stays=False, old=False))
            self._linger()

    def _linger(self) -> None:
        """
        Close after the answer was sent; closing at once could lose it if the client still sends.
        """
        if self._ignores_input or self._transport.is_closing():
            return
        self._ignores_input = True
        self._transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._transport.close)


def encode(response: Response, method: str, *, stays: bool, old: bool) -> bytes:
    """Return the bytes of a response; `old` is for HTTP/1.0, which has no chunked encoding."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    date = time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    lines = [f"HTTP/1.1 {response.status} {phrase}", date]
    lines += [f"{name}: {value}" for name, value in response.headers]
    sized = any(name.lower() == "content-length" for name, _ in response.headers)
    body = response.body
    if body and not sized and old:
        lines.append(f"Content-Length: {len(body)}")
    elif body and not sized:
        lines.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    elif not body and response.status not in BODILESS:
        lines.append("Content-Length: 0")
    if not stays:
        lines.append("Connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return head if method == "HEAD" else head + body
