"""
The proxy's connections to its target: forwards requests and answers unchanged.

Faults are neither decided nor played here.
"""

import http.client
import select
import ssl
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from local.faults.listener import Answer, Request

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"}
)
# Servers close idle connections (Node after five seconds): using one that is about to be closed
# would cause a fault that no rule asked for.
_IDLE_SECONDS = 2.0


class Upstream:
    """A pool of connections to one target, shared by all threads."""

    def __init__(self, target: str, ca_file: Path | None, timeout: float) -> None:
        parts = urlsplit(target)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the target is http(s)://host:port")
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._timeout = timeout
        self._lock = threading.Lock()
        self._idle: list[tuple[http.client.HTTPConnection, float]] = []

    def forward(self, request: Request) -> Answer:
        """
        Send the request once, never again: after an error it is unknown whether it was executed.
        """
        connection = self._take()
        try:
            _send(connection, request)
            answer = connection.getresponse()
            copied = _copy(answer)
        except BaseException:
            connection.close()
            raise
        if answer.will_close:
            connection.close()
        else:
            with self._lock:
                self._idle.append((connection, time.monotonic()))
        return copied

    def close(self) -> None:
        with self._lock:
            for connection, _ in self._idle:
                connection.close()
            self._idle.clear()

    def _take(self) -> http.client.HTTPConnection:
        with self._lock:
            while self._idle:
                connection, since = self._idle.pop()
                if time.monotonic() - since < _IDLE_SECONDS and _is_open(connection):
                    return connection
                connection.close()
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=self._timeout, context=self._tls
        )


def _is_open(connection: http.client.HTTPConnection) -> bool:
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return not poll.poll(0)


def _send(connection: http.client.HTTPConnection, request: Request) -> None:
    connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers.items():
        if name.lower() not in _HOP_BY_HOP and name.lower() != "content-length":
            connection.putheader(name, value)
    if request.body or request.method in {"POST", "PUT", "PATCH", "MERGE"}:
        connection.putheader("Content-Length", str(len(request.body)))
    connection.endheaders(request.body or None)


def _copy(answer: http.client.HTTPResponse) -> Answer:
    body = answer.read()
    headers = [
        (name, value)
        for name, value in answer.getheaders()
        if name.lower() not in _HOP_BY_HOP and name.lower() != "content-length"
    ]
    # The answer to HEAD announces the length of a body that is not sent.
    declared = answer.getheader("Content-Length") if not body else None
    return Answer(answer.status, body, headers, declared_length=declared)
