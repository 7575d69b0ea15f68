"""
Connections that keep a deadline and know how far a request has come.

A time-out of a socket counts from its last byte, so a byte every few seconds keeps a request alive
for ever. Here every wait of a socket is given what is left of the whole time.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from typing import Any

from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.response import BaseHTTPResponse

from shared_code.outbound.errors import Phase


class Progress(threading.local):
    """The request that this thread is making."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self.begin(0.0, 0.0)

    def begin(self, connected_until: float, until: float) -> None:
        """Start a request: by when to be connected, and by when to be done."""
        self.phase = Phase.CONNECT
        self._connected_until = connected_until
        self._until = until

    def left(self) -> float:
        """Return the seconds left in this phase. Raises TimeoutError if there are none."""
        connecting = self.phase in (Phase.CONNECT, Phase.TLS)
        left = (self._connected_until if connecting else self._until) - self._ticks()
        if left <= 0:
            raise TimeoutError
        return left


def make_context(progress: Progress, ca_file: str | None) -> ssl.SSLContext:
    """Return a context that verifies chain and name; `ca_file` replaces the public roots."""

    class BoundedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            progress.phase = Phase.TLS
            self.settimeout(progress.left())
            super().do_handshake(block)

        def recv_into(self, *arguments: Any, **options: Any) -> int:
            self.settimeout(progress.left())
            return super().recv_into(*arguments, **options)

        def send(self, *arguments: Any, **options: Any) -> int:
            self.settimeout(progress.left())
            return super().send(*arguments, **options)

    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = BoundedSocket
    return context


def make_pool(
    progress: Progress, context: ssl.SSLContext, address: str, port: int, host: str
) -> HTTPSConnectionPool:
    """Return connections to one address, on which `host` must prove its name."""

    class TrackedConnection(HTTPSConnection):
        def request(self, *arguments: Any, **options: Any) -> None:
            progress.phase = Phase.SEND
            super().request(*arguments, **options)

        def getresponse(self) -> Any:
            progress.phase = Phase.NO_REPLY
            return super().getresponse()

    pool = HTTPSConnectionPool(
        address, port, ssl_context=context, server_hostname=host, maxsize=8, retries=False
    )
    pool.ConnectionCls = TrackedConnection
    return pool


def read_body(response: BaseHTTPResponse, largest: int) -> bytes | None:
    """Return the body, or None if it has more bytes than that. Nothing is unpacked."""
    if (response.length_remaining or 0) > largest:
        return None
    body = b""
    # until there is nothing more: only then is an answer that was cut off seen as one
    while piece := response.read(largest + 1 - len(body), decode_content=False):
        body += piece
        if len(body) > largest:
            return None
    return body
