"""
The storage emulator over HTTP: connection strings, shared-key signing, one exchange.

The SDK is not used: it would triple the host's start and cost several times the work for each
message. Only loopback and plain http endpoints are accepted, so that a real account cannot be
reached by accident. Queues and blobs are in queue_service.py and timer_status.py.
"""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast, override
from urllib.parse import quote, urlencode, urlsplit

import httptools

from local.host.errors import FunctionRefused, StorageFailed

API_VERSION = "2021-10-04"
EXCHANGE_SECONDS = 30.0
_EMULATOR_ACCOUNT = "devstoreaccount1"
_EMULATOR_KEY = (  # published by Microsoft for every storage emulator: not a secret
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_EMULATOR_PORTS = {"Blob": 10000, "Queue": 10001}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the service; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Connection(asyncio.Protocol):
    """One connection to the service, with one exchange at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._reply: asyncio.Future[Reply] | None = None
        self.transport: asyncio.Transport
        self.heard = False
        self.reusable = True

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(ConnectionResetError("storage closed the connection"))

    @override
    def data_received(self, data: bytes) -> None:
        self.heard = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(ConnectionResetError("storage answered no HTTP"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self.reusable = self._parser.should_keep_alive() and not self.transport.is_closing()
        reply = Reply(self._parser.get_status_code(), self._headers, b"".join(self._body))
        self._headers, self._body = {}, []
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(reply)

    async def exchange(self, request: bytes) -> Reply:
        self.heard = False
        self._reply = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        async with asyncio.timeout(EXCHANGE_SECONDS):
            return await self._reply

    def _fail(self, error: Exception) -> None:
        self.reusable = False
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)


@dataclass(slots=True)
class Service:
    """One service (Blob or Queue) of one account."""

    host: str
    port: int
    base: str
    account: str
    key: bytes
    _idle: list[_Connection] = field(default_factory=list)

    @classmethod
    def of(cls, connection: str, kind: str) -> "Service":
        """Read a connection string. Raises FunctionRefused unless it has plain http endpoints."""
        parts = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
        if parts.get("UseDevelopmentStorage", "").lower() == "true":
            endpoint = f"http://127.0.0.1:{_EMULATOR_PORTS[kind]}/{_EMULATOR_ACCOUNT}"
            parts |= {"AccountName": _EMULATOR_ACCOUNT, "AccountKey": _EMULATOR_KEY}
        else:
            endpoint = parts.get(f"{kind}Endpoint", "")
        url = urlsplit(endpoint)
        if url.scheme != "http" or not url.hostname or not parts.get("AccountKey"):
            raise FunctionRefused(
                f"the connection string has no {kind}Endpoint=http://… with AccountName and "
                "AccountKey: the local host speaks to a storage emulator only"
            )
        key = base64.b64decode(parts["AccountKey"])
        path = url.path.rstrip("/")
        return cls(url.hostname, url.port or 80, path, parts["AccountName"], key)

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Reply:
        """
        Make one signed exchange. Raises StorageFailed for 4xx and 5xx, OSError if unreachable.
        """
        request = self._request(method, self.base + quote(path), query or {}, headers or {}, body)
        reply = await self._exchange(request)
        if reply.status >= 400:
            raise StorageFailed(reply.status, reply.headers.get("x-ms-error-code", ""))
        return reply

    async def _exchange(self, request: bytes) -> Reply:
        while True:
            line, fresh = await self._line()
            try:
                reply = await line.exchange(request)
            except ConnectionResetError:
                # A reused connection may have been closed: no answer came on it, so the
                # same request goes out once more on another one.
                if fresh or line.heard:
                    raise
                continue
            except BaseException:
                line.transport.abort()
                raise
            if line.reusable:
                self._idle.append(line)
            return reply

    async def _line(self) -> tuple[_Connection, bool]:
        while self._idle:
            line = self._idle.pop()
            if line.reusable and not line.transport.is_closing():
                return line, False
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(EXCHANGE_SECONDS):
            _, line = await loop.create_connection(_Connection, self.host, self.port)
        return line, True

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> bytes:
        own = {
            "x-ms-date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
            "x-ms-version": API_VERSION,
        } | dict(headers)
        kind = "application/xml" if body else ""
        signed = [method, "", "", str(len(body) or ""), "", kind, "", "", "", "", "", ""]
        signed += [f"{name}:{own[name]}" for name in sorted(own)]
        signed += [f"/{self.account}{path}"]
        signed += [f"{name}:{query[name]}" for name in sorted(query)]
        digest = hmac.digest(self.key, "\n".join(signed).encode(), hashlib.sha256)
        own |= {
            "Host": f"{self.host}:{self.port}",
            "Authorization": f"SharedKey {self.account}:{base64.b64encode(digest).decode()}",
            "Content-Length": str(len(body)),
        } | ({"Content-Type": kind} if kind else {})
        target = path + (f"?{urlencode(query)}" if query else "")
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {own[name]}" for name in own)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
